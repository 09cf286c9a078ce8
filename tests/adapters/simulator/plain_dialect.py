"""A dialect as small as one can be, so that the server is tested without any vendor's format in the way."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import (
    ChatCall,
    ChatCodec,
    Codec,
    Dialect,
    ErrorReply,
    Inbound,
    InboundCall,
    Route,
    StreamReader,
    Target,
    WireRequest,
    WriteFailure,
)
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import Done, Failed, StreamEvent, TextDelta
from pointsman.core.chat.message import user
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import InvalidRequest, LLMError, ModelUnavailable, ProviderError
from pointsman.core.json import Json, JsonObject, as_list, as_text, dumps
from pointsman.core.models.model import ModelPage, ModelQuery

STATUSES = {
    "RateLimitExceeded": 429,
    "QuotaExhausted": 429,
    "AuthenticationFailed": 401,
    "ContextTooLarge": 400,
    "ContentFiltered": 400,
    "ModelNotFound": 404,
}


@attrs.frozen
class PlainWriter:
    """One SSE frame a text delta, one at the end."""

    def write(self, event: StreamEvent) -> bytes:
        """The frame for `event`."""
        match event:
            case TextDelta(text):
                return _frame({"text": text})
            case Done(response):
                return _frame({"finish": str(response.finish_reason)}) + b"data: [DONE]\n\n"
            case Failed(error):
                return _frame({"error": error.tag})
            case _:
                return b""


def _frame(value: JsonObject) -> bytes:
    return b"data: " + dumps(value) + b"\n\n"


def _read_request(inbound: Inbound) -> Result[ChatCall, InvalidRequest]:
    model = inbound.model or as_text(inbound.body.get("model"))
    if not model:
        return Failure(InvalidRequest(detail="model is missing"))
    most = inbound.body.get("max_tokens")
    request = ChatRequest(
        model, (user(as_text(inbound.body.get("text"))),), max_tokens=most if isinstance(most, int) else None
    )
    return Success(InboundCall(request, stream=inbound.body.get("stream") is True))


def _write_response(response: ChatResponse, _: ChatCall) -> JsonObject:
    return {
        "created": 0,
        "id": response.id,
        "choices": [{"text": response.text}],
        "tokens": response.usage.output,
        "finish": str(response.finish_reason),
    }


def _write_error(error: LLMError) -> ErrorReply:
    headers = {} if error.retry_after is None else {"retry-after": f"{error.retry_after:g}"}
    return ErrorReply(
        error.status or STATUSES.get(error.tag, 500),
        dumps({"error": {"tag": error.tag, "message": error.detail}}),
        headers,
    )


def _not_here(*_: object) -> Result[WireRequest, WriteFailure]:
    return Failure(InvalidRequest(detail="the tests of the server send their own bytes"))


def _no_answer(*_: object) -> Result[ChatResponse, ProviderError]:
    return Failure(ModelUnavailable())


def _no_reader(_: Target) -> StreamReader:
    raise NotImplementedError


def _no_embedding(_: Json, __: Target) -> Result[EmbeddingResponse, ProviderError]:
    return Failure(ModelUnavailable())


def _no_models(_: Json, __: Target) -> Result[ModelPage, ProviderError]:
    return Failure(ModelUnavailable())


def _no_error(_: ErrorReply, __: Target) -> ProviderError:
    return ModelUnavailable()


def _read_embedding(inbound: Inbound) -> Result[InboundCall[EmbeddingRequest], InvalidRequest]:
    texts = tuple(as_text(text) for text in as_list(inbound.body.get("texts")))
    size = inbound.body.get("dimensions")
    return Success(InboundCall(EmbeddingRequest("sim-embed", texts, size if isinstance(size, int) else None)))


def _write_embedding(response: EmbeddingResponse, _: InboundCall[EmbeddingRequest]) -> JsonObject:
    return {"vectors": [list(each.vector) for each in response.embeddings]}


def _read_models(_: Inbound) -> Result[InboundCall[ModelQuery], InvalidRequest]:
    return Success(InboundCall(ModelQuery()))


def _write_models(listing: ModelPage, _: InboundCall[ModelQuery]) -> JsonObject:
    return {"data": [{"id": model.id} for model in listing.models]}


def plain(name: str = "plain", routes: Sequence[Route] | None = None) -> Dialect:
    """The dialect, under another name or with other routes where asked."""
    usual = (
        Route("POST", "/chat", "chat"),
        Route("POST", "/models/{model}:chat", "chat"),
        Route("POST", "/embed", "embed"),
        Route("GET", "/models", "models"),
        Route("GET", "/models/{model}", "model"),
    )
    return Dialect(
        name=name,
        framing="sse",
        chat=ChatCodec(_not_here, _no_answer, _no_reader, _read_request, _write_response, lambda _: PlainWriter()),
        read_error=_no_error,
        write_error=_write_error,
        routes=usual if routes is None else tuple(routes),
        embed=Codec(_not_here, _no_embedding, _read_embedding, _write_embedding),
        models=Codec(_not_here, _no_models, _read_models, _write_models),
    )


PLAIN = plain()
