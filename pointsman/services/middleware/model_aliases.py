"""Middleware: gives every request the model that its name stands for, before anything below looks at it."""

from __future__ import annotations

from typing import TypeVar, cast

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Result

from pointsman.core.chat.completion import Completion
from pointsman.core.chat.embedding import EmbeddingResponse
from pointsman.core.chat.event import Started
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import Transcription
from pointsman.core.error import ChatError, ModelNotFound
from pointsman.core.models.aliases import refuse_long_name
from pointsman.services.interceptors.interceptor import AnyRequest
from pointsman.services.ports.client import (
    Answer,
    Calling,
    Client,
    Opening,
    Operation,
    Query,
    StreamRequest,
    refuse,
    refuse_stream,
)
from pointsman.services.routing.model_names import ModelNames
from pointsman.services.streams.event_stream import EventStream
from pointsman.services.streams.opening import events_of

_Request = TypeVar("_Request", bound=AnyRequest)


@attrs.frozen
class ModelAliasing(Client):
    """`inner`, asked for what `names` says that a model's name means."""

    inner: Client
    names: ModelNames

    def call(self, operation: Operation[Query, Answer], request: Query) -> Calling[Answer, ChatError]:
        """As `Client.call`."""
        if not operation.names_model:
            return self.inner.call(operation, request)
        asked = cast(AnyRequest, request)
        refused = refuse_long_name(asked.model)
        if refused is not None:
            return refuse(refused)
        name = self.names.resolve_at_once(asked.model)
        if name is not None:
            return self.inner.call(operation, cast(Query, self._rename(asked, name)))
        return self._call_by_name(operation, asked)

    async def _call_by_name(self, operation: Operation[Query, Answer], asked: AnyRequest) -> Result[Answer, ChatError]:
        is_tried = self.names.is_tried_first(asked.model)
        named = self._rename(asked, await self.names.resolve(asked.model))
        result = await self.inner.call(operation, cast(Query, named))
        other = await self._judge(asked.model, unwrap_or_failure(result)) if is_tried else None
        return result if other is None else await self.inner.call(operation, cast(Query, self._rename(asked, other)))

    def open(self, request: StreamRequest) -> Opening:
        """As `Client.open`; how a stream of a name that is tried first opens says whether there is a model."""
        refused = refuse_long_name(request.model)
        if refused is not None:
            return refuse_stream(refused)
        name = self.names.resolve_at_once(request.model)
        return self._open_by_name(request) if name is None else self.inner.open(self._rename(request, name))

    async def _open_by_name(self, request: StreamRequest) -> EventStream:
        is_tried = self.names.is_tried_first(request.model)
        stream = await self.inner.open(self._rename(request, await self.names.resolve(request.model)))
        if not is_tried:
            return stream
        failure = stream.failure
        other = await self._judge(request.model, _begin_of(stream) if failure is None else failure.error)
        if other is None:
            return stream
        await stream.fail()
        return await self.inner.open(self._rename(request, other))

    def forget_models(self) -> None:
        """By `inner`."""
        self.inner.forget_models()

    async def _judge(self, name: str, answer: object) -> str | None:
        """What else `name` stands for, where `answer` is that its provider has no such model."""
        match answer:
            case ModelNotFound():
                return await self.names.resolve_missing(name)
            case Started() | ChatResponse() | Completion() | EmbeddingResponse() | Transcription():
                self.names.confirm(name, answer.provider)
            case _:
                pass
        return None

    def _rename(self, request: _Request, model: str) -> _Request:
        order = request.options.order
        if order and self.names.aliases.targets:
            options = attrs.evolve(request.options, order=tuple(map(self.names.aliases.resolve, order)))
            return attrs.evolve(request, model=model, options=options)
        return request if request.model == model else attrs.evolve(request, model=model)


def _begin_of(stream: EventStream) -> object:
    """The first event of a stream."""
    return next((event for item in stream.head for event in events_of(item)), None)
