"""The model list of the Messages API, both ways."""

from __future__ import annotations

from urllib.parse import quote

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.anthropic.errors import not_expected
from pointsman.adapters.dialects.anthropic.request import VERSION
from pointsman.adapters.dialects.dialect import Inbound, InboundCall, Target, WireRequest, WriteFailure
from pointsman.core.error import InvalidRequest, ProviderError
from pointsman.core.json import (
    Json,
    JsonObject,
    as_object,
    as_text,
    compact,
    count_or_none,
    text_or_none,
)
from pointsman.core.models.model import ModelInfo, ModelPage, ModelQuery

UNKNOWN_DATE = "1970-01-01T00:00:00Z"


def write_query(query: ModelQuery, target: Target) -> Result[WireRequest, WriteFailure]:
    """The request for one page, the largest the API gives."""
    after = f"&after_id={quote(query.cursor, safe='')}" if query.cursor is not None else ""
    return Success(WireRequest(f"/v1/models?limit=1000{after}", method="GET", headers=VERSION))


def read_query(inbound: Inbound) -> Result[InboundCall[ModelQuery], InvalidRequest]:
    """Which page is asked for; the fields of the query string are looked for in the body."""
    return Success(InboundCall(ModelQuery(text_or_none(inbound.body.get("after_id")))))


def read_page(body: Json, target: Target) -> Result[ModelPage, ProviderError]:
    """One page of models."""
    page = as_object(body)
    data = page.get("data")
    if not isinstance(data, list):
        return Failure(not_expected(body, target, "the answer is not a model list: it has no list 'data'"))
    models = tuple(_model(as_object(entry), target) for entry in data if text_or_none(as_object(entry).get("id")))
    following = text_or_none(page.get("last_id")) if page.get("has_more") is True else None
    return Success(ModelPage(models, following))


def _model(entry: JsonObject, target: Target) -> ModelInfo:
    able = as_object(entry.get("capabilities"))
    return ModelInfo(
        id=as_text(entry.get("id")),
        provider=target.provider,
        context_length=count_or_none(entry.get("max_input_tokens")) or None,
        max_output=count_or_none(entry.get("max_tokens")) or None,
        capabilities=tuple(name for name, value in able.items() if as_object(value).get("supported") is True),
    )


def write_page(page: ModelPage, call: InboundCall[ModelQuery]) -> JsonObject:
    """The body that lists `page`."""
    ids: list[Json] = [model.id for model in page.models]
    return {
        "data": [_entry(model) for model in page.models],
        "first_id": ids[0] if ids else None,
        "has_more": page.next is not None,
        "last_id": page.next if page.next is not None else ids[-1] if ids else None,
    }


def _entry(model: ModelInfo) -> JsonObject:
    able: JsonObject = {name: {"supported": True} for name in model.capabilities}
    return compact(
        {
            "type": "model",
            "id": model.id,
            "display_name": model.id,
            "created_at": UNKNOWN_DATE,
            "lifecycle": "active",
            "max_input_tokens": model.context_length,
            "max_tokens": model.max_output,
            "capabilities": able or None,
        }
    )
