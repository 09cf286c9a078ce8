"""Ollama's other questions: tags, show, ps, embed, and keeping a model loaded.

Source: docs/api.md of ollama/ollama (`keep_alive`, loading by an empty prompt), ollama/ollama#2146.
"""

from __future__ import annotations

from collections.abc import Iterable

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Codec, Holding, Inbound, InboundCall, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.error_table import invalid
from pointsman.adapters.dialects.ollama.errors import error_in_body
from pointsman.core.error import InvalidRequest, ProviderError
from pointsman.core.json import (
    Json,
    JsonObject,
    as_list,
    as_object,
    as_text,
    compact,
    count_or_none,
    text_or_none,
)
from pointsman.core.models.model import ModelHold, ModelInfo, ModelPage, ModelQuery, ModelType


def _wrong(problem: str) -> Failure[InvalidRequest]:
    return Failure(InvalidRequest(detail=problem, problems=(problem,)))


def _page(body: Json, target: Target, state: str | None) -> Result[ModelPage, ProviderError]:
    error = error_in_body(body, target)
    if error is not None:
        return Failure(error)
    models = as_object(body).get("models")
    if not isinstance(models, list):
        return Failure(invalid("the answer has no list of models", target))
    return Success(ModelPage(tuple(_model(as_object(item), state) for item in models)))


def _model(item: JsonObject, state: str | None) -> ModelInfo:
    details = as_object(item.get("details"))
    capabilities = tuple(as_text(name) for name in as_list(item.get("capabilities")) if as_text(name))
    return ModelInfo(
        id=text_or_none(item.get("name")) or as_text(item.get("model")),
        type=_type(capabilities),
        architecture=text_or_none(details.get("family")),
        quantization=text_or_none(details.get("quantization_level")),
        state="loaded" if state == "loaded" else None,
        context_length=count_or_none(item.get("context_length")),
        size_bytes=count_or_none(item.get("size")),
        capabilities=capabilities,
    )


def _type(capabilities: tuple[str, ...]) -> ModelType | None:
    if "embedding" in capabilities:
        return "embedding"
    if "vision" in capabilities:
        return "vlm"
    return "llm" if "completion" in capabilities else None


def _write_page(page: ModelPage) -> JsonObject:
    return {"models": [_write_model(model) for model in page.models]}


def _write_model(model: ModelInfo) -> Json:
    details = compact({"family": model.architecture, "quantization_level": model.quantization, "format": "gguf"})
    return compact(
        {
            "name": model.id,
            "model": model.id,
            "modified_at": "1970-01-01T00:00:00Z",
            "size": model.size_bytes or 0,
            "digest": "",
            "details": details,
            "capabilities": _write_capabilities(model),
            "context_length": model.context_length,
        }
    )


def _write_capabilities(model: ModelInfo) -> list[Json] | None:
    return list(model.capabilities) or None


def _ask_page(path: str) -> Result[WireRequest, WriteFailure]:
    return Success(WireRequest(path, method="GET"))


def _any_page(inbound: Inbound) -> Result[ModelQuery, InvalidRequest]:
    return Success(ModelQuery())


OLLAMA_MODELS: Codec[ModelQuery, ModelPage] = Codec(
    write_request=lambda query, target: _ask_page("/api/tags"),
    read_response=lambda body, target: _page(body, target, None),
    read_request=lambda inbound: _any_page(inbound).map(InboundCall),
    write_response=lambda answer, call: _write_page(answer),
)
"""`GET /api/tags`: what is on disk."""

OLLAMA_RUNNING: Codec[ModelQuery, ModelPage] = Codec(
    write_request=lambda query, target: _ask_page("/api/ps"),
    read_response=lambda body, target: _page(body, target, "loaded"),
    read_request=lambda inbound: _any_page(inbound).map(InboundCall),
    write_response=lambda answer, call: _write_page(answer),
)
"""`GET /api/ps`: what is in memory."""


def _read_show(body: Json, target: Target) -> Result[ModelInfo, ProviderError]:
    error = error_in_body(body, target)
    if error is not None:
        return Failure(error)
    document = as_object(body)
    facts = as_object(document.get("model_info"))
    details = as_object(document.get("details"))
    capabilities = tuple(as_text(name) for name in as_list(document.get("capabilities")) if as_text(name))
    lengths = [count_or_none(value) for key, value in facts.items() if key.endswith(".context_length")]
    return Success(
        ModelInfo(
            id=target.model,
            type=_type(capabilities),
            architecture=text_or_none(facts.get("general.architecture")) or text_or_none(details.get("family")),
            quantization=text_or_none(details.get("quantization_level")),
            context_length=next((length for length in lengths if length), None),
            capabilities=capabilities,
        )
    )


VERSION = "0.12.0"
"""The version that Ollama's clients are told: they ask for it to know what the server can do."""
_WHEN = "2026-01-01T00:00:00Z"
_OWN_WORDS = {"chat": "completion", "reasoning": "thinking", "embeddings": "embedding"}
"""What Ollama calls a capability where others say something else."""


def write_running(models: Iterable[ModelInfo]) -> JsonObject:
    """`GET /api/ps` of a server that has `models` in memory."""
    return {"models": [_write_running(model) for model in models]}


def _write_running(model: ModelInfo) -> Json:
    return compact(
        {
            "name": model.id,
            "model": model.id,
            "size": model.size_bytes or 0,
            "size_vram": 0,
            "digest": "0" * 64,
            "details": _write_details(model),
            "expires_at": _WHEN,
            "context_length": model.context_length,
        }
    )


def write_show(model: ModelInfo) -> JsonObject:
    """`POST /api/show` of `model`."""
    kind, length = model.architecture or "unknown", model.context_length
    named: list[Json] = [_OWN_WORDS.get(name, name) for name in model.capabilities]
    return {
        "modelfile": f"# {model.id}, by pointsman",
        "parameters": f"num_ctx {length}" if length else "",
        "template": "{{ .Prompt }}",
        "details": _write_details(model),
        "model_info": compact({"general.architecture": kind, f"{kind}.context_length": length}),
        "capabilities": named or ["embedding" if model.type == "embedding" else "completion"],
        "modified_at": _WHEN,
    }


def _write_details(model: ModelInfo) -> JsonObject:
    return {
        "parent_model": "",
        "format": "gguf",
        "family": model.architecture or "",
        "families": [model.architecture or ""],
        "parameter_size": "",
        "quantization_level": model.quantization or "",
    }


def _asked_model(inbound: Inbound) -> Result[str, InvalidRequest]:
    model = text_or_none(inbound.body.get("model")) or text_or_none(inbound.body.get("name"))
    return Success(model) if model else _wrong("model is required")


OLLAMA_SHOW: Codec[str, ModelInfo] = Codec(
    write_request=lambda model, target: Success(WireRequest("/api/show", {"model": model})),
    read_response=_read_show,
    read_request=lambda inbound: _asked_model(inbound).map(InboundCall),
    write_response=lambda answer, call: write_show(answer),
)
"""`POST /api/show`: all that Ollama knows of one model."""


def _write_hold(hold: ModelHold, target: Target) -> Result[WireRequest, WriteFailure]:
    body: JsonObject = {"model": hold.model, "keep_alive": round(hold.seconds), "stream": False}
    return Success(WireRequest("/api/generate", body))


OLLAMA_HOLD = Holding(field="keep_alive", write_request=_write_hold)
"""`POST /api/generate` without a prompt: it loads the model, and writes nothing."""
