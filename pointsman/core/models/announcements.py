"""How servers announce themselves on a local network (mDNS, RFC 6762 and 6763): the question, and what an answer says.

Pure, and total: whatever a datagram holds, reading it ends and raises nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import attrs

SERVICES: dict[str, str] = {
    "_ollama._tcp.local": "ollama",
    "_lmstudio._tcp.local": "lmstudio",
    "_llama-server._tcp.local": "llamacpp",
    "_llm._tcp.local": "llamacpp",
    "_openai-api._tcp.local": "vllm",
    "_pointsman._tcp.local": "pointsman",
}
"""What is asked for, and what kind of server it stands for."""
_PTR, _SRV = 12, 33
_IN, _UNICAST = 1, 0x8000
_MOST_RECORDS = 128
_LONGEST_NAME = 255


@attrs.frozen
class Announcement:
    """That a server of a kind listens at a port, of whoever sent it."""

    kind: str
    port: int


def write_question() -> bytes:
    """Who offers one of the services? To be answered to the one who asks, and not to all."""
    asked = b"".join(_write_name(name) + struct.pack("!HH", _PTR, _IN | _UNICAST) for name in SERVICES)
    return struct.pack("!HHHHHH", 0, 0, len(SERVICES), 0, 0, 0) + asked


def _write_name(name: str) -> bytes:
    return b"".join(bytes((len(label),)) + label.encode() for label in name.split(".")) + b"\0"


def read_announcements(data: bytes) -> tuple[Announcement, ...]:
    """The services of ours whose ports stand in the datagram, each once."""
    found = (_announcement(name, rest) for name, kind, rest in _records(data) if kind == _SRV)
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _announcement(name: str, rest: bytes) -> Announcement | None:
    """A record of the type SRV: priority, weight, port, target (RFC 2782)."""
    kind = next((kind for service, kind in SERVICES.items() if name.endswith(f".{service}")), None)
    if kind is None or len(rest) < 6:
        return None
    (port,) = struct.unpack_from("!H", rest, 4)
    return Announcement(kind, port) if port else None


def _records(data: bytes) -> Iterator[tuple[str, int, bytes]]:
    """Name, type and contents of each record, as far as they can be read."""
    if len(data) < 12:
        return
    flags, questions, *counts = struct.unpack_from("!HHHHH", data, 2)
    if not flags & 0x8000:  # somebody else's question
        return
    place: int | None = 12
    for _ in range(min(questions, _MOST_RECORDS)):
        _, place = _read_name(data, place)
        place = None if place is None or place + 4 > len(data) else place + 4
    for _ in range(min(sum(counts), _MOST_RECORDS)):
        name, place = _read_name(data, place)
        if place is None or place + 10 > len(data):
            return
        kind, _, _, length = struct.unpack_from("!HHIH", data, place)
        rest = data[place + 10 : place + 10 + length]
        place += 10 + length
        yield name, kind, rest


def _read_name(data: bytes, place: int | None) -> tuple[str, int | None]:
    """The name at `place` in small letters, and where it ends; None where it cannot be read. Pointers are followed."""
    labels: list[str] = []
    end: int | None = None
    for _ in range(_LONGEST_NAME):
        if place is None or place >= len(data):
            return "", None
        length = data[place]
        if length == 0:
            return ".".join(labels).lower(), place + 1 if end is None else end
        if length >= 0xC0:
            if place + 1 >= len(data):
                return "", None
            end = place + 2 if end is None else end
            place = (length & 0x3F) << 8 | data[place + 1]
            continue
        labels.append(data[place + 1 : place + 1 + length].decode("utf-8", "replace"))
        place += 1 + length
    return "", None
