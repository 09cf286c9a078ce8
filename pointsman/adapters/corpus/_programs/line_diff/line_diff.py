"""Differences between two texts by lines: what stays, goes, comes; applied, and shown with context.

Topics: text, algorithms
"""

from collections.abc import Sequence
from itertools import groupby

Edit = tuple[str, str]


def longest(old: Sequence[str], new: Sequence[str]) -> list[list[int]]:
    """Cell [a][b]: how many lines the texts have in common from line a and line b on."""
    table = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for a in range(len(old) - 1, -1, -1):
        for b in range(len(new) - 1, -1, -1):
            if old[a] == new[b]:
                table[a][b] = table[a + 1][b + 1] + 1
            else:
                table[a][b] = max(table[a + 1][b], table[a][b + 1])
    return table


def diff(old: Sequence[str], new: Sequence[str]) -> list[Edit]:
    """The lines with `=`, `-` or `+`, as many `=` as possible; what goes stands before what comes."""
    table = longest(old, new)
    edits: list[Edit] = []
    a = b = 0
    while a < len(old) and b < len(new):
        if old[a] == new[b]:
            edits.append(("=", old[a]))
            a, b = a + 1, b + 1
        elif table[a + 1][b] >= table[a][b + 1]:
            edits.append(("-", old[a]))
            a += 1
        else:
            edits.append(("+", new[b]))
            b += 1
    edits.extend(("-", line) for line in old[a:])
    edits.extend(("+", line) for line in new[b:])
    return edits


def apply(old: Sequence[str], edits: Sequence[Edit]) -> list[str]:
    """The new text; raises ValueError if the old one is not what the edits were made for."""
    if [line for sign, line in edits if sign != "+"] != list(old):
        raise ValueError("made for another text")
    return [line for sign, line in edits if sign != "-"]


def show(edits: Sequence[Edit], context: int = 1) -> list[str]:
    """The changed lines with some around them; what is left out between them is counted."""
    changed = [place for place, (sign, _) in enumerate(edits) if sign != "="]
    near = {place + step for place in changed for step in range(-context, context + 1)}
    out: list[str] = []
    for is_near, group in groupby(enumerate(edits), key=lambda one: one[0] in near):
        lines = [f"{sign} {line}" for _, (sign, line) in group]
        out.extend(lines if is_near else [f"({len(lines)} equal lines)"])
    return out
