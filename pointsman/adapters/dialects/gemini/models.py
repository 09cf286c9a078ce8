"""Gemini's list of models, both ways. Source: ai.google.dev/api/models."""

from __future__ import annotations

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Codec, Inbound, InboundCall, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.error_table import invalid
from pointsman.adapters.dialects.gemini.errors import error_in_body
from pointsman.adapters.dialects.gemini.request import COLLECTIONS
from pointsman.adapters.dialects.routing import resource_name
from pointsman.core.error import InvalidRequest, ProviderError
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, compact, count_or_none, text_or_none
from pointsman.core.models.model import ModelInfo, ModelPage, ModelQuery


def write_request(query: ModelQuery, target: Target) -> Result[WireRequest, WriteFailure]:
    """The GET for a page of the list."""
    cursor = (("pageToken", query.cursor),) if query.cursor else ()
    return Success(WireRequest("/models", method="GET", query=(("pageSize", "1000"), *cursor)))


def read_response(body: Json, target: Target) -> Result[ModelPage, ProviderError]:
    """A page of the list."""
    error = error_in_body(body, target)
    if error is not None:
        return Failure(error)
    document = as_object(body)
    if not isinstance(document.get("models"), list):
        return Failure(invalid("the answer has no list of models", target))
    models = tuple(_read_model(as_object(item)) for item in as_list(document["models"]))
    return Success(ModelPage(models, text_or_none(document.get("nextPageToken"))))


def _read_model(item: JsonObject) -> ModelInfo:
    methods = tuple(as_text(name) for name in as_list(item.get("supportedGenerationMethods")) if as_text(name))
    embeds = any("embed" in method.lower() for method in methods)
    return ModelInfo(
        id=as_text(item.get("name")).removeprefix("models/"),
        type="embedding" if embeds else "llm" if "generateContent" in methods else None,
        context_length=count_or_none(item.get("inputTokenLimit")),
        max_output=count_or_none(item.get("outputTokenLimit")),
        description=text_or_none(item.get("description")),
        capabilities=methods,
    )


def read_request(inbound: Inbound) -> Result[InboundCall[ModelQuery], InvalidRequest]:
    """Which page a client asks for."""
    return Success(InboundCall(ModelQuery(text_or_none(inbound.body.get("pageToken")))))


def write_response(page: ModelPage, call: InboundCall[ModelQuery] | None = None) -> JsonObject:
    """A page of the list, as a server shows it."""
    return compact({"models": [write_model(model) for model in page.models], "nextPageToken": page.next})


def write_model(model: ModelInfo) -> Json:
    """One model of the list."""
    embeds = model.type == "embedding"
    known = [name for name in model.capabilities if name.endswith(("Content", "Contents", "Tokens"))]
    methods: list[Json] = [*known] or (["embedContent"] if embeds else ["generateContent", "countTokens"])
    return compact(
        {
            "name": resource_name(model.id, COLLECTIONS),
            "displayName": model.id,
            "version": "001",
            "inputTokenLimit": model.context_length,
            "outputTokenLimit": model.max_output,
            "supportedGenerationMethods": methods,
        }
    )


GEMINI_MODELS = Codec(write_request, read_response, read_request, write_response)
"""`GET /models`, paged by `pageToken`."""
