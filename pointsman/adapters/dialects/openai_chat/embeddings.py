"""OpenAI's embeddings endpoint, both ways. Vectors are read as lists of numbers or as base64 of 32-bit floats."""

from __future__ import annotations

import struct

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Codec, Inbound, InboundCall, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.openai_chat.content import decoded
from pointsman.adapters.dialects.openai_chat.errors import error_in_body
from pointsman.core.embedding import Embedding, EmbeddingRequest, EmbeddingResponse
from pointsman.core.error import InvalidRequest, InvalidResponse, ProviderError
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, compact, count_or_none, int_or_none
from pointsman.core.usage import UNKNOWN, Usage

_KNOWN = frozenset(("model", "input", "dimensions"))


def write_request(request: EmbeddingRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    """The POST for `request`; the list form of `input` even for one text."""
    body = compact({"model": target.model, "input": [*request.texts], "dimensions": request.dimensions})
    return Success(WireRequest("/embeddings", {**body, **request.extra}))


def read_response(body: Json, target: Target) -> Result[EmbeddingResponse, ProviderError]:
    """The vectors by their index; a vector that is none, or none at all, is an `InvalidResponse`."""
    error = error_in_body(body, target)
    if error is not None:
        return Failure(error)
    answer = as_object(body)
    read = [_read_embedding(as_object(item), at) for at, item in enumerate(as_list(answer.get("data")))]
    found = [embedding for embedding in read if embedding is not None]
    if not found or len(found) < len(read):
        problem = "an embedding is not a list of numbers" if read else "the answer has no embeddings"
        return Failure(
            InvalidResponse(detail=problem, problems=(problem,), provider=target.provider, model=target.model or None)
        )
    return Success(
        EmbeddingResponse(
            embeddings=tuple(sorted(found, key=lambda embedding: embedding.index)),
            model=as_text(answer.get("model")),
            provider=target.provider,
            usage=_read_usage(answer.get("usage")),
        )
    )


def _read_embedding(item: JsonObject, at: int) -> Embedding | None:
    index = count_or_none(item.get("index"))
    vector = _read_vector(item.get("embedding"))
    return None if vector is None else Embedding(vector, at if index is None else index)


def _read_vector(value: Json) -> tuple[float, ...] | None:
    if isinstance(value, str):
        data = decoded(value)
        return None if not data or len(data) % 4 else struct.unpack(f"<{len(data) // 4}f", data)
    if not isinstance(value, list) or not value or not {type(number) for number in value} <= {int, float}:
        return None
    return tuple([float(number) for number in value if isinstance(number, (int, float))])


def _read_usage(value: Json) -> Usage:
    """Only what was read: an embedding has no output, so none is reported rather than 0 invented."""
    counted = count_or_none(as_object(value).get("prompt_tokens"))
    return UNKNOWN if counted is None else Usage(counted)


def read_request(inbound: Inbound) -> Result[EmbeddingRequest, InvalidRequest]:
    """What a client wants embedded: one text or a list of them. Token ids are not taken."""
    body = inbound.body
    wanted = body.get("input")
    texts = [wanted] if isinstance(wanted, str) else as_list(wanted)
    read = tuple(text for text in texts if isinstance(text, str))
    model = inbound.model or as_text(body.get("model"))
    found = (
        (not model, "model: it is missing"),
        (not texts or len(read) < len(texts), "input: a text or a list of texts is needed"),
    )
    problems = tuple(problem for wrong, problem in found if wrong)
    if problems:
        return Failure(InvalidRequest(detail="; ".join(problems), problems=problems, model=model or None))
    extra = {name: value for name, value in body.items() if name not in _KNOWN}
    return Success(EmbeddingRequest(model, read, int_or_none(body.get("dimensions")), extra=extra))


def write_response(response: EmbeddingResponse) -> JsonObject:
    """The list of vectors as numbers."""
    data: list[Json] = [
        {"object": "embedding", "index": embedding.index, "embedding": [*embedding.vector]}
        for embedding in response.embeddings
    ]
    counted = response.usage.input
    usage: JsonObject = {} if counted is None else {"usage": {"prompt_tokens": counted, "total_tokens": counted}}
    return {"object": "list", "data": data, "model": response.model, **usage}


OPENAI_EMBED = Codec(
    write_request,
    read_response,
    lambda inbound: read_request(inbound).map(InboundCall),
    lambda answer, call: write_response(answer),
)
