"""A client with interceptors around it. What an interceptor is stands in `interceptor.py`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any, Generic, TypeAlias, cast

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.completion import CompletionRequest
from pointsman.core.chat.event import Done, Failed, Started, StreamEvent
from pointsman.core.chat.replace import replace
from pointsman.core.chat.response import ChatResponse
from pointsman.core.effect import is_failure, is_result
from pointsman.core.error import ChatError, InvalidResponse, with_request
from pointsman.services.interceptors.interceptor import (
    Added_co,
    After,
    AnyRequest,
    Call,
    Interceptor,
    Kind,
)
from pointsman.services.ports.client import Answer, Client, Error_co, Operation, Query, StreamRequest, answer_as
from pointsman.services.ports.clock import Clock
from pointsman.services.streams.event_stream import End, EventStream
from pointsman.services.streams.opening import carries_output, error_of, events_of
from pointsman.services.tasks.call_time import tell_whole_time
from pointsman.services.tasks.user_code import client_fault, describe, passes

Tap: TypeAlias = Callable[[Call, StreamEvent], None]
_BRIEF = 0.001
"""Seconds that are not taken off a call's time."""


@attrs.frozen
class Intercepted(Client[Error_co | Added_co | InvalidResponse], Generic[Error_co, Added_co]):
    """`inner`, whose calls pass `interceptors` in their order; they are told the end in the opposite order.

    They add to its errors what they refuse with, and that a client raised. `provider` is the name that the calls carry,
    `prefix` begins their ids. `tap`, asked once for each stream, may give a function that sees every event but the
    last. `tells_time` puts the time of the whole call on its answer, which only the outermost needs to do.
    """

    inner: Client[Error_co]
    interceptors: tuple[Interceptor[Added_co], ...]
    clock: Clock
    provider: str = ""
    prefix: str = ""
    tap: Callable[[], Tap | None] = lambda: None
    tells_time: bool = True
    _numbers: count[int] = attrs.field(factory=lambda: count(1), repr=False, eq=False)

    async def call(
        self, operation: Operation[Query, Answer], request: Query
    ) -> Result[Answer, Error_co | Added_co | InvalidResponse]:
        """As `Client.call`; what uses no model is not intercepted."""
        if not operation.is_metered:
            return await self.inner.call(operation, request)
        kind: Any = operation.name  # what is metered is of one of the kinds, and its request and answer, too
        asked: Any = request
        call = self._begin(kind, asked)
        after: list[After] = []
        try:
            if await self._let_through(call, after):
                asked = call.request if call.waited < _BRIEF else _in_time(call)
                result = await self.inner.call(operation, asked)
                if is_failure(result):
                    call.error = result.failure()
                else:
                    answer: Any = result.unwrap()
                    call.response = answer
        except BaseException as problem:  # a client of the user's own may raise
            if not call.is_let_through or passes(problem):
                raise
            call.error = client_fault(describe(problem), self.provider, call.model)
        finally:
            await self._close(call, after)
        if call.error is not None:
            return Failure(cast("Error_co | Added_co | InvalidResponse", call.error))  # a call does not say whose it is
        return answer_as(operation, Success(call.response))

    async def open(self, request: StreamRequest) -> EventStream:
        """As `Client.open`."""
        call = self._begin("complete" if isinstance(request, CompletionRequest) else "stream", request)
        call.streamed = True
        after: list[After] = []
        try:
            if not await self._let_through(call, after):
                stream = EventStream.fail_with(cast(ChatError, call.error), ChatResponse(provider=self.provider))
            else:
                stream = await self._open_inner(call)
        except BaseException:
            await self._close(call, after)
            raise
        if stream.head and carries_output(stream.head[-1]) and not isinstance(stream.head[-1], (Done, Failed)):
            call.first = self.clock.monotonic()
        first = events_of(stream.head[0])[:1] if stream.head else ()
        call.started = first[0] if first and isinstance(first[0], Started) else None
        see = self.tap()
        if see is not None:
            stream.on_event(partial(see, call))
        if call.see is not None:
            stream.on_event(call.see)
        if call.wants_rest and stream.unread is not None:
            call.rest = stream.unread
            call.rest.claim()
        stream.on_end(partial(self._finish, call, after, stream))
        return stream

    def forget_models(self) -> None:
        """By `inner`."""
        self.inner.forget_models()

    async def _finish(self, call: Call, after: list[After], stream: EventStream, end: End | None) -> End | None:
        if isinstance(end, Done):
            call.response = end.response
        elif end is not None:
            call.error, call.partial = error_of(end), end.partial
            if isinstance(call.error, InvalidResponse) and call.error.provider is None and self.provider:
                call.error = attrs.evolve(call.error, provider=self.provider)
        call.pieces = stream.pieces
        await self._close(call, after)
        if call.error is not None:
            return Failed(call.error, call.partial or ChatResponse(provider=self.provider))
        return Done(cast(ChatResponse, call.response)) if call.response is not None else None

    async def _open_inner(self, call: Call) -> EventStream:
        try:
            return await self.inner.open(cast(StreamRequest, _in_time(call)))
        except BaseException as problem:
            if passes(problem):
                raise
            return EventStream.fail_with(client_fault(describe(problem), self.provider, call.model))

    def _begin(self, kind: Kind, request: AnyRequest) -> Call:
        return Call(f"{self.prefix}{next(self._numbers)}", kind, self.provider, request, self.clock.monotonic())

    async def _let_through(self, call: Call, after: list[After]) -> bool:
        for interceptor in self.interceptors:
            given = interceptor.before(call)
            outcome = given if is_result(given) else await given
            if type(outcome) is Failure:
                call.error = outcome.failure()
                return False
            told = outcome.unwrap()
            if told is not None:
                after.append(told)
        now = self.clock.monotonic()
        call.waited, call.began, call.is_let_through = now - call.began, now, True
        return True

    async def _close(self, call: Call, after: list[After]) -> None:
        """Tell every interceptor, also while the call is being cancelled: what was held must be let go of."""
        if not call.ended:
            call.ended = self.clock.monotonic()
            if call.error is not None:
                call.error = cast(ChatError, with_request(call.error, call.request))
                if self.tells_time:
                    call.error = tell_whole_time(call.error, call.request.timeout, call.milliseconds / 1000)
            elif self.tells_time and call.response is not None:
                call.response = replace(call.response, latency_ms=call.milliseconds)
        try:
            while after:
                telling = after.pop()(call)
                if telling is not None:
                    await telling
        except BaseException:
            await self._close(call, after)
            raise


def _in_time(call: Call) -> AnyRequest:
    """The request with what is left of its time after it had to wait."""
    request = call.request
    if call.waited < _BRIEF or request.timeout is None:
        return request
    return attrs.evolve(request, timeout=max(0.001, request.timeout - call.waited))
