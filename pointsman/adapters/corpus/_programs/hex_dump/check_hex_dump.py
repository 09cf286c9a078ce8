"""Checks of dumps."""

from hex_dump import dump, lines, undump


def refusal(shown: list[str]) -> str:
    try:
        return repr(undump(shown))
    except ValueError as error:
        return str(error)


def check_lines() -> object:
    return [list(lines(data)) for data in (b"", b"a", bytes(range(28, 48)), b"\x7e\x7f\x80")]


def check_width() -> object:
    return [list(lines(b"abcdefgh", width)) for width in (1, 3, 4, 8, 9)]


def check_equal_lines() -> object:
    return [list(lines(b"\0" * size, 4)) for size in (4, 8, 11, 12, 13, 16)]


def check_equal_lines_again() -> object:
    return list(lines(b"aabb" * 3 + b"cccc" + b"aabb" * 4 + b"aabb", 4))


def check_encodings() -> object:
    return [dump("Zoë €"), dump("Zoë", "latin-1"), dump("ab", "utf-16-le"), dump("😀")]


def check_back() -> object:
    datas = [b"", b"x", bytes(256), bytes(range(256)), b"ab" * 33, b"\xff" * 32, bytes(64) + b"end"]
    return [undump(lines(data, width)) == data for data in datas for width in (1, 5, 16)]


def check_refused() -> object:
    good = list(lines(bytes(range(24)), 8))
    return [
        refusal(good[1:]),
        refusal([good[0], good[2]]),
        refusal([*good[:2], "x"]),
        refusal([good[0], ""]),
        refusal(["*", good[0]]),
        refusal([good[0].upper(), good[1]]),
        refusal([good[0], good[0]]),
        refusal([good[0], good[1] + " "]),
    ]
