"""Numbers and texts as bytes: short numbers take few, texts are UTF-8 with their length before them.

Topics: bytes, encodings
"""

from collections.abc import Iterable, Iterator


def write_number(number: int) -> bytes:
    """Seven bits a byte, the lowest first; all but the last byte have their top bit set."""
    if number < 0:
        raise ValueError("only numbers from 0 on")
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_number(data: bytes, place: int = 0) -> tuple[int, int]:
    """The number at `place`, and the place after it; EOFError where it is cut off."""
    number = shift = 0
    while place < len(data):
        byte = data[place]
        place += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, place
        shift += 7
    raise EOFError("a number is cut off")


def write_texts(texts: Iterable[str]) -> bytes:
    """Texts one after the other."""
    parts = []
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        parts.append(write_number(len(data)) + data)
    return b"".join(parts)


def read_texts(data: bytes) -> Iterator[str]:
    """The texts that `write_texts` wrote; what is no UTF-8 is shown as `�`."""
    place = 0
    while place < len(data):
        length, place = read_number(data, place)
        if place + length > len(data):
            raise EOFError("a text is cut off")
        yield data[place : place + length].decode("utf-8", "replace")
        place += length


def checksum(data: bytes) -> int:
    """Two bytes in network order, over all bytes."""
    total = 0
    for place in range(0, len(data), 2):
        total = (total + int.from_bytes(data[place : place + 2].ljust(2, b"\0"), "big")) & 0xFFFF
    return total
