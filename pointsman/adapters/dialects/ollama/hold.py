"""Ollama's way of keeping a model loaded. Every request resets how long it stays: what says nothing, to five minutes.

Source: docs/api.md of ollama/ollama (`keep_alive`, loading by an empty prompt), ollama/ollama#2146.
"""

from __future__ import annotations

from returns.result import Result, Success

from pointsman.adapters.dialects.dialect import Holding, Target, WireRequest, WriteFailure
from pointsman.core.json import JsonObject
from pointsman.core.models.model import ModelHold


def _write_hold(hold: ModelHold, target: Target) -> Result[WireRequest, WriteFailure]:
    body: JsonObject = {"model": hold.model, "keep_alive": round(hold.seconds), "stream": False}
    return Success(WireRequest("/api/generate", body))


OLLAMA_HOLD = Holding(field="keep_alive", write_request=_write_hold)
"""`POST /api/generate` without a prompt: it loads the model, and writes nothing."""
