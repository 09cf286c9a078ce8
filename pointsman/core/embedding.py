"""Texts as vectors."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from pointsman.core.cost import UNKNOWN_COST, Cost
from pointsman.core.json import Json
from pointsman.core.options import PLAIN, CallOptions
from pointsman.core.response import Warning
from pointsman.core.usage import UNKNOWN, Usage


@attrs.frozen
class EmbeddingRequest:
    """Ask for one vector a text; `dimensions` shortens them where the model can."""

    model: str
    texts: tuple[str, ...]
    dimensions: int | None = None
    timeout: float | None = None
    extra: Mapping[str, Json] = attrs.field(factory=dict)
    options: CallOptions = attrs.field(default=PLAIN, kw_only=True)


@attrs.frozen
class Embedding:
    """The vector of one text; `index` is the text's place in the request."""

    vector: tuple[float, ...] = attrs.field(repr=lambda vector: f"<{len(vector)} dimensions>")
    index: int = 0


@attrs.frozen(kw_only=True)
class EmbeddingResponse:
    """The vectors in the order of the texts; `usage` has input tokens only."""

    embeddings: tuple[Embedding, ...]
    model: str = ""
    provider: str = ""
    usage: Usage = UNKNOWN
    warnings: tuple[Warning, ...] = ()
    cost: Cost = UNKNOWN_COST
