"""Middleware: a span around each whole call, whatever is tried, waited for or looked up in it."""

from __future__ import annotations

from typing import cast

import attrs
from returns.result import Result

from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import EmbeddingResponse
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import ChatError
from pointsman.services.interceptors.interceptor import AnyRequest, AnyResponse
from pointsman.services.ports.client import Answer, Client, Operation, Query, StreamRequest
from pointsman.services.ports.tracer import Attribute, Tracer
from pointsman.services.streams.event_stream import EventStream
from pointsman.services.tracing import trace, trace_stream


@attrs.frozen
class CallTracing(Client):
    """A client whose calls are spans; what is said stands in the spans of the tries, and there only when asked for."""

    inner: Client
    tracer: Tracer

    async def call(self, operation: Operation[Query, Answer], request: Query) -> Result[Answer, ChatError]:
        """As `Client.call`; what uses no model has no span."""
        if not operation.is_metered:
            return await self.inner.call(operation, request)
        asked = cast(AnyRequest, request)
        return await trace(
            self.tracer,
            _name(operation.name, asked),
            _tell_request(operation.name, asked),
            lambda: self.inner.call(operation, request),
            lambda answer: _tell_answer(cast(AnyResponse, answer)),
        )

    async def open(self, request: StreamRequest) -> EventStream:
        """As `Client.open`: the span ends with the stream."""
        kind = "complete" if isinstance(request, CompletionRequest) else "chat"
        told = {**_tell_request(kind, request), "stream": True}
        return await trace_stream(
            self.tracer, _name(kind, request), told, lambda: self.inner.open(request), _tell_answer
        )

    def forget_models(self) -> None:
        """By `inner`."""
        self.inner.forget_models()


def _name(kind: str, request: AnyRequest) -> str:
    return f"call {kind} {request.model}".rstrip()


def _tell_request(kind: str, request: AnyRequest) -> dict[str, Attribute]:
    options = request.options
    told = {"task": options.task or "", "conversation": options.conversation}
    return {"call": kind, "model": request.model, **{name: value for name, value in told.items() if value}}


def _tell_answer(response: AnyResponse) -> dict[str, Attribute]:
    if isinstance(response, EmbeddingResponse):
        return {"answered_by": response.model}
    whole = response.response if isinstance(response, Completion) else response
    told: dict[str, Attribute] = {"answered_by": "/".join(filter(None, (response.provider, response.model)))}
    if isinstance(whole, ChatResponse):
        told |= {"tries": len(whole.attempts), "cache": whole.cache or "no"}
    return told
