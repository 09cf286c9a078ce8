"""OpenAI's embeddings endpoint, both ways. Vectors are read as lists of numbers or as base64 of 32-bit floats."""

from __future__ import annotations

import base64
import re
import struct

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Codec, Inbound, InboundCall, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.media_types import read_base64
from pointsman.adapters.dialects.object_reader import ObjectReader, ReadLog, invalid_request, read_model_name
from pointsman.adapters.dialects.openai_chat.errors import error_in_body
from pointsman.adapters.dialects.openai_chat.passthrough import forward_embedding
from pointsman.adapters.dialects.parameters import join_extra
from pointsman.adapters.dialects.unsupported import without_task_type
from pointsman.core.chat.embedding import Embedding, EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.error import InvalidRequest, InvalidResponse, ProviderError
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, compact, count_or_none

_TEXT_VECTOR = re.compile(rb'"embedding"\s*:\s*"')


def write_request(request: EmbeddingRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    """The POST for `request`; the list form of `input` even for one text."""
    texts: list[Json] = [list(tokens) for tokens in request.token_ids] if request.token_ids else [*request.texts]
    body = compact({"model": target.model, "input": texts, "dimensions": request.dimensions})
    unsupported = without_task_type(request, target)
    joined = join_extra(body, request.extra, unsupported)
    return Success(WireRequest("/embeddings", joined, warnings=tuple(unsupported.warnings)))


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
        data = read_base64(value)
        return None if not data or len(data) % 4 else struct.unpack(f"<{len(data) // 4}f", data)
    if not isinstance(value, list) or not value or not {type(number) for number in value} <= {int, float}:
        return None
    return tuple([float(number) for number in value if isinstance(number, (int, float))])


def _read_usage(value: Json) -> Usage:
    """Only what was read: an embedding has no output, so none is reported rather than 0 invented."""
    counted = count_or_none(as_object(value).get("prompt_tokens"))
    return UNKNOWN if counted is None else Usage(counted)


def read_request(inbound: Inbound) -> Result[InboundCall[EmbeddingRequest], InvalidRequest]:
    """What a client wants embedded: a text, a list of texts, or token ids; and how it wants the vectors."""
    body = ObjectReader(inbound.body, "", log := ReadLog())
    model = read_model_name(inbound, body)
    texts, token_ids = _read_input(body)
    encoding = body.text("encoding_format")
    if encoding not in (None, "float", "base64"):
        body.problem("encoding_format", "it is neither float nor base64")
    request = EmbeddingRequest(model, texts, body.whole("dimensions"), token_ids=token_ids)
    body.close()
    if log.problems:
        return Failure(invalid_request(log, model))
    return Success(
        InboundCall(request, untranslated=log.list_untranslated, answer_form="base64" if encoding == "base64" else "")
    )


def _read_input(body: ObjectReader) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """Texts, or texts as token ids."""
    value = body.raw("input")
    items = value if isinstance(value, list) else [value]
    if items and all(isinstance(item, str) for item in items):
        return tuple(item for item in items if isinstance(item, str)), ()
    lists = items if items and isinstance(items[0], list) else [value]
    token_ids = tuple(_token_ids(tokens) for tokens in lists)
    if not all(token_ids):
        body.problem("input", "a text, a list of texts, or lists of token ids are needed")
    return (), token_ids


def _token_ids(value: Json) -> tuple[int, ...]:
    """The ids; none where it is anything else."""
    ids = (
        [item for item in value if isinstance(item, int) and not isinstance(item, bool)]
        if isinstance(value, list)
        else []
    )
    return tuple(ids) if isinstance(value, list) and len(ids) == len(value) else ()


def write_response(response: EmbeddingResponse, call: InboundCall[EmbeddingRequest] | None = None) -> JsonObject:
    """The list of vectors: as numbers, or as base64 of little-endian 32-bit floats where that was asked for."""
    as_base64 = call is not None and call.answer_form == "base64"
    data: list[Json] = [
        {
            "object": "embedding",
            "index": embedding.index,
            "embedding": _pack(embedding.vector) if as_base64 else [*embedding.vector],
        }
        for embedding in response.embeddings
    ]
    tokens = response.usage.input
    usage: JsonObject = {} if tokens is None else {"usage": {"prompt_tokens": tokens, "total_tokens": tokens}}
    model = response.model if call is None else call.request.model
    return {"object": "list", "data": data, "model": model, **usage}


def _pack(vector: tuple[float, ...]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _is_as_asked(data: bytes, call: InboundCall[EmbeddingRequest]) -> bool:
    """Whether an answer has its vectors in the form asked for: some servers know numbers only."""
    return call.answer_form != "base64" or _TEXT_VECTOR.search(data) is not None


OPENAI_EMBED = Codec(
    write_request, read_response, read_request, write_response, forward=forward_embedding, is_as_asked=_is_as_asked
)
