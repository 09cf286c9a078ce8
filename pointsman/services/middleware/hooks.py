"""Middleware: the user's own functions over requests and responses, in order."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TypeAlias, TypeVar

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.event import Done, Failed
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import ChatError, ConfigurationError, Fault
from pointsman.services.middleware.middleware import ChatMiddleware
from pointsman.services.ports.client import CHAT, Client
from pointsman.services.streams.event_stream import End, EventStream
from pointsman.services.tasks.user_code import call_user_code

Before: TypeAlias = "Callable[[ChatRequest], Result[ChatRequest, ChatError]]"
"""Changes a request before it is asked, or refuses it."""
After: TypeAlias = "Callable[[ChatRequest, ChatResponse], Result[ChatResponse, ChatError]]"
"""Changes a response to a request, or rejects it."""
_Value = TypeVar("_Value", ChatRequest, ChatResponse)


@attrs.frozen
class Hooked(ChatMiddleware):
    """A client whose requests pass through each of `before`, and whose responses through each of `after`.

    The functions are pure and quick; what they raise is a failure that names them. Of a stream, `after` sees the whole
    response at its end: the deltas have been passed on by then. The error of an `after` has the response.
    """

    inner: Client
    before: tuple[Before, ...] = ()
    after: tuple[After, ...] = ()

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        """As `Client.chat`."""
        prepared = self._run_before_hooks(request)
        if isinstance(prepared, Failure):
            return Failure(prepared.failure())
        asked = prepared.unwrap()
        return (await self.inner.call(CHAT, asked)).bind(lambda response: self._run_after_hooks(asked, response))

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """As `Client.stream`."""
        prepared = self._run_before_hooks(request)
        if isinstance(prepared, Failure):
            return EventStream.fail_with(prepared.failure())
        asked = prepared.unwrap()
        stream = await self.inner.open(asked)

        async def finish(end: End | None) -> End | None:
            return self._last(asked, end.response) if isinstance(end, Done) else end

        stream.on_end(finish)
        return stream

    def _last(self, request: ChatRequest, response: ChatResponse) -> End:
        finished = self._run_after_hooks(request, response)
        return Failed(finished.failure(), response) if isinstance(finished, Failure) else Done(finished.unwrap())

    def _run_before_hooks(self, request: ChatRequest) -> Result[ChatRequest, ChatError]:
        prepared: Result[ChatRequest, ChatError] = Success(request)
        for hook in self.before:
            prepared = prepared.bind(partial(_run_before, hook))
        return prepared

    def _run_after_hooks(self, request: ChatRequest, response: ChatResponse) -> Result[ChatResponse, ChatError]:
        finished: Result[ChatResponse, ChatError] = Success(response)
        for hook in self.after:
            if isinstance(finished, Failure):
                break
            finished = _run_after(hook, request, finished.unwrap())
        return finished


def _run_before(hook: Before, request: ChatRequest) -> Result[ChatRequest, ChatError]:
    ran = call_user_code(lambda: hook(request))
    return _read(hook, ran, ChatRequest)


def _run_after(hook: After, request: ChatRequest, response: ChatResponse) -> Result[ChatResponse, ChatError]:
    ran = call_user_code(lambda: hook(request, response))
    return _read(hook, ran, ChatResponse).alt(lambda error: attrs.evolve(error, response=response))


def _read(
    hook: Before | After, ran: Result[Result[_Value, ChatError], str], kind: type[_Value]
) -> Result[_Value, ChatError]:
    """What `hook` gave; a failure that names it where that is no result of the `kind`, whatever its type says."""
    if isinstance(ran, Failure):
        return Failure(_blame(hook, f"raised {ran.failure()}"))
    given = ran.unwrap()
    if isinstance(given, Failure) and isinstance(given.failure(), Fault):
        return given
    if isinstance(given, Success) and isinstance(given.unwrap(), kind):
        return given
    return Failure(_blame(hook, f"gave {_describe_given(given)}, where a Result of a {kind.__name__} belongs"))


def _describe_given(given: object) -> str:
    if isinstance(given, Coroutine):
        given.close()  # else Python warns that nobody awaited it
        return "a coroutine"
    if isinstance(given, Result):
        return f"{type(given).__name__} of {type(given.value_or(None)).__name__}"
    return "None" if given is None else f"a {type(given).__name__}"


def _blame(hook: Before | After, problem: str) -> ConfigurationError:
    detail = f"the hook {getattr(hook, '__name__', type(hook).__name__)!r} {problem}"
    return ConfigurationError(detail=detail, problems=(detail,), local=True)
