"""How large a repair is: the lines that it changed, and whether it is the correct program again. Pure."""

from __future__ import annotations

import ast
from collections import Counter
from difflib import SequenceMatcher

from pointsman.core.evaluation.fault import Files
from pointsman.core.evaluation.suspicion import parse

_MOST_LINES = 2000
"""Above, lines are compared without their order: exact comparison takes time with the square of the lines."""


def count_edited_lines(before: Files, after: Files) -> int:
    """Lines that were changed, added or taken away, over all files; a changed line counts once."""
    paths = before.keys() | after.keys()
    return sum(_edited_lines(before.get(path, ""), after.get(path, "")) for path in paths)


def _edited_lines(before: str, after: str) -> int:
    old, new = before.split("\n"), after.split("\n")
    if before == after:
        return 0
    if len(old) + len(new) > _MOST_LINES:
        lost, gained = Counter(old) - Counter(new), Counter(new) - Counter(old)
        return max(lost.total(), gained.total())
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return sum(max(i2 - i1, j2 - j1) for what, i1, i2, j1, j2 in steps if what != "equal")


def is_same_program(one: Files, other: Files) -> bool:
    """Whether two programs have the same syntax trees; comments and layout play no part."""
    if one.keys() != other.keys():
        return False
    return all(text == other[path] or _same_tree(text, other[path]) for path, text in one.items())


def _same_tree(one: str, other: str) -> bool:
    trees = parse(one), parse(other)
    if trees[0] is None or trees[1] is None:
        return False
    try:
        return ast.dump(trees[0]) == ast.dump(trees[1])
    except RecursionError:
        return False
