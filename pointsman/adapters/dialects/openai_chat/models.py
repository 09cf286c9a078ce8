"""Model lists as OpenAI and the servers that imitate it give them, both ways.

OpenAI itself tells the id and the owner only. vLLM, LM Studio, llama.cpp, Groq, Mistral, Together and OpenRouter tell
more, each under its own names; all of them are read here, and none of them is asked for by name.
"""

from __future__ import annotations

from collections.abc import Iterator

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Codec, Inbound, InboundCall, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.openai_chat.errors import error_in_body
from pointsman.core.error import InvalidRequest, InvalidResponse, ProviderError
from pointsman.core.json import (
    Json,
    JsonObject,
    as_list,
    as_object,
    as_text,
    compact,
    count_or_none,
    float_or_none,
    text_or_none,
)
from pointsman.core.models.model import ModelInfo, ModelPage, ModelQuery, ModelState, ModelType

_CONTEXT = ("context_length", "max_model_len", "max_context_length", "context_window", "n_ctx", "n_ctx_train")
_OUTPUT = ("max_completion_tokens", "max_output_tokens", "max_output", "max_tokens")
_TYPES: dict[str, ModelType] = {
    "llm": "llm",
    "chat": "llm",
    "language": "llm",
    "vlm": "vlm",
    "embedding": "embedding",
    "embeddings": "embedding",
}
_STATES: dict[str, ModelState] = {"loaded": "loaded", "not-loaded": "not-loaded", "unloaded": "not-loaded"}
_PARAMETERS = ("tools", "reasoning", "structured_outputs")


def write_request(query: ModelQuery, target: Target) -> Result[WireRequest, WriteFailure]:
    """The GET for the list, which has one page."""
    return Success(WireRequest("/models", method="GET"))


def read_response(body: Json, target: Target) -> Result[ModelPage, ProviderError]:
    """The models under `data` or `models`, or in a bare list (Together); entries without an id are left out."""
    error = error_in_body(body, target) if isinstance(body, (dict, str)) else None
    if error is not None:
        return Failure(error)
    listed = body if isinstance(body, list) else as_object(body).get("data", as_object(body).get("models"))
    if not isinstance(listed, list):
        problem = "the answer is not a list of models"
        return Failure(InvalidResponse(detail=problem, problems=(problem,), provider=target.provider))
    models = (_read_model(as_object(item), target.provider) for item in listed)
    return Success(ModelPage(tuple(model for model in models if model is not None)))


def _read_model(item: JsonObject, provider: str) -> ModelInfo | None:
    model_id = as_text(item.get("id")) or as_text(item.get("name")) or as_text(item.get("key"))
    if not model_id:
        return None
    meta, top = as_object(item.get("meta")), as_object(item.get("top_provider"))
    return ModelInfo(
        id=model_id,
        provider=provider,
        type=_read_type(item),
        architecture=text_or_none(item.get("arch")) or text_or_none(item.get("architecture")),
        quantization=text_or_none(item.get("quantization")),
        state=_read_state(item),
        context_length=_count(_CONTEXT, item, top, meta),
        max_output=_count(_OUTPUT, item, top),
        owner=next(
            filter(None, (text_or_none(item.get(name)) for name in ("owned_by", "publisher", "organization"))), None
        ),
        created=float_or_none(item.get("created")) or None,
        description=text_or_none(item.get("description")),
        size_bytes=_count(("size_bytes", "size"), item, meta),
        capabilities=tuple(dict.fromkeys(_read_capabilities(item))),
    )


def _count(names: tuple[str, ...], *objects: JsonObject) -> int | None:
    """The first count above 0 under one of `names`: servers write 0 for what they don't know."""
    counts = (count_or_none(found.get(name)) for found in objects for name in names)
    return next((count for count in counts if count), None)


def _read_type(item: JsonObject) -> ModelType | None:
    named = _TYPES.get(as_text(item.get("type")))
    inputs = as_list(as_object(item.get("architecture")).get("input_modalities"))
    if named is None and inputs:
        return "vlm" if "image" in inputs else "llm"
    return named


def _read_state(item: JsonObject) -> ModelState | None:
    status = as_object(item.get("status"))
    return _STATES.get(as_text(item.get("state")) or as_text(status.get("value")))


def _read_capabilities(item: JsonObject) -> Iterator[str]:
    """LM Studio's list, Mistral's object of flags, and what OpenRouter's parameters say."""
    told = item.get("capabilities")
    yield from (name for name in as_list(told) if isinstance(name, str))
    yield from (name for name, value in as_object(told).items() if value is True)
    yield from (name for name in _PARAMETERS if name in as_list(item.get("supported_parameters")))


def read_request(inbound: Inbound) -> Result[ModelQuery, InvalidRequest]:
    """A list is asked for without any parameter."""
    return Success(ModelQuery())


def write_response(page: ModelPage) -> JsonObject:
    """The list with all that is known, under the names that most servers use."""
    data: list[Json] = [write_model(model) for model in page.models]
    return {"object": "list", "data": data}


def write_model(model: ModelInfo) -> JsonObject:
    """One model. Where nobody knows when it was made `created` is 0; OpenAI's SDK wants an owner: unknown is empty."""
    known = compact(
        {
            "type": model.type,
            "arch": model.architecture,
            "quantization": model.quantization,
            "state": model.state,
            "context_length": model.context_length,
            "max_completion_tokens": model.max_output,
            "description": model.description,
            "size_bytes": model.size_bytes,
            "capabilities": [*model.capabilities] or None,
        }
    )
    made = int(model.created or 0)
    return {"id": model.id, "object": "model", "created": made, "owned_by": model.owner or "", **known}


OPENAI_MODELS: Codec[ModelQuery, ModelPage] = Codec(
    write_request,
    read_response,
    lambda inbound: read_request(inbound).map(InboundCall),
    lambda page, call: write_response(page),
)
