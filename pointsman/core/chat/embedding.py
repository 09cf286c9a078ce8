"""Texts as vectors."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from pointsman.core.chat.options import PLAIN, CallOptions
from pointsman.core.chat.original import OriginalRequest, OriginalResponse
from pointsman.core.chat.response import Warning
from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.error import Attempt
from pointsman.core.json import Json
from pointsman.core.money.cost import UNKNOWN_COST, Cost


@attrs.frozen(slots=False)  # copied often: see `core/chat/replace.py`
class EmbeddingRequest:
    """Ask for one vector a text."""

    model: str
    texts: tuple[str, ...]
    dimensions: int | None = None
    """Shortens the vectors, where the model can."""
    timeout: float | None = None
    """Seconds for the whole call."""
    extra: Mapping[str, Json] = attrs.field(factory=dict)
    options: CallOptions = attrs.field(default=PLAIN, kw_only=True)
    task_type: str | None = attrs.field(default=None, kw_only=True)
    """What the vectors are for, in Gemini's words: `RETRIEVAL_QUERY`, `RETRIEVAL_DOCUMENT`, `SEMANTIC_SIMILARITY`, …"""
    token_ids: tuple[tuple[int, ...], ...] = attrs.field(default=(), kw_only=True)
    """Texts as the model's own tokens, in place of `texts`."""
    original: OriginalRequest | None = attrs.field(default=None, kw_only=True, eq=False, repr=False)
    """As a client of the gateway sent it, for a provider of the same dialect."""

    @property
    def size(self) -> int:
        """How many vectors are asked for."""
        return len(self.token_ids) or len(self.texts)


@attrs.frozen
class Embedding:
    """The vector of one text; `index` is the text's place in the request."""

    vector: tuple[float, ...] = attrs.field(repr=lambda vector: f"<{len(vector)} dimensions>")
    index: int = 0


@attrs.frozen(kw_only=True, slots=False)  # copied often: see `core/chat/replace.py`
class EmbeddingResponse:
    """The vectors in the order of the texts; `usage` has input tokens only, `latency_ms` is the whole call."""

    embeddings: tuple[Embedding, ...]
    model: str = ""
    provider: str = ""
    usage: Usage = UNKNOWN
    latency_ms: float | None = None
    attempts: tuple[Attempt, ...] = ()
    warnings: tuple[Warning, ...] = ()
    cost: Cost = UNKNOWN_COST
    original: OriginalResponse | None = attrs.field(default=None, eq=False, repr=False)
    """As it came, for a client of the gateway that speaks the provider's dialect."""
