"""Gemini's embeddings, both ways: `:embedContent` of one content, `:batchEmbedContents` of many.

Source: ai.google.dev/api/embeddings.
"""

from __future__ import annotations

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Codec, Inbound, InboundCall, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.error_table import invalid
from pointsman.adapters.dialects.gemini.content import CallIds, objects_of
from pointsman.adapters.dialects.gemini.errors import error_in_body
from pointsman.adapters.dialects.gemini.inbound import read_model
from pointsman.adapters.dialects.gemini.messages import read_parts
from pointsman.adapters.dialects.gemini.passthrough import forward_embedding
from pointsman.adapters.dialects.gemini.request import COLLECTIONS
from pointsman.adapters.dialects.object_reader import ObjectReader, ReadLog, invalid_request
from pointsman.adapters.dialects.routing import model_path, resource_name
from pointsman.core.chat.embedding import Embedding, EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.part import Text
from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.error import InvalidRequest, ProviderError, UnsupportedFeature
from pointsman.core.json import Json, JsonObject, as_list, as_object, compact, count_or_none, float_or_none


def write_request(request: EmbeddingRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    """The POST for all texts of `request`; token ids are of another vendor's tokenizer."""
    if request.token_ids:
        detail = (
            "Gemini takes texts and no token ids; with LangChain's OpenAIEmbeddings set "
            "check_embedding_ctx_length=False, so that it sends texts"
        )
        model = target.model or None
        return Failure(UnsupportedFeature(detail=detail, feature="token ids", provider=target.provider, model=model))
    requests: list[Json] = [_write_text(text, request, target) for text in request.texts]
    return model_path(target, COLLECTIONS).map(
        lambda path: WireRequest(f"{path}:batchEmbedContents", {"requests": requests})
    )


def _write_text(text: str, request: EmbeddingRequest, target: Target) -> JsonObject:
    typed = compact(
        {
            "model": resource_name(target.model, COLLECTIONS),
            "content": {"parts": [{"text": text}]},
            "taskType": request.task_type,
            "outputDimensionality": request.dimensions,
        }
    )
    return {**request.extra, **typed}


def read_response(body: Json, target: Target) -> Result[EmbeddingResponse, ProviderError]:
    """The vectors in the order of the texts."""
    error = error_in_body(body, target)
    if error is not None:
        return Failure(error)
    document = as_object(body)
    rows = document.get("embeddings", [document["embedding"]] if "embedding" in document else None)
    if not isinstance(rows, list):
        return Failure(invalid("the answer has no embeddings", target))
    vectors = [tuple(map(float_or_none, as_list(as_object(row).get("values")))) for row in rows]
    if any(number is None for vector in vectors for number in vector) or not all(vectors):
        return Failure(invalid("an embedding is not a list of numbers", target))
    embeddings = tuple(Embedding(tuple(number or 0.0 for number in row), at) for at, row in enumerate(vectors))
    usage = _read_usage(document.get("usageMetadata"))
    return Success(EmbeddingResponse(embeddings=embeddings, model=target.model, provider=target.provider, usage=usage))


def _read_usage(value: Json) -> Usage:
    counted = count_or_none(as_object(value).get("promptTokenCount"))
    return UNKNOWN if counted is None else Usage(counted)


def read_request(inbound: Inbound) -> Result[InboundCall[EmbeddingRequest], InvalidRequest]:
    """What a client wants embedded: many contents, or one. All are embedded alike, as the first says."""
    log = ReadLog()
    body = ObjectReader(inbound.body, "", log, camel=True)
    rows = objects_of(body, "requests") or [body]
    model = read_model(rows[0], inbound)
    wanted = [(row.text("taskType"), row.whole("outputDimensionality")) for row in rows]
    request = EmbeddingRequest(model, tuple(map(_read_text, rows)), wanted[0][1], task_type=wanted[0][0])
    if any(each != wanted[0] for each in wanted):
        log.add_untranslated("requests[].taskType", essential=True)
    for row in rows:
        row.skip("model")
        row.close()
    if rows[0] is not body:
        body.skip("model")
        body.close()
    if log.problems:
        return Failure(invalid_request(log, model))
    return Success(InboundCall(request, untranslated=log.list_untranslated))


def _read_text(row: ObjectReader) -> str:
    """The text of a content; what else is in it only Gemini embeds."""
    content = row.inner("content")
    content.skip("role")
    parts = read_parts(content, CallIds())
    if not parts:
        row.problem("content", "content is required")
    if not all(isinstance(part, Text) for part in parts):
        row.log.add_untranslated(content.place("parts"), essential=True)
    return "".join(part.text for part in parts if isinstance(part, Text))


def write_response(response: EmbeddingResponse, call: InboundCall[EmbeddingRequest] | None = None) -> JsonObject:
    """One vector is given under both names, since the answer cannot see which method was asked."""
    rows: list[Json] = [{"values": [*item.vector]} for item in response.embeddings]
    one: JsonObject = {"embedding": rows[0]} if len(rows) == 1 else {}
    tokens = response.usage.input
    usage: JsonObject = {} if tokens is None else {"usageMetadata": {"promptTokenCount": tokens}}
    return {"embeddings": rows, **one, **usage}


GEMINI_EMBED = Codec(write_request, read_response, read_request, write_response, forward=forward_embedding)
"""`:batchEmbedContents`, and as a server `:embedContent` too."""
