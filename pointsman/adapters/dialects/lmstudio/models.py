"""LM Studio's own model list (type, architecture, state, context length), and its way of keeping a model loaded.

Sources: lmstudio.ai/docs, lmstudio.ai/docs/api/ttl-and-auto-evict.
"""

from __future__ import annotations

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Codec, Holding, Inbound, InboundCall, Target, WireRequest, WriteFailure
from pointsman.core.error import InvalidRequest, InvalidResponse, ModelNotFound, ProviderError
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, compact, count_or_none, text_or_none
from pointsman.core.models.model import ModelHold, ModelInfo, ModelPage, ModelQuery, ModelState, ModelType

_TYPES: dict[str, ModelType] = {"llm": "llm", "vlm": "vlm", "embeddings": "embedding", "embedding": "embedding"}


def _write_request(query: ModelQuery, target: Target) -> Result[WireRequest, WriteFailure]:
    return Success(WireRequest("/api/v0/models", method="GET", from_origin=True))


def _read_response(body: Json, target: Target) -> Result[ModelPage, ProviderError]:
    """Both native shapes: `data` of v0 and `models` of v1. An error text in a 200 means there is no such endpoint."""
    document = as_object(body)
    if "error" in document:
        said = text_or_none(document["error"]) or as_text(as_object(document["error"]).get("message"))
        return Failure(ModelNotFound(detail=said or "no such endpoint", provider=target.provider))
    rows = document.get("data", document.get("models"))
    if not isinstance(rows, list):
        problem = "the answer has no list of models"
        return Failure(InvalidResponse(detail=problem, problems=(problem,), provider=target.provider))
    return Success(ModelPage(tuple(_read_model(as_object(row)) for row in rows)))


def _read_model(row: JsonObject) -> ModelInfo:
    quantization = row.get("quantization")
    return ModelInfo(
        id=text_or_none(row.get("id")) or as_text(row.get("key")),
        type=_read_type(row),
        architecture=text_or_none(row.get("arch")) or text_or_none(row.get("architecture")),
        quantization=text_or_none(quantization) or text_or_none(as_object(quantization).get("name")),
        state=_read_state(row),
        context_length=count_or_none(row.get("max_context_length")),
        owner=text_or_none(row.get("publisher")),
        size_bytes=count_or_none(row.get("size_bytes")),
        capabilities=_read_capabilities(row.get("capabilities")),
    )


def _read_type(row: JsonObject) -> ModelType | None:
    if as_object(row.get("capabilities")).get("vision") is True:
        return "vlm"
    return _TYPES.get(as_text(row.get("type")))


def _read_state(row: JsonObject) -> ModelState | None:
    if isinstance(row.get("loaded_instances"), list):
        return "loaded" if row["loaded_instances"] else "not-loaded"
    state = row.get("state")
    return "loaded" if state == "loaded" else "not-loaded" if state == "not-loaded" else None


def _read_capabilities(raw: Json) -> tuple[str, ...]:
    if isinstance(raw, dict):
        return tuple(sorted(name for name, has in raw.items() if has))
    return tuple(item for item in as_list(raw) if isinstance(item, str))


def _write_response(page: ModelPage) -> JsonObject:
    return {"object": "list", "data": [_write_model(model) for model in page.models]}


def _write_model(model: ModelInfo) -> Json:
    capabilities: list[Json] = list(model.capabilities)
    return compact(
        {
            "id": model.id,
            "object": "model",
            "type": "embeddings" if model.type == "embedding" else model.type,
            "publisher": model.owner,
            "arch": model.architecture,
            "quantization": model.quantization,
            "state": model.state,
            "max_context_length": model.context_length,
            "size_bytes": model.size_bytes,
            "capabilities": capabilities or None,
        }
    )


def _read_request(inbound: Inbound) -> Result[ModelQuery, InvalidRequest]:
    return Success(ModelQuery())


LMSTUDIO_MODELS: Codec[ModelQuery, ModelPage] = Codec(
    write_request=_write_request,
    read_response=_read_response,
    read_request=lambda inbound: _read_request(inbound).map(InboundCall),
    write_response=lambda answer, call: _write_response(answer),
)
"""`GET /api/v0/models` at the server's origin; reads what `/api/v1/models` answers as well."""


def _write_hold(hold: ModelHold, target: Target) -> Result[WireRequest, WriteFailure]:
    question: list[Json] = [{"role": "user", "content": "."}]
    body: JsonObject = {"model": hold.model, "messages": question, "max_tokens": 1, "ttl": round(hold.seconds)}
    return Success(WireRequest("/chat/completions", body))


LMSTUDIO_HOLD = Holding(field="ttl", write_request=_write_hold)
"""A question with an answer of one token: nothing shorter begins the idle time anew."""
