"""Checks of packed rows."""

from run_lengths import pack, pack_row, ranges, unpack, unpack_row


def check_pack() -> object:
    return [pack(text) for text in ("", "a", "aa", "aba", "a" * 12 + "bb", "112", "\\\\n", "a\n\n", "äää €€")]


def check_unpack() -> object:
    return [unpack(text) for text in ("", "a", "2a", "12ab", "\\1", "3\\2x", "\\\\", "2\\\\", "10 ", "1a")]


def check_refused() -> object:
    found = []
    for text in ("3", "a2", "\\", "2\\", "0a", "00a", "10a"):
        try:
            found.append(unpack(text))
        except ValueError:
            found.append("ValueError")
    return found


def check_there_and_back() -> object:
    texts = ("aab\\\\c111", "2\n\n33\\4", "😀😀😀é", "0000")
    return [unpack(pack(text)) == text for text in texts]


def check_rows() -> object:
    rows: tuple[list[bool], ...] = ([], [False], [True], [True, False, False, True], [False] * 3 + [True] * 2)
    return [pack_row(row) for row in rows]


def check_rows_back() -> object:
    return [unpack_row(runs) for runs in ([], [0], [2], [0, 1], [1, 2, 1], [0, 0, 2], [1, 0, 1, 2])]


def check_ranges() -> object:
    return [
        list(ranges(numbers))
        for numbers in ((), (4,), (1, 2), (3, 2, 1, 2), (1, 3, 5), (-1, 0, 1, 9, 10, 8), (7, 9, 10))
    ]
