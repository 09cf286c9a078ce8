"""Checks of Roman numbers."""

from roman_number import chapter, from_roman, sort_titles, to_roman


def check_written() -> object:
    return [to_roman(number) for number in (1, 3, 4, 5, 8, 9, 14, 40, 49, 90, 99, 400, 444, 888, 900, 3999)]


def check_there_and_back() -> object:
    return [number for number in range(1, 4000) if number % 37 < 3 and from_roman(to_roman(number)) != number]


def check_out_of_bounds() -> object:
    found = []
    for number in (-1, 0, 1, 3999, 4000):
        try:
            found.append(to_roman(number))
        except ValueError:
            found.append("ValueError")
    return found


def check_refused() -> object:
    found = []
    for text in ("", "IIII", "VV", "IC", "IXI", "VX", "MMMM", "XIX1", "I I", " xiv ", "CMC", "ABC", "IVI"):
        try:
            found.append(str(from_roman(text)))
        except ValueError:
            found.append("ValueError")
    return found


def check_chapters() -> object:
    return [chapter([5, 9, 9, 20], page) for page in (0, 4, 5, 8, 9, 19, 20, 99)] + [chapter([], 1)]


def check_titles() -> object:
    return sort_titles(["b", "V. x. y", "IV. y", "IIX. bad", "X", "iv. small", "I.", "a", ". dot"])


def check_few_comparisons() -> object:
    class Page(int):
        compared = 0

        def __lt__(self, other: int) -> bool:
            Page.compared += 1
            return int.__lt__(self, other)

        def __gt__(self, other: int) -> bool:
            Page.compared += 1
            return int.__gt__(self, other)

        def __le__(self, other: int) -> bool:
            Page.compared += 1
            return int.__le__(self, other)

    starts = [Page(number) for number in range(0, 6000, 2)]
    return [chapter(starts, Page(4001)), Page.compared < 40]
