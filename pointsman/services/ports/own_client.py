"""A whole `Client` from one function, or from an object that can chat. Only this file knows how such code answers.

What such code raises is a typed failure that names it: a bug in it must not take the router, or other providers, down.
"""

from __future__ import annotations

import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Generic, Protocol, TypeAlias

import attrs
from returns.future import FutureResult
from returns.io import IOResult
from returns.result import Failure, Result, Success

from pointsman.core.chat.event import Done, Failed, PartDone, Started, StreamEvent, StreamItem, TextDelta
from pointsman.core.chat.part import Text
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, Finish
from pointsman.core.effect import settle
from pointsman.core.error import ChatError, ConfigurationError, InvalidResponse, NetworkError
from pointsman.core.models.model import ModelInfo
from pointsman.services.ports.client import (
    CHAT,
    Answer,
    ChatClient,
    Client,
    Error,
    Error_co,
    ModelsQuery,
    Operation,
    Query,
    ResponseStream,
    StreamRequest,
    answer_as,
)
from pointsman.services.ports.provider_client import ProviderClient
from pointsman.services.streams.event_stream import EventStream
from pointsman.services.streams.opening import error_of
from pointsman.services.tasks.user_code import OWN_CODE_REMEDY

StreamFunction: TypeAlias = Callable[[ChatRequest], AsyncIterator[str | StreamEvent]]
_LONGEST_REASON = 300


class ChatFunction(Protocol):
    """Answers a request: with only the text, a response, or a result; as `async def`, or as an effect."""

    def __call__(
        self, request: ChatRequest, /
    ) -> Awaitable[str | ChatResponse | Result[ChatResponse, ChatError] | IOResult[ChatResponse, ChatError]]:
        """The answer."""
        ...


def client_of(
    chat: ChatFunction | ChatClient | None = None,
    *,
    stream: StreamFunction | None = None,
    name: str = "",
    models: tuple[str, ...] = (),
) -> Client:
    """A client from one async function `ChatRequest -> Result[ChatResponse, ChatError]`, or from a `ChatClient`.

    The function may also give only the response, or only its text. All else follows: the stream from the chat, the
    chat from a `stream` of pieces of text or of events, completions from the chat; a count of tokens is an estimate,
    `models` are what is listed, and what cannot follow, such as embeddings, is a typed `UnsupportedFeature`. `name` is
    what responses and errors say the provider is. Inherit from `ProviderClient` where you have more than a chat.
    """
    if chat is not None and not callable(chat):
        return _Own(_chat_of(chat), _stream_of(chat), name, models)
    return _Own(chat, stream, name, models)


def by_old_names(client: Client[Error]) -> Client[Error]:
    """`client`, whose own `chat` is asked for a whole answer, if it has one: before 0.1 that made a client."""
    own: object = getattr(type(client), "chat", None)
    if own is None or own is Client.chat:
        return client
    name = type(client).__qualname__
    told = f"{name}.chat is asked for this version only; call it `call_chat` and inherit from ProviderClient"
    warnings.warn(told, DeprecationWarning, stacklevel=2)
    return _ByOldNames(client)


@attrs.frozen
class _ByOldNames(Client[Error_co], Generic[Error_co]):
    inner: Client[Error_co]

    async def call(self, operation: Operation[Query, Answer], request: Query) -> Result[Answer, Error_co]:
        if operation.name != CHAT.name or not isinstance(request, ChatRequest):
            return await self.inner.call(operation, request)
        return answer_as(operation, await settle(self.inner.chat(request)))

    async def open(self, request: StreamRequest) -> EventStream:
        return await self.inner.open(request)

    def forget_models(self) -> None:
        self.inner.forget_models()


@attrs.frozen
class FailingClient(ProviderClient):
    """A provider that could not be set up: whatever it is asked fails with why."""

    error: ChatError

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        """The failure."""
        return Failure(self.error)

    async def call_models(self, query: ModelsQuery) -> Result[tuple[ModelInfo, ...], ChatError]:
        """The failure."""
        return Failure(self.error)


