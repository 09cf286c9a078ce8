"""A document in pieces that each fit a window: cut between paragraphs, else sentences, else words. Pure.

Tokens are estimated (`core/chat/token_estimate.py`), piece by piece and rounded up: a chunk never has more than asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from pointsman.core.chat.token_estimate import estimate_text
from pointsman.core.documents.document import Document, Passage
from pointsman.core.documents.quote import mark_passage

_CUTS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…。！？])\s+"), re.compile(r"\s+"))
"""Where a text is cut, the gentlest first; what has none of them is halved."""
_JOINTS = ("\n\n", "\n", " ", " ")
_LEAST = 16


@attrs.frozen(kw_only=True)
class Chunk:
    """A piece of a document: its text, each passage's after its place, about so many `tokens`."""

    text: str = attrs.field(repr=False)
    tokens: int
    places: tuple[str, ...] = ()
    """Where it stands: the places of its passages, in order."""

    @property
    def span(self) -> str:
        """From where to where, as in `page 3 to page 7`; empty where it has no place."""
        if not self.places:
            return ""
        first, last = self.places[0], self.places[-1]
        return first if first == last else f"{first} to {last}"


def split_document(document: Document, most_tokens: int) -> tuple[Chunk, ...]:
    """The written parts of `document` in chunks of at most `most_tokens` (at least 16), in order.

    A table that is cut has its first row again in each piece. Pictures that nobody has described are left out.
    """
    most = max(_LEAST, most_tokens)
    pieces = [piece for passage in document.passages if passage.text.strip() for piece in _pieces(passage, most)]
    return tuple(_pack(pieces, most))


@attrs.frozen
class _Piece:
    place: str
    text: str
    tokens: int


def _pieces(passage: Passage, most: int) -> Iterator[_Piece]:
    marked = mark_passage(passage)
    tokens = estimate_text(marked) + 2
    if tokens <= most:
        yield _Piece(passage.place, marked, tokens)
        return
    head = passage.text.partition("\n")[0] if passage.kind == "table" else ""
    above = mark_passage(attrs.evolve(passage, text=head))
    room = most - estimate_text(above) - 4
    if room < most // 2:  # a row as long as that would leave no room for the others
        above, room = mark_passage(attrs.evolve(passage, text="")), most - estimate_text(passage.place) - 6
    below = passage.text[len(head) :].lstrip("\n") if head and above.endswith(head) else passage.text
    for text in _cut(below, max(1, room), 1 if passage.kind == "table" else 0):
        whole = f"{above.rstrip()}\n{text}".strip()
        yield _Piece(passage.place, whole, estimate_text(whole) + 2)


def _cut(text: str, most: int, way: int = 0) -> Iterator[str]:
    """`text` in pieces of at most `most` tokens, by the gentlest cuts that do it."""
    if estimate_text(text) <= most:
        yield text
        return
    if way == len(_CUTS):
        yield from _halves(text, most)
        return
    taken: list[str] = []
    tokens = 0
    for part in _CUTS[way].split(text):
        size = estimate_text(part) + 1
        if taken and tokens + size > most:
            yield _JOINTS[way].join(taken)
            taken, tokens = [], 0
        if size > most:
            yield from _cut(part, most, way + 1)
        elif part:
            taken.append(part)
            tokens += size
    if taken:
        yield _JOINTS[way].join(taken)


def _halves(text: str, most: int) -> Iterator[str]:
    """One word that is too long, as a line of base64 is."""
    if len(text) < 2 or estimate_text(text) <= most:
        yield text
        return
    middle = len(text) // 2
    yield from _halves(text[:middle], most)
    yield from _halves(text[middle:], most)


def _pack(pieces: list[_Piece], most: int) -> Iterator[Chunk]:
    """As many pieces in a chunk as fit."""
    taken: list[_Piece] = []
    tokens = 0
    for piece in pieces:
        if taken and tokens + piece.tokens > most:
            yield _chunk(taken)
            taken, tokens = [], 0
        taken.append(piece)
        tokens += piece.tokens
    if taken:
        yield _chunk(taken)


def _chunk(pieces: list[_Piece]) -> Chunk:
    places = tuple(dict.fromkeys(piece.place for piece in pieces if piece.place))
    return Chunk(
        text="\n\n".join(piece.text for piece in pieces), tokens=sum(piece.tokens for piece in pieces), places=places
    )
