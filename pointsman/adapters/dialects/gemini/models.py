"""Gemini's other questions: models, embeddings, token counts."""

from __future__ import annotations

from urllib.parse import quote

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Codec, Inbound, InboundCall, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.gemini.content import read_parts
from pointsman.adapters.dialects.gemini.errors import error_in_body
from pointsman.adapters.dialects.gemini.request import COLLECTIONS, bare, read_request, write_body
from pointsman.adapters.dialects.model_path import model_path, resource_name
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.embedding import Embedding, EmbeddingRequest, EmbeddingResponse
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
    int_or_none,
    text_or_none,
)
from pointsman.core.model import ModelInfo, ModelPage, ModelQuery
from pointsman.core.part import Text
from pointsman.core.request import ChatRequest
from pointsman.core.usage import UNKNOWN


def _invalid(problem: str, target: Target) -> Failure[InvalidResponse]:
    return Failure(
        InvalidResponse(detail=problem, problems=(problem,), provider=target.provider, model=target.model or None)
    )


def _write_models(query: ModelQuery, target: Target) -> Result[WireRequest, WriteFailure]:
    cursor = f"&pageToken={quote(query.cursor, safe='')}" if query.cursor else ""
    return Success(WireRequest(f"/models?pageSize=1000{cursor}", method="GET"))


def _read_models(body: Json, target: Target) -> Result[ModelPage, ProviderError]:
    error = error_in_body(body, target)
    if error is not None:
        return Failure(error)
    document = as_object(body)
    if not isinstance(document.get("models"), list):
        return _invalid("the answer has no list of models", target)
    models = tuple(_read_model(as_object(item)) for item in as_list(document["models"]))
    return Success(ModelPage(models, text_or_none(document.get("nextPageToken"))))


def _read_model(item: JsonObject) -> ModelInfo:
    methods = tuple(as_text(name) for name in as_list(item.get("supportedGenerationMethods")) if as_text(name))
    embeds = any("embed" in method.lower() for method in methods)
    return ModelInfo(
        id=bare(as_text(item.get("name"))),
        type="embedding" if embeds else "llm" if "generateContent" in methods else None,
        context_length=count_or_none(item.get("inputTokenLimit")),
        max_output=count_or_none(item.get("outputTokenLimit")),
        capabilities=methods,
    )


def _write_page(page: ModelPage) -> JsonObject:
    return compact({"models": [write_model(model) for model in page.models], "nextPageToken": page.next})


def write_model(model: ModelInfo) -> Json:
    """One model of the list."""
    embeds = model.type == "embedding"
    known = [name for name in model.capabilities if name.endswith(("Content", "Contents", "Tokens"))]
    methods: list[Json] = [*known] or (["embedContent"] if embeds else ["generateContent", "countTokens"])
    return compact(
        {
            "name": f"models/{model.id}",
            "displayName": model.id,
            "version": "001",
            "inputTokenLimit": model.context_length,
            "outputTokenLimit": model.max_output,
            "supportedGenerationMethods": methods,
        }
    )


def _read_query(inbound: Inbound) -> Result[ModelQuery, InvalidRequest]:
    return Success(ModelQuery(text_or_none(inbound.body.get("pageToken"))))


GEMINI_MODELS: Codec[ModelQuery, ModelPage] = Codec(
    write_request=_write_models,
    read_response=_read_models,
    read_request=lambda inbound: _read_query(inbound).map(InboundCall),
    write_response=lambda answer, call: _write_page(answer),
)
"""`GET /models`, paged by `pageToken`."""


def _write_embed(request: EmbeddingRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    name = resource_name(target.model, COLLECTIONS)
    requests: list[Json] = [
        {
            **compact(
                {
                    "model": name,
                    "content": {"parts": [{"text": text}]},
                    "outputDimensionality": request.dimensions,
                }
            ),
            **request.extra,
        }
        for text in request.texts
    ]
    return model_path(target, COLLECTIONS).map(
        lambda path: WireRequest(f"{path}:batchEmbedContents", {"requests": requests})
    )


def _read_embed(body: Json, target: Target) -> Result[EmbeddingResponse, ProviderError]:
    error = error_in_body(body, target)
    if error is not None:
        return Failure(error)
    document = as_object(body)
    rows = document.get("embeddings", [document["embedding"]] if "embedding" in document else None)
    if not isinstance(rows, list):
        return _invalid("the answer has no embeddings", target)
    vectors = [tuple(float_or_none(number) for number in as_list(as_object(row).get("values"))) for row in rows]
    if any(number is None for vector in vectors for number in vector) or not all(vectors):
        return _invalid("an embedding is not a list of numbers", target)
    found = tuple(Embedding(tuple(number or 0.0 for number in row), index) for index, row in enumerate(vectors))
    return Success(EmbeddingResponse(embeddings=found, model=target.model, provider=target.provider, usage=UNKNOWN))


def _embed_asked(inbound: Inbound) -> Result[EmbeddingRequest, InvalidRequest]:
    """Of `batchEmbedContents`, or of `embedContent` with its one text."""
    rows = [as_object(item) for item in as_list(inbound.body.get("requests"))] or [inbound.body]
    texts = tuple(_embedded_text(row) for row in rows)
    if not all(texts):
        return Failure(InvalidRequest(detail="content is required", problems=("content is required",)))
    model = bare(inbound.model or as_text(rows[0].get("model")))
    return Success(EmbeddingRequest(model, texts, int_or_none(rows[0].get("outputDimensionality"))))


def _embedded_text(row: JsonObject) -> str:
    parts = read_parts(as_object(row.get("content")).get("parts"))
    return "".join(part.text for part in parts if isinstance(part, Text))


def _embed_answer(response: EmbeddingResponse) -> JsonObject:
    """One vector is given under both names, since the answer cannot see which method was asked."""
    rows: list[Json] = [{"values": list(item.vector)} for item in response.embeddings]
    return {"embeddings": rows, **({"embedding": rows[0]} if len(rows) == 1 else {})}


GEMINI_EMBED: Codec[EmbeddingRequest, EmbeddingResponse] = Codec(
    write_request=_write_embed,
    read_response=_read_embed,
    read_request=lambda inbound: _embed_asked(inbound).map(InboundCall),
    write_response=lambda answer, call: _embed_answer(answer),
)
"""`:batchEmbedContents`, and as a server `:embedContent` too."""


def _write_count(request: ChatRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    unsupported = Unsupported(target)
    asked: JsonObject = {"model": resource_name(target.model, COLLECTIONS), **write_body(request, unsupported)}
    return model_path(target, COLLECTIONS).bind(
        lambda path: unsupported.close(request, WireRequest(f"{path}:countTokens", {"generateContentRequest": asked}))
    )


def _read_count(body: Json, target: Target) -> Result[int, ProviderError]:
    error = error_in_body(body, target)
    if error is not None:
        return Failure(error)
    total = count_or_none(as_object(body).get("totalTokens"))
    return _invalid("the answer has no totalTokens", target) if total is None else Success(total)


def _count_asked(inbound: Inbound) -> Result[ChatRequest, InvalidRequest]:
    inner = inbound.body.get("generateContentRequest")
    body = inner if isinstance(inner, dict) else inbound.body
    return read_request(Inbound(body, inbound.model, False)).map(lambda asked: asked.request)


GEMINI_COUNT: Codec[ChatRequest, int] = Codec(
    write_request=_write_count,
    read_response=_read_count,
    read_request=lambda inbound: _count_asked(inbound).map(InboundCall),
    write_response=lambda total, call: {"totalTokens": total},
)
"""`:countTokens`."""
