"""Checks of numbers and texts as bytes."""

from varint_codec import checksum, read_number, read_texts, write_number, write_texts

NUMBERS = (0, 1, 127, 128, 129, 255, 16383, 16384, 2**32, 2**70)


def check_written_numbers() -> object:
    return [write_number(number) for number in NUMBERS]


def check_read_numbers() -> object:
    return [read_number(write_number(number) + b"\x07") for number in NUMBERS] + [read_number(b"\x80\x00")]


def check_numbers_cut_off() -> object:
    found: list[object] = []
    for data, place in ((b"", 0), (b"\x80", 0), (b"\x05", 1), (b"\xff\xff", 1), (b"\x01", 0)):
        try:
            found.append(read_number(data, place))
        except EOFError as error:
            found.append(str(error))
    return found


def check_negative() -> object:
    try:
        return write_number(-1)
    except ValueError as error:
        return type(error).__name__


def check_written_texts() -> object:
    return [write_texts([]), write_texts([""]), write_texts(["a", "ü", "€", "🚂"]), write_texts(iter("ab"))]


def check_long_text() -> object:
    data = write_texts(["ä" * 100, "b"])
    return [data[:4], len(data), [len(text) for text in read_texts(data)]]


def check_read_texts() -> object:
    found: list[object] = []
    for data in (b"", b"\x00", b"\x01a\x02\xc3\xbc", b"\x02\xff\xfe", b"\x02\xc3\xbc\x01\xc3", b"\x05abc", b"\x80"):
        try:
            found.append(list(read_texts(data)))
        except EOFError as error:
            found.append(str(error))
    return found


def check_half_pairs() -> object:
    return [write_texts(["\ud800"]), list(read_texts(write_texts(["\ud800x"])))]


def check_sums() -> object:
    return [
        checksum(data) for data in (b"", b"\x01", b"\x01\x02", b"\x01\x02\x03", b"\xff\xff\x00\x02", bytes(range(9)))
    ]
