"""Takes `<think>…</think>` at the beginning of a text apart from the rest, whole or in pieces. Knows no dialect."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

Piece: TypeAlias = tuple[Literal["reasoning", "text"], str]

_OPEN, _CLOSE = "<think>", "</think>"


@attrs.define
class ThinkTags:
    """Splits a text that comes in pieces. Line breaks next to the tags belong to neither side.

    What it holds back (a tag that may be half come, line breaks that may be the last) comes with a later piece or
    with `close`. However a text is cut, the joined pieces of each kind are the same.
    """

    _state: Literal["before", "inside", "after", "text"] = "before"
    _held: str = ""
    _begun: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether all that comes from now on is plain text."""
        return self._state == "text"

    def feed(self, text: str) -> list[Piece]:
        """The pieces that are certain now."""
        if self._state == "text":
            return [("text", text)] if text else []
        self._held += text
        pieces: list[Piece] = []
        while (step := self._step()) is not None:
            pieces += [step] if step[1] else []
        return pieces

    def close(self) -> list[Piece]:
        """What was held back, the text having ended."""
        held, self._held = self._held, ""
        if self._state == "inside":
            rest = held.rstrip("\n") if self._begun else held.strip("\n")
            return [("reasoning", rest)] if rest else []
        return [("text", held)] if held and self._state == "before" else []

    def _step(self) -> Piece | None:
        """One piece (maybe empty) and a change of state, or None when more must come first."""
        if self._state == "before":
            return self._before()
        if self._state == "inside":
            return self._inside()
        if self._state == "after":
            return self._after()
        return None

    def _before(self) -> Piece | None:
        begun = self._held.lstrip()
        if begun.startswith(_OPEN):
            self._state, self._held = "inside", begun[len(_OPEN) :]
            return ("reasoning", "")
        if _OPEN.startswith(begun):
            return None
        held, self._held, self._state = self._held, "", "text"
        return ("text", held)

    def _inside(self) -> Piece | None:
        if not self._begun:
            self._held = self._held.lstrip("\n")
        end = self._held.find(_CLOSE)
        if end >= 0:
            shown, self._held = self._held[:end].rstrip("\n"), self._held[end + len(_CLOSE) :]
            self._state = "after"
            return ("reasoning", shown)
        sure = len(_without_beginning(self._held).rstrip("\n"))
        shown, self._held = self._held[:sure], self._held[sure:]
        self._begun = self._begun or bool(shown)
        return ("reasoning", shown) if shown else None

    def _after(self) -> Piece | None:
        rest = self._held.lstrip("\n")
        self._held = ""
        if not rest:
            return None
        self._state = "text"
        return ("text", rest)


def _without_beginning(text: str) -> str:
    """`text` without what may be the beginning of a closing tag at its end."""
    for length in range(min(len(_CLOSE) - 1, len(text)), 0, -1):
        if text.endswith(_CLOSE[:length]):
            return text[:-length]
    return text


def split_thoughts(text: str) -> tuple[str, str]:
    """The reasoning and the rest of a whole text."""
    if _OPEN not in text:
        return "", text
    tags = ThinkTags()
    pieces = [*tags.feed(text), *tags.close()]
    reasoning = "".join(piece for kind, piece in pieces if kind == "reasoning")
    return reasoning, "".join(piece for kind, piece in pieces if kind == "text")
