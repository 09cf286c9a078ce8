"""Slips of the keyboard in identifiers: the same slip for the same word. Pure."""

from __future__ import annotations

import keyword


def misspell(word: str) -> str:
    """`word` as a hurried person types it: two letters swapped, one left out, or a plural for a singular."""
    slips = (_swap_letters, _drop_letter, _turn_number)
    first = sum(word.encode()) % len(slips)
    for slip in (*slips[first:], *slips[:first]):
        wrong = slip(word)
        if wrong != word and wrong.isidentifier() and not keyword.iskeyword(wrong):
            return wrong
    return f"{word}_"


def _swap_letters(word: str) -> str:
    for at in range(len(word) // 2, len(word) - 1):
        if word[at] != word[at + 1] and "_" not in word[at : at + 2]:
            return f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}"
    return word


def _drop_letter(word: str) -> str:
    middle = len(word) // 2
    return word if len(word) < 5 or word[middle] == "_" else word[:middle] + word[middle + 1 :]


def _turn_number(word: str) -> str:
    return word.removesuffix("s") if word.endswith("s") and len(word) > 3 else f"{word}s"
