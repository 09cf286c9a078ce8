"""Trees of signs, and codes in the order of their lengths."""

from collections.abc import Mapping
from typing import TypeAlias

Tree: TypeAlias = "str | tuple[Tree, Tree]"


def code_lengths(tree: Tree, depth: int = 0) -> dict[str, int]:
    """Sign → how deep it stands; a single sign has the length 1."""
    if isinstance(tree, str):
        return {tree: max(depth, 1)}
    left, right = tree
    return {**code_lengths(left, depth + 1), **code_lengths(right, depth + 1)}


def numbered_codes(lengths: Mapping[str, int]) -> dict[str, str]:
    """Codes that count up, short ones first, equal lengths by alphabet."""
    codes: dict[str, str] = {}
    number, last = 0, 0
    for length, sign in sorted((length, sign) for sign, length in lengths.items()):
        number <<= length - last
        codes[sign] = f"{number:0{length}b}"
        number += 1
        last = length
    return codes
