"""What is asked of a model. Every field that is None is left to the provider: absent is not null."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.error import InvalidRequest
from pointsman.core.json import Json
from pointsman.core.message import Message, user
from pointsman.core.options import PLAIN, CallOptions
from pointsman.core.part import ToolResult
from pointsman.core.tool import ForcedTool, ResponseSchema, Tool, ToolChoice

Effort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "max"]


@attrs.frozen
class Thinking:
    """How much the model is to reason: an `effort`, or a `budget` in tokens; `show` asks for its text."""

    effort: Effort | None = None
    budget: int | None = None
    show: bool | None = None


@attrs.frozen
class ChatRequest:
    """One request for one answer.

    `model` reads `provider/model`, or `model` alone for the default provider; `auto` leaves the choice to the router,
    and `options` say how the call is to be routed, cached, billed and recorded. `temperature` is 0 to 2, `top_p` 0 to
    1, `max_tokens` counts output tokens, `timeout` is the whole call in seconds. `extra` is merged into the wire body
    as it is, for parameters that only one provider has. `on_unsupported` says what becomes of a sampling parameter that
    the dialect cannot carry: a warning on the response, or an `UnsupportedFeature`; content and tools that cannot be
    carried always fail.
    """

    model: str
    messages: tuple[Message, ...]
    temperature: float | None = attrs.field(default=None, kw_only=True)
    top_p: float | None = attrs.field(default=None, kw_only=True)
    max_tokens: int | None = attrs.field(default=None, kw_only=True)
    stop: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    seed: int | None = attrs.field(default=None, kw_only=True)
    tools: tuple[Tool, ...] = attrs.field(default=(), kw_only=True)
    tool_choice: ToolChoice | None = attrs.field(default=None, kw_only=True)
    parallel_tools: bool | None = attrs.field(default=None, kw_only=True)
    response_schema: ResponseSchema | None = attrs.field(default=None, kw_only=True)
    thinking: Thinking | None = attrs.field(default=None, kw_only=True)
    timeout: float | None = attrs.field(default=None, kw_only=True)
    request_id: str | None = attrs.field(default=None, kw_only=True)
    metadata: Mapping[str, str] = attrs.field(factory=dict, kw_only=True)
    extra: Mapping[str, Json] = attrs.field(factory=dict, kw_only=True)
    on_unsupported: Literal["warn", "fail"] = attrs.field(default="warn", kw_only=True)
    options: CallOptions = attrs.field(default=PLAIN, kw_only=True)


def ask(model: str, text: str, options: CallOptions = PLAIN) -> ChatRequest:
    """A request with one user message."""
    return ChatRequest(model, (user(text),), options=options)


def has_many_pieces(request: ChatRequest, many: int) -> bool:
    """Whether `request` has more than `many` messages, tools and parts together: work on it takes its time."""
    fewest = len(request.messages) + len(request.tools)
    return fewest > many or fewest + sum(len(message.parts) for message in request.messages) > many


def check(request: ChatRequest) -> Result[ChatRequest, InvalidRequest]:
    """`request`, or an `InvalidRequest` that lists everything no provider would take."""
    problems = tuple(_problems(request))
    if problems:
        return Failure(InvalidRequest(detail="; ".join(problems), problems=problems, model=request.model or None))
    return Success(request)


def _problems(request: ChatRequest) -> Iterator[str]:
    if not request.messages:
        yield "messages: at least one message is needed"
    if request.temperature is not None and not 0 <= request.temperature <= 2:
        yield f"temperature: {request.temperature} is not between 0 and 2"
    if request.top_p is not None and not 0 <= request.top_p <= 1:
        yield f"top_p: {request.top_p} is not between 0 and 1"
    if request.max_tokens is not None and request.max_tokens < 1:
        yield f"max_tokens: {request.max_tokens} is not at least 1"
    if request.timeout is not None and not request.timeout > 0:
        yield f"timeout: {request.timeout} is not above 0 seconds"
    if any(not stop for stop in request.stop):
        yield "stop: a stop sequence is empty"
    yield from _tool_problems(request)


def _tool_problems(request: ChatRequest) -> Iterator[str]:
    names = Counter(tool.name for tool in request.tools)
    for name in sorted(name for name, times in names.items() if times > 1):
        yield f"tools: the name {name!r} is given twice"
    if "" in names:
        yield "tools: a tool has no name"
    if isinstance(request.tool_choice, ForcedTool) and request.tool_choice.name not in names:
        yield f"tool_choice: there is no tool {request.tool_choice.name!r}"
    for message in request.messages:
        results = [isinstance(part, ToolResult) for part in message.parts]
        if message.role == "tool" and not (results and all(results)):
            yield "messages: a tool message holds tool results and nothing else"
            return
