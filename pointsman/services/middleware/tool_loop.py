"""Middleware: runs the tools that a model calls, and lets it go on, round by round, until it answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, nullcontext
from typing import Generic, TypeAlias

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
from pointsman.core.chat.response import ChatResponse, Warning, response_of
from pointsman.core.chat.running_total import RunningTotal
from pointsman.core.chat.token_estimate import estimate_message, estimate_text
from pointsman.core.chat.tool import ForcedTool
from pointsman.core.conversations.window import fair_shares, old_rounds
from pointsman.core.error import TimeoutError
from pointsman.services.middleware.middleware import ChatMiddleware
from pointsman.services.ports.client import CHAT, Client, Error, Error_co
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.tools import Approve, Content, ToolFunction, refuse
from pointsman.services.ports.tracer import NO_TRACER, Attribute, Span, Tracer
from pointsman.services.streams.event_stream import EventStream, relay
from pointsman.services.streams.opening import events_of
from pointsman.services.tasks.call_time import CallTime, time_of
from pointsman.services.tasks.together import tasks_together
from pointsman.services.tasks.user_code import run_user_code
from pointsman.services.tracing import span_of, trace

Room: TypeAlias = Callable[[ChatRequest], Awaitable[int | None]]
"""How many tokens there is room for beside a request, at the model that would be asked; None where nobody knows."""

USUAL_ROOM = 50_000
"""Tokens for the results of one round where nobody knows how many there is room for."""
_LEAST_ROOM = 500
_FAIR_ROOM = 4000
"""Tokens of results that are worth more than what the tools gave some rounds ago."""


@attrs.define
class _Rounds:
    """What the rounds so far have come to; they `began` at a monotonic second, and have `time` together."""

    request: ChatRequest
    clock: Clock
    began: float
    time: CallTime
    total: RunningTotal = attrs.field(factory=RunningTotal)
    left_out: int = 0
    """How many of the first messages of the rounds are not sent any more: there is no room for them."""

    @property
    def next_request(self) -> ChatRequest:
        if not self.total.steps:
            return self.time.share(self.request)
        choice = self.request.tool_choice
        # A forced choice holds for the first round only, or the model would have to call tools forever.
        if choice == "required" or isinstance(choice, ForcedTool):
            choice = None
        messages = (*self.request.messages, *self.total.steps[self.left_out :])
        return attrs.evolve(self.time.share(self.request), messages=messages, tool_choice=choice)

    def add(self, response: ChatResponse, ran: Sequence[ToolRan]) -> None:
        """What the model said, and what the tools that it called gave."""
        self.total.steps += (response.message, *(Message("tool", (one.result,)) for one in ran))

    def make_room(self, tokens: int) -> None:
        """Send `tokens` less of the rounds before the last: the oldest are left out, each a call with its results."""
        steps = self.total.steps[self.left_out :]
        last = next((back for back, step in enumerate(reversed(steps), 1) if step.role == "assistant"), 0)
        rounds = old_rounds(steps, tokens, estimate_message, last)
        self.left_out += rounds[-1][1] if rounds else 0

    def final(self, response: ChatResponse, *warnings: Warning) -> ChatResponse:
        self.total.warnings += warnings
        whole = self.total.put_on(response)
        if warnings and whole is response:
            whole = attrs.evolve(response, warnings=self.total.warnings)
        return attrs.evolve(whole, latency_ms=self._milliseconds()) if self.total.steps else whole

    def blame(self, error: Error) -> Error:
        """`error` with the tools that ran before it, and what they and the model cost."""
        blamed = self.total.blame(self.time.tell(error))
        came = response_of(blamed)
        if came is None:
            return blamed
        return attrs.evolve(blamed, response=attrs.evolve(came, latency_ms=self._milliseconds()))

    def _milliseconds(self) -> float:
        return (self.clock.monotonic() - self.began) * 1000


@attrs.frozen
class Tooled(ChatMiddleware[Error_co | TimeoutError], Generic[Error_co]):
    """A client whose requests carry `tools`, which are run here when the model calls them.

    The calls of a round run at the same time, at most `parallel` of them; arguments that do not fit, tools that fail,
    take too long or are not allowed are answers to the model, not errors. What the tools of a round give is cut to what
    there is `room` for; where there is little, the oldest rounds are not sent any more, each call with its results.
    After `max_rounds` the last answer is given as it is, with a warning. A request's timeout is for all rounds and
    their tools together. Calls of tools that only the request names are for the caller: they end the rounds. With
    `dry_run` no tool runs. Where the model fails, the error has the tools that ran, and what was paid, in its
    `response`.
    """

    inner: Client[Error_co]
    tools: tuple[ToolFunction, ...]
    clock: Clock
    approve: Approve = refuse
    max_rounds: int = 8
    max_calls: int = 16
    parallel: int = 4
    dry_run: bool = False
    room: Room | None = attrs.field(default=None, repr=False)
    tracer: Tracer = NO_TRACER

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, Error_co | TimeoutError]:
        """As `ChatClient.chat`."""
        return await trace(self.tracer, *_agent(request), lambda: self._answer(request))

    async def _answer(self, request: ChatRequest) -> Result[ChatResponse, Error_co | TimeoutError]:
        rounds = self._begin(request)
        while True:
            result = await self.inner.call(CHAT, rounds.next_request)
            if isinstance(result, Failure):
                return Failure(rounds.blame(result.failure()))
            response = result.unwrap()
            rounds.total.take(response)
            if not self._to_run(response, request):
                return Success(rounds.final(response))
            if rounds.total.number >= self.max_rounds:
                return Success(rounds.final(response, _too_long(self.max_rounds)))
            rounds.add(response, await self._run(response, rounds))
            if rounds.time.is_up:
                return Failure(rounds.blame(rounds.time.late(request.model)))

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """As `Client.stream`; each tool that has run is a `ToolRan`."""
        return await EventStream.start(self._in_span(request))

    async def _in_span(self, request: ChatRequest) -> AsyncGenerator[StreamItem, None]:
        async with (
            span_of(self.tracer, *_agent(request)) as span,
            aclosing(self._events(request, span)) as events,
        ):
            async for event in events:
                if isinstance(event, Failed):
                    span.fail(event.error.tag)
                yield event

    async def _events(self, request: ChatRequest, span: Span) -> AsyncGenerator[StreamItem, None]:
        rounds, shift, highest = self._begin(request), 0, -1
        while True:
            end: Done | Failed | None = None
            with span.activate():  # left before anything is yielded: who reads may be another task
                stream = await self.inner.open(rounds.next_request)
            async with relay(stream) as events:
                async for item in events:
                    if isinstance(item, (Done, Failed)):
                        end = item
                        break
                    for event in events_of(item):  # several streams become one, so none can stay as it came
                        if isinstance(event, Started) and rounds.total.number:
                            continue
                        highest = max(highest, shift + getattr(event, "index", 0))
                        yield _shift_index(event, shift) if shift else event
            if not isinstance(end, Done):
                if end is not None:
                    if end.after_output:
                        rounds.total.take(end.partial)
                    yield Failed(rounds.time.tell(end.error), rounds.final(end.partial))
                return
            response = end.response
            rounds.total.take(response)
            over = rounds.total.number >= self.max_rounds
            if not self._to_run(response, request) or over:
                late = (_too_long(self.max_rounds),) if over and self._to_run(response, request) else ()
                yield Done(rounds.final(response, *late))
                return
            with span.activate():
                ran = await self._run(response, rounds)
            for one in ran:
                yield one
            rounds.add(response, ran)
            if rounds.time.is_up:
                yield Failed(rounds.time.late(request.model), rounds.final(ChatResponse()))
                return
            shift = highest + 1

    def _begin(self, request: ChatRequest) -> _Rounds:
        time = time_of(request, self.clock)
        return _Rounds(self._add_tools(request), self.clock, self.clock.monotonic(), time)

    def _add_tools(self, request: ChatRequest) -> ChatRequest:
        known = {tool.name for tool in request.tools}
        added = (tool.spec for tool in self.tools if tool.spec.name not in known and tool.approval != "never")
        return attrs.evolve(request, tools=(*request.tools, *added))

    def _to_run(self, response: ChatResponse, request: ChatRequest) -> bool:
        """Whether there are calls, and none of them is for the caller."""
        theirs = {tool.name for tool in request.tools}
        return bool(response.tool_calls) and not any(call.name in theirs for call in response.tool_calls)

    async def _run(self, response: ChatResponse, rounds: _Rounds) -> list[ToolRan]:
        """All calls at the same time, their results in the order of the calls, cut to what there is room for."""
        calls, ran = response.tool_calls, dict[int, ToolRan]()
        places = anyio.Semaphore(max(1, self.parallel))

        async def one(number: int, call: ToolCall) -> None:
            async with places:
                began = self.clock.monotonic()
                result = await self._trace_result(number, call)
                ran[number] = ToolRan(call, result, (self.clock.monotonic() - began) * 1000)

        left = rounds.time.rest
        async with nullcontext() if left is None else self.clock.limit(left), tasks_together() as group:
            for number, call in enumerate(calls):
                group.start_soon(one, number, call)
        whole = [ran.get(number) or _cancelled_run(call) for number, call in enumerate(calls)]
        sizes = [_size(one.result) for one in whole]
        sizes = fair_shares(sizes, await self._make_room(min(sum(sizes), _FAIR_ROOM), response, rounds))
        return [attrs.evolve(one, result=_cut(one.result, most)) for one, most in zip(whole, sizes, strict=True)]

    async def _make_room(self, wanted: int, response: ChatResponse, rounds: _Rounds) -> int:
        """How many tokens the results of a round may have; where there is too little room, old rounds make some."""
        known = await self._room(response, rounds)
        if known is not None and known < wanted:
            rounds.make_room(wanted - known)
            known = await self._room(response, rounds)
        return USUAL_ROOM if known is None else max(_LEAST_ROOM, known)

    async def _room(self, response: ChatResponse, rounds: _Rounds) -> int | None:
        asked = rounds.next_request
        asked = attrs.evolve(asked, messages=(*asked.messages, response.message))
        return None if self.room is None else await self.room(asked)

    async def _trace_result(self, number: int, call: ToolCall) -> ToolResult:
        told: dict[str, Attribute] = {"operation": "execute_tool", "tool": call.name, "tool_call": call.id}
        content = self.tracer.content
        async with span_of(self.tracer, f"execute_tool {call.name}", told) as span:
            if content:
                span.set({"arguments": call.arguments})
            with span.activate():
                result = await self._result(number, call)
            if content:
                span.set({"result": "\n".join(part.text for part in result.content if isinstance(part, Text))})
            if result.is_error:
                span.fail("ToolFailed")
            return result

    async def _result(self, number: int, call: ToolCall) -> ToolResult:
        tool = next((tool for tool in self.tools if tool.spec.name == call.name), None)
        if tool is None:
            known = ", ".join(sorted(tool.spec.name for tool in self.tools)) or "none"
            return _tool_result(call, f"There is no tool {call.name!r}; there are: {known}.", error=True)
        if number >= self.max_calls:
            return _tool_result(call, f"Too many calls at once; at most {self.max_calls} are run.", error=True)
        if self.dry_run:
            return _tool_result(call, f"Dry run: {call.name}({call.arguments}) was not run.")
        refusal = await self._refusal(tool, call)
        if refusal:
            return _tool_result(call, refusal, error=True)
        async with self.clock.limit(tool.timeout):
            came = await run_user_code(lambda: tool.run(call.arguments))
            answer: Result[Content, str] = came.bind(lambda given: given)
            if isinstance(answer, Failure):
                return _tool_result(call, answer.failure(), error=True)
            content = tuple(Text(part) if isinstance(part, str) else part for part in answer.unwrap())
            return ToolResult(call.id, call.name, content)
        return _tool_result(call, f"{call.name} did not answer within {tool.timeout:g} s.", error=True)

    async def _refusal(self, tool: ToolFunction, call: ToolCall) -> str:
        """Why the call may not run; nothing where it may."""
        refused = f"The user has not allowed {call.name}."
        if tool.approval != "ask":
            return refused if tool.approval == "never" else ""
        allowed = await run_user_code(lambda: self.approve(call))
        if isinstance(allowed, Failure):
            return f"The user could not be asked whether {call.name} may run: {allowed.failure()}."
        return "" if allowed.unwrap() else refused


def _agent(request: ChatRequest) -> tuple[str, dict[str, Attribute]]:
    """The name of the span around all rounds, and what it says."""
    told: dict[str, Attribute] = {"operation": "invoke_agent", "model": request.model}
    conversation = request.options.conversation
    return "invoke_agent", told | {"conversation": conversation} if conversation else told


def _size(result: ToolResult) -> int:
    return sum(estimate_text(part.text) for part in result.content if isinstance(part, Text))


def _cut(result: ToolResult, most: int) -> ToolResult:
    """`result` with at most about `most` tokens of text; pictures stay."""
    size = _size(result)
    if size <= most:
        return result
    content = tuple(_cut_text(part, most / size) if isinstance(part, Text) else part for part in result.content)
    return attrs.evolve(result, content=content)


def _cut_text(part: Text, share: float) -> Text:
    kept = int(len(part.text) * share)
    return Text(f"{part.text[:kept]}\n(cut off here: {len(part.text) - kept:,} more characters had no room)")


def _cancelled_run(call: ToolCall) -> ToolRan:
    return ToolRan(call, _tool_result(call, f"{call.name} was cancelled.", error=True), 0.0)


def _tool_result(call: ToolCall, text: str, *, error: bool = False) -> ToolResult:
    return ToolResult(call.id, call.name, (Text(text),), error)


def _too_long(rounds: int) -> Warning:
    return Warning("tools", f"after {rounds} rounds of tool calls the model still called tools; they were not run")


def _shift_index(event: StreamEvent, by: int) -> StreamEvent:
    """Parts of a later round have numbers of their own."""
    if isinstance(event, (TextDelta, ReasoningDelta, ToolCallStarted, ToolCallDelta, PartDone)):
        return attrs.evolve(event, index=event.index + by)
    return event
