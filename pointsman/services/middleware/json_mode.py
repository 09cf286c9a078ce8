"""Middleware: an answer in JSON mode is one JSON object, also where a provider only promises it."""

from __future__ import annotations

import attrs
from returns.result import Result, Success

from pointsman.core.chat.message import user
from pointsman.core.chat.part import Text
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, Finish, Warning
from pointsman.core.chat.running_total import RunningTotal
from pointsman.core.effect import is_failure
from pointsman.core.error import ChatError
from pointsman.core.json import loads, without_fence
from pointsman.services.middleware.middleware import ChatMiddleware
from pointsman.services.ports.client import (
    CHAT,
    Calling,
    Client,
)
from pointsman.services.ports.clock import Clock
from pointsman.services.streams.event_stream import EventStream
from pointsman.services.tasks.call_time import time_of

_CHECKED = frozenset((Finish.STOP, Finish.LENGTH))


@attrs.frozen
class JsonMode(ChatMiddleware):
    """A client whose answers in JSON mode are checked: fences around one are taken off, and what is no object is asked
    for once more. The usage and cost of both rounds are told together. An answer that comes as its client's own
    vendor gave it stays as it is; of a stream, whose text has been passed on, a fault is a warning at its end.
    """

    inner: Client
    clock: Clock | None = None

    def call_chat(self, request: ChatRequest) -> Calling[ChatResponse, ChatError]:
        """As `Client.chat`."""
        return self._checked_chat(request) if request.json_mode else self.inner.call(CHAT, request)

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """As `Client.stream`."""
        stream = await self.inner.open(request)
        if request.json_mode:
            stream.map_response(_warn_if_broken)
        return stream

    async def _checked_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        time = time_of(request, self.clock)
        result = await self.inner.call(CHAT, request)
        if is_failure(result):
            return result
        response = without_fences(result.unwrap())
        problem = json_problem(response)
        if problem is None or response.finish_reason is Finish.LENGTH:
            return Success(response if problem is None else _warn(response, problem))
        total = RunningTotal()
        total.take(response)
        again = await self.inner.call(CHAT, time.share(_repair_request(request, response, problem)))
        if is_failure(again):
            return Success(_warn(response, problem))
        repaired = without_fences(again.unwrap())
        total.take(repaired)
        whole = total.put_on(repaired)
        left = json_problem(repaired)
        return Success(whole if left is None else _warn(whole, left))


def _warn_if_broken(response: ChatResponse) -> ChatResponse:
    problem = json_problem(response)
    return response if problem is None else _warn(response, problem)


def json_problem(response: ChatResponse) -> str | None:
    """What keeps the text of `response` from being one JSON object; None where it is one, or where none was due."""
    if response.original is not None or response.tool_calls or response.finish_reason not in _CHECKED:
        return None
    value = loads(response.text)
    if is_failure(value):
        return str(value.failure())
    return None if isinstance(value.unwrap(), dict) else "JSON, but not an object"


def without_fences(response: ChatResponse) -> ChatResponse:
    """`response`; the object alone where it stands between Markdown fences."""
    bare = without_fence(response.text)
    if bare == response.text.strip() or response.original is not None:
        return response
    others = tuple(part for part in response.parts if not isinstance(part, Text))
    return attrs.evolve(response, parts=(*others, Text(bare)))


def _repair_request(request: ChatRequest, response: ChatResponse, problem: str) -> ChatRequest:
    wanted = f"That is {problem}. Answer with one JSON object and nothing else."
    return attrs.evolve(request, messages=(*request.messages, response.message, user(wanted)))


def _warn(response: ChatResponse, problem: str) -> ChatResponse:
    warning = Warning("json_mode", f"the answer was to be one JSON object; it is {problem}")
    return attrs.evolve(response, warnings=(*response.warnings, warning))
