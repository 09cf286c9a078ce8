"""Roman numbers, read strictly and written, also as the chapters of a book.

Topics: numbers, text, parsing
"""

from bisect import bisect_right
from collections.abc import Sequence

SIGNS = (
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
)


def to_roman(number: int) -> str:
    """The Roman number; raises ValueError below 1 and above 3999."""
    if not 0 < number < 4000:
        raise ValueError(f"{number} has no Roman number")
    text = ""
    for value, sign in SIGNS:
        count, number = divmod(number, value)
        text += sign * count
    return text


def from_roman(text: str) -> int:
    """The number; capital or small letters, but only as it is written properly, else ValueError."""
    signs = text.strip().upper()
    number = place = 0
    for value, sign in SIGNS:
        while signs.startswith(sign, place):
            number += value
            place += len(sign)
    if not number or place != len(signs) or to_roman(number) != signs:
        raise ValueError(f"{text!r} is no Roman number")
    return number


def chapter(starts: Sequence[int], page: int) -> str:
    """The chapter that a page belongs to, by the first pages of the chapters; "" before the first."""
    count = bisect_right(starts, page)
    return to_roman(count) if count else ""


def sort_titles(titles: Sequence[str]) -> list[str]:
    """Titles such as `IX. The End` by number; those without one at the end, in their order."""

    def key(title: str) -> tuple[bool, int]:
        head, dot, _ = title.partition(".")
        try:
            return False, from_roman(head) if dot else int("")
        except ValueError:
            return True, 0

    return sorted(titles, key=key)
