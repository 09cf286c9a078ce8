"""LM Studio's way of keeping a model loaded: `ttl`, after so many idle seconds it goes; every request begins them anew.

Source: lmstudio.ai/docs/api/ttl-and-auto-evict.
"""

from __future__ import annotations

from returns.result import Result, Success

from pointsman.adapters.dialects.dialect import Holding, Target, WireRequest, WriteFailure
from pointsman.core.json import Json, JsonObject
from pointsman.core.models.model import ModelHold


def _write_hold(hold: ModelHold, target: Target) -> Result[WireRequest, WriteFailure]:
    question: list[Json] = [{"role": "user", "content": "."}]
    body: JsonObject = {"model": hold.model, "messages": question, "max_tokens": 1, "ttl": round(hold.seconds)}
    return Success(WireRequest("/chat/completions", body))


LMSTUDIO_HOLD = Holding(field="ttl", write_request=_write_hold)
"""A question with an answer of one token: nothing shorter begins the idle time anew."""