@attrs.frozen
class _Own(ProviderClient):
    chat_function: ChatFunction | None
    stream_function: StreamFunction | None
    name: str
    model_names: tuple[str, ...]

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        if self.chat_function is not None:
            return await self._ask(self.chat_function, request)
        async with aclosing(self._events(request)) as events:
            items = [item async for item in events]
        match items[-1:]:
            case [Done(response)]:
                return Success(response)
            case [Failed() as failed]:
                return Failure(error_of(failed))
            case _:
                return Failure(self._blame(self.stream_function, "gave an empty stream"))

    async def open_chat(self, request: ChatRequest) -> EventStream:
        if self.stream_function is not None:
            return await EventStream.start(self._events(request))
        return await ProviderClient.open_chat(self, request)

    async def call_models(self, query: ModelsQuery) -> Result[tuple[ModelInfo, ...], ChatError]:
        return Success(tuple(ModelInfo(id=each, provider=self.name, type="llm") for each in self.model_names))

    async def _ask(self, function: ChatFunction, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        try:
            pending = function(request)
            answer = await (settle(pending) if isinstance(pending, FutureResult) else pending)
        except Exception as problem:
            return Failure(self._error_of(function, problem))
        return self._as_result(function, answer, request)

    def _as_result(self, function: object, answer: object, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        match answer:
            case str():
                return Success(self._response(answer, request))
            case ChatResponse():
                return Success(self._with_name(answer))
            case Success(ChatResponse() as response):
                return Success(self._with_name(response))
            case Failure(error):
                return Failure(attrs.evolve(error, provider=error.provider or self.name or None))
            case _:
                return Failure(self._blame(function, f"gave a {type(answer).__name__} and no answer"))

    async def _events(self, request: ChatRequest) -> AsyncGenerator[StreamItem, None]:
        """The events of the function; text becomes events, with a beginning and an end."""
        text, gave_events = "", False
        if self.stream_function is None:
            yield self._end_with(_NOTHING_GIVEN, text)
            return
        try:
            async with _closing(self.stream_function(request)) as pieces:
                async for piece in pieces:
                    if not isinstance(piece, str):
                        gave_events = True
                        yield piece
                        if isinstance(piece, Done | Failed):
                            return
                        continue
                    if not text:
                        yield Started("", request.model)
                    text += piece
                    yield TextDelta(piece, 0)
        except Exception as problem:
            yield self._end_with(self._error_of(self.stream_function, problem), text)
            return
        if gave_events:
            yield self._end_with(self._blame(self.stream_function, "gave a stream without an end"), text)
            return
        yield PartDone(0, Text(text))
        yield Done(self._response(text, request))

    def _response(self, text: str, request: ChatRequest) -> ChatResponse:
        return ChatResponse(parts=(Text(text),), finish_reason=Finish.STOP, model=request.model, provider=self.name)

    def _with_name(self, response: ChatResponse) -> ChatResponse:
        return response if response.provider or not self.name else attrs.evolve(response, provider=self.name)

    def _end_with(self, error: ChatError, text: str) -> Failed:
        return Failed(error, ChatResponse(parts=(Text(text),) if text else (), provider=self.name))

    def _error_of(self, function: object, problem: Exception) -> ChatError:
        reason = f"raised {type(problem).__name__}: {problem}"[:_LONGEST_REASON]
        if isinstance(problem, OSError):
            return NetworkError(detail=f"{_name_of(function)} {reason}", provider=self.name or None)
        return self._blame(function, reason)

    def _blame(self, function: object, what: str) -> InvalidResponse:
        detail = f"{_name_of(function)} {what}"
        return InvalidResponse(detail=detail, provider=self.name or None, remedy=OWN_CODE_REMEDY)


_NOTHING_GIVEN = ConfigurationError(detail="`client_of` was given neither a chat nor a stream", local=True)


@asynccontextmanager
async def _closing(pieces: AsyncIterator[str | StreamEvent]) -> AsyncIterator[AsyncIterator[str | StreamEvent]]:
    try:
        yield pieces
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()


def _name_of(function: object) -> str:
    name: object = getattr(function, "__qualname__", type(function).__name__)
    return f"the function {name}"


def _chat_of(client: ChatClient) -> ChatFunction:
    def chat(request: ChatRequest) -> FutureResult[ChatResponse, ChatError]:
        return client.chat(request)

    chat.__qualname__ = f"{type(client).__name__}.chat"
    return chat


def _stream_of(client: ChatClient) -> StreamFunction:
    async def stream(request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        opened: ResponseStream = client.stream(request)
        async with opened as events:
            async for event in events:
                yield event

    stream.__qualname__ = f"{type(client).__name__}.stream"
    return stream
