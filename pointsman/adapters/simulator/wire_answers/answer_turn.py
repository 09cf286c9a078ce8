"""One turn of a simulated model, with what only its vendor's wire has words for. Data, and how it is cut in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import attrs

from pointsman.adapters.simulator.prompt_cache import CacheUse
from pointsman.core.chat.part import Part, Text
from pointsman.core.chat.response import ChatResponse
from pointsman.core.json import JsonObject, as_object, dumps

ENCRYPTED = "c2ltdWxhdGVk"
"""What opaque state of the simulator begins with: base64 of “simulated”."""


@attrs.frozen
class FreeformCall:
    """A call of a tool that takes one text (`custom` at OpenAI), such as Codex' `apply_patch`."""

    id: str
    name: str
    input: str


@attrs.frozen
class WebSearch:
    """A search of the web that the vendor ran on its side, and the titles and addresses that it found."""

    id: str
    query: str
    results: tuple[tuple[str, str], ...] = ()


WirePart: TypeAlias = Part | FreeformCall | WebSearch


@attrs.frozen(kw_only=True)
class Turn:
    """What is to be written: the answer, its parts with those that the core has no words for, and the request.

    `stop_hit` is the stop sequence that ended the text, `piece` how many characters are in a delta, `now` the Unix
    seconds that stand in the answer.
    """

    response: ChatResponse
    parts: tuple[WirePart, ...]
    body: JsonObject
    cache: CacheUse = attrs.field(factory=CacheUse)
    stop_hit: str | None = None
    piece: int = 8
    now: int = 0

    def pieces(self, text: str) -> Iterator[str]:
        """`text` in pieces of a delta."""
        return (text[at : at + self.piece] for at in range(0, len(text), self.piece))

    @property
    def text(self) -> str:
        """All text of the turn."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))


@attrs.frozen
class WireAnswers:
    """How one vendor writes a turn: as a body, and as the frames of a stream."""

    whole: Callable[[Turn], JsonObject]
    frames: Callable[[Turn], Iterator[bytes]]


def named_frame(event: JsonObject) -> bytes:
    """An SSE frame whose event is named as the `type` in its data."""
    return b"event: %s\ndata: %s\n\n" % (str(as_object(event).get("type")).encode(), dumps(event))
