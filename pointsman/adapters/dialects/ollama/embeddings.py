"""Ollama's embeddings, both ways: `POST /api/embed`, and the older `/api/embeddings`, which takes one `prompt`."""

from __future__ import annotations

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Codec, Inbound, InboundCall, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.error_table import invalid
from pointsman.adapters.dialects.object_reader import ObjectReader, ReadLog, invalid_request
from pointsman.adapters.dialects.ollama.errors import error_in_body
from pointsman.adapters.dialects.ollama.inbound import read_model
from pointsman.adapters.dialects.ollama.passthrough import forward_embedding
from pointsman.adapters.dialects.parameters import join_extra
from pointsman.adapters.dialects.unsupported import without_task_type
from pointsman.core.chat.embedding import Embedding, EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.usage import Usage
from pointsman.core.error import InvalidRequest, ProviderError, UnsupportedFeature
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, compact, count_or_none, float_or_none

_NO_TOKENS = "token ids as input; send texts (in LangChain: check_embedding_ctx_length=False)"


def write_request(request: EmbeddingRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    """A text that does not fit is asked to be an error (`truncate`): left to itself, Ollama cuts it in silence."""
    if request.token_ids:
        detail = f"it takes no {_NO_TOKENS}"
        return Failure(
            UnsupportedFeature(detail=detail, feature="token ids", provider=target.provider, model=target.model)
        )
    texts: list[Json] = list(request.texts)
    body = compact({"model": target.model, "input": texts, "truncate": False, "dimensions": request.dimensions})
    unsupported = without_task_type(request, target)
    joined = join_extra(body, request.extra, unsupported)
    return Success(WireRequest("/api/embed", joined, warnings=tuple(unsupported.warnings)))


def read_response(body: Json, target: Target) -> Result[EmbeddingResponse, ProviderError]:
    """The vectors, of either endpoint."""
    error = error_in_body(body, target)
    if error is not None:
        return Failure(error)
    document = as_object(body)
    rows = [document["embedding"]] if "embedding" in document else document.get("embeddings")
    if not isinstance(rows, list):
        return Failure(invalid("the answer has no embeddings", target))
    vectors = [tuple(float_or_none(number) for number in as_list(row)) for row in rows]
    if any(number is None for vector in vectors for number in vector) or not all(vectors):
        return Failure(invalid("an embedding is not a list of numbers", target))
    return Success(
        EmbeddingResponse(
            embeddings=tuple(
                Embedding(tuple(number or 0.0 for number in vector), index) for index, vector in enumerate(vectors)
            ),
            model=as_text(document.get("model")),
            provider=target.provider,
            usage=Usage(input=count_or_none(document.get("prompt_eval_count")), output=0),
        )
    )


def read_request(inbound: Inbound) -> Result[InboundCall[EmbeddingRequest], InvalidRequest]:
    """What a client wants embedded."""
    log = ReadLog()
    body = ObjectReader(inbound.body, "", log)
    model = read_model(body, inbound)
    is_older = "prompt" in body and "input" not in body
    texts = body.texts("prompt" if is_older else "input")
    if not texts and not log.problems:
        log.problems.append("input is required")
    request = EmbeddingRequest(model, texts, body.whole("dimensions"))
    body.close()
    if log.problems:
        return Failure(invalid_request(log, model))
    form = "single" if is_older else ""
    return Success(InboundCall(request, untranslated=log.list_untranslated, answer_form=form))


def write_response(response: EmbeddingResponse, call: InboundCall[EmbeddingRequest]) -> JsonObject:
    """The vectors; the older endpoint answers with one."""
    rows: list[Json] = [list(item.vector) for item in response.embeddings]
    if call.answer_form == "single":
        return {"embedding": rows[0] if rows else []}
    counted = response.usage.input
    return compact({"model": call.request.model, "embeddings": rows, "prompt_eval_count": counted, "total_duration": 0})


def _is_as_asked(data: bytes, call: InboundCall[EmbeddingRequest]) -> bool:
    """Whether an answer as it came is of the endpoint that was asked."""
    return (b'"embedding"' in data) == (call.answer_form == "single")


OLLAMA_EMBED: Codec[EmbeddingRequest, EmbeddingResponse] = Codec(
    write_request, read_response, read_request, write_response, forward=forward_embedding, is_as_asked=_is_as_asked
)
