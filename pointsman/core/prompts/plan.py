"""What goes into the instructions above a request, and what must stay out, within a budget of tokens. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import attrs

Fate: TypeAlias = Literal["whole", "cut", "left_out"]


@attrs.frozen(kw_only=True)
class Section:
    """A piece of the instructions. Pieces with a lower `rank` get room first; rank 0 goes in whatever it takes.

    A piece that is `cuttable` may lose lines at its end, its first line is its heading.
    """

    name: str
    text: str
    rank: int = 1
    cuttable: bool = False


@attrs.frozen(kw_only=True)
class PromptPiece:
    """What became of a section: how many tokens it was given (an estimate), and whether that is all of it."""

    name: str
    tokens: int
    fate: Fate


def assemble(
    sections: Sequence[Section], budget: int, count: Callable[[str], int]
) -> tuple[str, tuple[PromptPiece, ...]]:
    """The text of `sections` in their order, in at most `budget` tokens beside those of rank 0, and the trace of it."""
    kept: dict[int, str] = {}
    pieces: dict[int, PromptPiece] = {}
    left = budget
    for number, section in sorted(enumerate(sections), key=lambda item: item[1].rank):
        if not section.text.strip():
            continue
        text = section.text if section.rank == 0 else _fitting(section, left, count)
        tokens = count(text) if text else 0
        left -= tokens if section.rank else 0
        kept[number] = text
        fate: Fate = "whole" if text == section.text else "cut" if text else "left_out"
        pieces[number] = PromptPiece(name=section.name, tokens=tokens, fate=fate)
    order = sorted(kept)
    return "\n\n".join(kept[number] for number in order if kept[number]), tuple(pieces[number] for number in order)


def _fitting(section: Section, room: int, count: Callable[[str], int]) -> str:
    if count(section.text) <= room:
        return section.text
    if not section.cuttable:
        return ""
    lines = section.text.splitlines()
    while len(lines) > _HEADING and count("\n".join(lines)) > room:
        lines.pop()
    return "\n".join(lines) if len(lines) > _HEADING else ""


_HEADING = 1
