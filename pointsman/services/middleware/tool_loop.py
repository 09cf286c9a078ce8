"""Middleware: runs the tools that a model calls, and lets it go on, round by round, until it answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.event import (
    Done,
    Failed,
    PartDone,
    ReasoningDelta,
    Started,
    StreamEvent,
    StreamItem,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
    ToolRan,
)
from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Text, ToolCall, ToolResult
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, Warning
from pointsman.core.chat.tool import ForcedTool
from pointsman.core.chat.usage import NOTHING, Usage
from pointsman.core.error import ChatError
from pointsman.core.money.cost import FREE, Cost
from pointsman.services.middleware.middleware import ChatMiddleware
from pointsman.services.ports.client import CHAT, Client
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.tools import Approve, ToolFunction, refuse
from pointsman.services.streams.event_stream import EventStream, relay
from pointsman.services.streams.opening import events_of


@attrs.define
class _Rounds:
    """What the rounds so far have come to."""

    request: ChatRequest
    steps: tuple[Message, ...] = ()
    usage: Usage = NOTHING
    cost: Cost = FREE
    saved: Cost = FREE
    warnings: tuple[Warning, ...] = ()
    number: int = 0

    @property
    def asked(self) -> ChatRequest:
        if not self.steps:
            return self.request
        choice = self.request.tool_choice
        if choice == "required" or isinstance(choice, ForcedTool):  # it has been obeyed; else there would be no end
            choice = None
        return attrs.evolve(self.request, messages=(*self.request.messages, *self.steps), tool_choice=choice)

    def take(self, response: ChatResponse) -> None:
        self.number += 1
        self.usage, self.cost = self.usage + response.usage, self.cost + response.cost
        self.saved += response.saved
        self.warnings += tuple(one for one in response.warnings if one not in self.warnings)

    def final(self, response: ChatResponse, warnings: tuple[Warning, ...] = ()) -> ChatResponse:
        if not self.steps and not warnings:
            return response
        return attrs.evolve(
            response,
            steps=self.steps,
            usage=self.usage,
            cost=self.cost,
            saved=self.saved,
            warnings=(*self.warnings, *warnings),
        )


@attrs.frozen
class Tooled(ChatMiddleware):
    """A client whose requests carry `tools`, which are run here when the model calls them.

    The calls of a round run at the same time, at most `parallel` of them; arguments that do not fit, tools that fail,
    take too long or are not allowed are answers to the model, not errors. After `max_rounds` the last answer is given
    as it is, with a warning. Calls of tools that only the request names are for the caller: they end the rounds. With
    `dry_run` no tool runs.
    """

    inner: Client
    tools: tuple[ToolFunction, ...]
    clock: Clock
    approve: Approve = refuse
    max_rounds: int = 8
    max_calls: int = 16
    parallel: int = 4
    dry_run: bool = False

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        """As `ChatClient.chat`."""
        rounds = _Rounds(self._equipped(request))
        while True:
            result = await self.inner.call(CHAT, rounds.asked)
            if isinstance(result, Failure):
                return result
            response = result.unwrap()
            rounds.take(response)
            if not self._to_run(response, request):
                return Success(rounds.final(response))
            if rounds.number >= self.max_rounds:
                return Success(rounds.final(response, (_too_long(self.max_rounds),)))
            ran = await self._run(response.tool_calls)
            rounds.steps += (response.message, *(Message("tool", (one.result,)) for one in ran))

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """As `Client.stream`; each tool that has run is a `ToolRan`."""
        return await EventStream.start(self._events(request))

    async def _events(self, request: ChatRequest) -> AsyncGenerator[StreamItem, None]:
        rounds, shift, highest = _Rounds(self._equipped(request)), 0, -1
        while True:
            end: Done | Failed | None = None
            async with aclosing(relay(await self.inner.open(rounds.asked))) as events:
                async for item in events:
                    if isinstance(item, (Done, Failed)):
                        end = item
                        break
                    for event in events_of(item):  # several streams become one, so none can stay as it came
                        if isinstance(event, Started) and rounds.number:
                            continue
                        highest = max(highest, shift + getattr(event, "index", 0))
                        yield _shifted(event, shift) if shift else event
            if not isinstance(end, Done):
                if end is not None:
                    if end.after_output:
                        rounds.take(end.partial)
                    yield attrs.evolve(end, partial=rounds.final(end.partial))
                return
            response = end.response
            rounds.take(response)
            over = rounds.number >= self.max_rounds
            if not self._to_run(response, request) or over:
                late = (_too_long(self.max_rounds),) if over and self._to_run(response, request) else ()
                yield Done(rounds.final(response, late))
                return
            ran = await self._run(response.tool_calls)
            for one in ran:
                yield one
            rounds.steps += (response.message, *(Message("tool", (one.result,)) for one in ran))
            shift = highest + 1

    def _equipped(self, request: ChatRequest) -> ChatRequest:
        known = {tool.name for tool in request.tools}
        added = (tool.spec for tool in self.tools if tool.spec.name not in known and tool.approval != "never")
        return attrs.evolve(request, tools=(*request.tools, *added))

    def _to_run(self, response: ChatResponse, request: ChatRequest) -> bool:
        """Whether there are calls, and none of them is for the caller."""
        theirs = {tool.name for tool in request.tools}
        return bool(response.tool_calls) and not any(call.name in theirs for call in response.tool_calls)

    async def _run(self, calls: Sequence[ToolCall]) -> list[ToolRan]:
        """All calls at the same time, their results in the order of the calls."""
        found: dict[int, ToolRan] = {}
        room = anyio.Semaphore(max(1, self.parallel))

        async def one(number: int, call: ToolCall) -> None:
            async with room:
                began = self.clock.monotonic()
                result = await self._result(number, call)
                found[number] = ToolRan(call, result, (self.clock.monotonic() - began) * 1000)

        async with anyio.create_task_group() as group:
            for number, call in enumerate(calls):
                group.start_soon(one, number, call)
        return [found[number] for number in range(len(calls))]

    async def _result(self, number: int, call: ToolCall) -> ToolResult:
        tool = next((tool for tool in self.tools if tool.spec.name == call.name), None)
        if tool is None:
            known = ", ".join(sorted(tool.spec.name for tool in self.tools)) or "none"
            return _said(call, f"There is no tool {call.name!r}; there are: {known}.", error=True)
        if number >= self.max_calls:
            return _said(call, f"Too many calls at once; at most {self.max_calls} are run.", error=True)
        if self.dry_run:
            return _said(call, f"Dry run: {call.name}({call.arguments}) was not run.")
        if tool.approval == "never" or (tool.approval == "ask" and not await self.approve(call)):
            return _said(call, f"The user has not allowed {call.name}.", error=True)
        async with self.clock.limit(tool.timeout):
            answer = await tool.run(call.arguments)
            if isinstance(answer, Failure):
                return _said(call, answer.failure(), error=True)
            content = tuple(Text(part) if isinstance(part, str) else part for part in answer.unwrap())
            return ToolResult(call.id, call.name, content)
        return _said(call, f"{call.name} did not answer within {tool.timeout:g} s.", error=True)


def _said(call: ToolCall, text: str, *, error: bool = False) -> ToolResult:
    return ToolResult(call.id, call.name, (Text(text),), error)


def _too_long(rounds: int) -> Warning:
    return Warning("tools", f"after {rounds} rounds of tool calls the model still called tools; they were not run")


def _shifted(event: StreamEvent, by: int) -> StreamEvent:
    """Parts of a later round have numbers of their own."""
    if isinstance(event, (TextDelta, ReasoningDelta, ToolCallStarted, ToolCallDelta, PartDone)):
        return attrs.evolve(event, index=event.index + by)
    return event
