"""Rows of equal signs, packed as counts: text, pictures of two colours, and lists of numbers.

Topics: compression, text, iterators
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby, repeat


def pack(text: str) -> str:
    """`aaab` as `3ab`; signs that are digits (or a backslash) stand behind a backslash."""
    out = []
    for sign, group in groupby(text):
        count = len(list(group))
        out.append((str(count) if count > 1 else "") + ("\\" if sign.isdigit() or sign == "\\" else "") + sign)
    return "".join(out)


def unpack(packed: str) -> str:
    """The text that was packed; raises ValueError if a sign is missing at the end, or a count is 0."""
    out: list[str] = []
    digits = ""
    signs = iter(packed)
    for sign in signs:
        if sign.isdigit():
            digits += sign
            continue
        if sign == "\\":
            sign = next(signs, "")
        if not sign or (digits and not int(digits)):
            break
        out.append(sign * int(digits or "1"))
        digits = ""
    else:
        if not digits:
            return "".join(out)
    raise ValueError("not packed properly")


def pack_row(row: Sequence[bool]) -> list[int]:
    """Lengths of runs, white (False) first; a row that begins black begins with 0."""
    runs = [len(list(group)) for _, group in groupby(row)]
    return [0, *runs] if row and row[0] else runs


def unpack_row(runs: Iterable[int]) -> list[bool]:
    """The row of pixels."""
    return list(chain.from_iterable(repeat(place % 2 == 1, count) for place, count in enumerate(runs)))


def ranges(numbers: Iterable[int]) -> Iterator[str]:
    """Numbers as `1-3` and `7`, sorted, each once."""
    for _, group in groupby(enumerate(sorted(set(numbers))), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        yield str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}"
