"""A client with guards around it. What a guard is stands in `pointsman.services.interceptors.interceptor`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from itertools import count
from typing import TypeAlias, TypeVar, cast

import attrs
from returns.future import FutureResult
from returns.io import IOResult
from returns.result import Failure, Result, Success

from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import Done, Failed, FrameBatch, StreamEvent
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.effect import effect, settle
from pointsman.core.error import LLMError
from pointsman.core.models.model import ModelInfo
from pointsman.services.interceptors.interceptor import AnyRequest, Call, Guard, Kind, Permit
from pointsman.services.ports.client import Client, Ping, TokenCount
from pointsman.services.ports.clock import Clock
from pointsman.services.streams.opening import carries_output, events_of

_Response = TypeVar("_Response", ChatResponse, Completion, EmbeddingResponse, Transcription)
_Request = TypeVar("_Request", bound=AnyRequest)
Tap: TypeAlias = Callable[[Call, StreamEvent], None]
_ENDS = (Done, Failed)


@attrs.frozen
class Guarded:
    """`inner`, whose calls pass `guards` in their order; they are told the end in the opposite order.

    `provider` is the name that the calls carry, `prefix` begins their ids. `tap`, asked once for each stream, may give
    a function that sees every event but the last.
    """

    inner: Client
    guards: tuple[Guard, ...]
    clock: Clock
    provider: str = ""
    prefix: str = ""
    tap: Callable[[], Tap | None] = lambda: None
    _numbers: count[int] = attrs.field(factory=lambda: count(1), repr=False, eq=False)

    @effect
    async def chat(self, request: ChatRequest) -> Result[ChatResponse, LLMError]:
        """As `Client.chat`."""
        return await self._guarded("chat", request, self.inner.chat)

    @asynccontextmanager
    async def stream(self, request: ChatRequest | CompletionRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """As `Client.stream`."""
        async with aclosing(self._events(request)) as events:
            yield events

    @effect
    async def complete(self, request: CompletionRequest) -> Result[Completion, LLMError]:
        """As `Client.complete`."""
        return await self._guarded("complete", request, self.inner.complete)

    @effect
    async def embed(self, request: EmbeddingRequest) -> Result[EmbeddingResponse, LLMError]:
        """As `Client.embed`."""
        return await self._guarded("embed", request, self.inner.embed)

    @effect
    async def transcribe(self, request: TranscriptionRequest) -> Result[Transcription, LLMError]:
        """As `Client.transcribe`."""
        return await self._guarded("transcribe", request, self.inner.transcribe)

    def models(
        self, *, detailed: bool = False, use_cache: bool = True
    ) -> FutureResult[tuple[ModelInfo, ...], LLMError]:
        """As `Client.models`; not guarded."""
        return self.inner.models(detailed=detailed, use_cache=use_cache)

    def forget_models(self) -> None:
        """As `Client.forget_models`."""
        self.inner.forget_models()

    def ping(self) -> FutureResult[Ping, LLMError]:
        """As `Client.ping`; not guarded."""
        return self.inner.ping()

    def count_tokens(self, request: ChatRequest) -> FutureResult[TokenCount, LLMError]:
        """As `Client.count_tokens`; not guarded."""
        return self.inner.count_tokens(request)

    async def _guarded(
        self, kind: Kind, request: _Request, ask: Callable[[_Request], Awaitable[IOResult[_Response, LLMError]]]
    ) -> Result[_Response, LLMError]:
        call = self._call(kind, request)
        permits: list[Permit] = []
        try:
            refused = await self._admitted(call, permits)
            if refused is None:
                result = await settle(ask(_in_time(request, call.waited)))
                if isinstance(result, Success):
                    call.response = result.unwrap()
                else:
                    call.error = result.failure()
        finally:
            await self._close(call, permits)
        if call.error is not None:
            return Failure(call.error)
        return Success(cast("_Response", call.response))

    async def _events(self, request: ChatRequest | CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        call = self._call("complete" if isinstance(request, CompletionRequest) else "stream", request)
        call.streamed = True
        permits: list[Permit] = []
        pieces, tap = 0, self.tap()
        try:
            refused = await self._admitted(call, permits)
            if refused is None:
                async with self.inner.stream(_in_time(request, call.waited)) as events:
                    async for event in events:
                        if isinstance(event, _ENDS):
                            _ended(call, event)
                            break
                        if call.first is None and carries_output(event):
                            call.first = self.clock.monotonic()
                        pieces += event.count if isinstance(event, FrameBatch) else 1
                        if tap is not None:
                            for one in events_of(event):
                                tap(call, one)
                        yield event
        finally:
            call.pieces = pieces
            await self._close(call, permits)
        if call.error is not None:
            yield Failed(call.error, call.partial or ChatResponse(provider=self.provider))
        elif isinstance(call.response, ChatResponse):
            yield Done(call.response)

    def _call(self, kind: Kind, request: AnyRequest) -> Call:
        return Call(f"{self.prefix}{next(self._numbers)}", kind, self.provider, request, self.clock.monotonic())

    async def _admitted(self, call: Call, permits: list[Permit]) -> LLMError | None:
        for guard in self.guards:
            admitted = await guard.admit(call)
            if isinstance(admitted, Failure):
                call.error = admitted.failure()
                return call.error
            permit = admitted.unwrap()
            if permit is not None:
                permits.append(permit)
        asked = call.began
        call.began = self.clock.monotonic()
        call.waited = call.began - asked
        return None

    async def _close(self, call: Call, permits: list[Permit]) -> None:
        """Tell every guard, also while the call is being cancelled: what was held must be let go of."""
        call.ended = call.ended or self.clock.monotonic()
        try:
            while permits:
                await permits.pop().close(call)
        except BaseException:
            await self._close(call, permits)
            raise


def _ended(call: Call, end: StreamEvent) -> None:
    if isinstance(end, Done):
        call.response = end.response
    elif isinstance(end, Failed):
        call.error, call.partial = end.error, end.partial


def _in_time(request: _Request, waited: float) -> _Request:
    """`request` with what is left of its time after it had to wait."""
    if request.timeout is None or waited < 0.001:
        return request
    return attrs.evolve(request, timeout=max(0.001, request.timeout - waited))
