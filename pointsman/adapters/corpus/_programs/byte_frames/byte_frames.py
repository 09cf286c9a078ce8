"""Messages in a stream of bytes: a kind, a length, the text, and a sum that finds damage.

Topics: binary, encodings, parsing
"""

from collections.abc import Iterable, Iterator
from struct import Struct

HEAD = Struct(">BH")


class FrameError(ValueError):
    """The stream is damaged at this place."""

    def __init__(self, place: int, why: str) -> None:
        super().__init__(f"{why} at {place}")
        self.place = place
        self.why = why


def checksum(data: bytes) -> int:
    """A sum that depends on the order of the bytes."""
    low, high = 1, 0
    for byte in data:
        low = (low + byte) % 251
        high = (high + low) % 251
    return high << 8 | low


def write_frame(kind: int, text: str) -> bytes:
    """The bytes of a message; raises ValueError for a text of more than 65535 bytes."""
    body = text.encode("utf-8")
    if len(body) > 0xFFFF:
        raise ValueError("the text is too long")
    head = HEAD.pack(kind, len(body))
    return head + body + checksum(head + body).to_bytes(2, "big")


def read_frames(chunks: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    """The messages of a stream that comes in pieces of any size; raises FrameError for damage."""
    buffer = bytearray()
    place = 0
    for chunk in chunks:
        buffer.extend(chunk)
        while len(buffer) >= HEAD.size:
            kind, length = HEAD.unpack_from(buffer)
            end = HEAD.size + length
            if len(buffer) < end + 2:
                break
            if checksum(bytes(buffer[:end])) != int.from_bytes(buffer[end : end + 2], "big"):
                raise FrameError(place, "wrong sum")
            try:
                yield kind, bytes(buffer[HEAD.size : end]).decode("utf-8")
            except UnicodeDecodeError as error:
                raise FrameError(place, "no text") from error
            del buffer[: end + 2]
            place += end + 2
    if buffer:
        raise FrameError(place, "cut off")
