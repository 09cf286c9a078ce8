"""Checks of messages."""

from byte_frames import FrameError, checksum, read_frames, write_frame


def outcome(*chunks: bytes) -> object:
    found: list[object] = []
    try:
        for frame in read_frames(chunks):
            found.append(frame)
    except FrameError as error:
        found.append((error.place, error.why, type(error.__cause__).__name__))
    return found


def signed(body: bytes) -> bytes:
    data = b"\x01" + len(body).to_bytes(2, "big") + body
    return data + checksum(data).to_bytes(2, "big")


def check_sums() -> object:
    return [checksum(data) for data in (b"", b"a", b"ab", b"ba", bytes(range(256)) * 5)]


def check_written() -> object:
    return [write_frame(0, ""), write_frame(255, "é€😀"), write_frame(1, "x" * 300)[:6]]


def check_lengths() -> object:
    found: list[object] = []
    for text in ("x" * 65535, "x" * 65536, "é" * 32768):
        try:
            found.append(len(write_frame(1, text)))
        except ValueError as error:
            found.append(type(error).__name__)
    return found


def check_read() -> object:
    data = write_frame(3, "ünï") + write_frame(4, "") + write_frame(5, "😀")
    return [
        outcome(data),
        outcome(*(data[place : place + 3] for place in range(0, len(data), 3))),
        outcome(),
        outcome(b""),
    ]


def check_every_cut() -> object:
    data = write_frame(3, "ab") + write_frame(4, "")
    return [outcome(data[:size]) for size in range(len(data))]


def check_damage() -> object:
    data = write_frame(1, "good") + write_frame(2, "bad")
    found = []
    for place in (0, 3, 8, 9, 14, 16):
        broken = bytearray(data)
        broken[place] ^= 1
        found.append(outcome(bytes(broken)))
    return found


def check_no_text() -> object:
    return [outcome(write_frame(1, "a") + signed(b"\xff\xfe")), outcome(signed("ok ü".encode()))]
