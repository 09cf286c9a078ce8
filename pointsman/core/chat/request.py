"""What is asked of a model. Every field that is None is left to the provider: absent is not null."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Literal, TypeAlias, get_args, overload

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.message import Message, user
from pointsman.core.chat.options import PLAIN, CallOptions
from pointsman.core.chat.original import OriginalRequest
from pointsman.core.chat.part import ToolResult
from pointsman.core.chat.tool import AllowedTools, AnyTool, ForcedTool, ResponseSchema, ToolChoice, functions_of
from pointsman.core.error import InvalidRequest
from pointsman.core.json import Json, float_or_none, int_or_none, text_or_none

Effort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
EFFORTS: tuple[Effort, ...] = get_args(Effort)
"""From the least to the most."""
_EFFORTS_BY_NAME: Mapping[str, Effort] = {effort: effort for effort in EFFORTS}
Verbosity: TypeAlias = Literal["low", "medium", "high"]
NO_LIMIT = -1
"""As `max_tokens`: the model may write as much as it can."""


def effort_named(name: str | None) -> Effort | None:
    """The effort of that name; None where there is none."""
    return None if name is None else _EFFORTS_BY_NAME.get(name)


def nearest_effort(effort: Effort, known: Iterable[Effort]) -> Effort:
    """Of those that are `known`, at least one, the one that is nearest in the order of `EFFORTS`."""
    at = EFFORTS.index(effort)
    return min(known, key=lambda each: abs(EFFORTS.index(each) - at))


@attrs.frozen
class Thinking:
    """How much the model is to reason: an `effort`, or a `budget` in tokens; `show` asks for its text."""

    effort: Effort | None = None
    budget: int | None = None
    show: bool | None = None


@attrs.frozen(slots=False)  # copied often: see `core/chat/replace.py`
class ChatRequest:
    """One request for one answer."""

    model: str
    """`provider/model`, or `model` alone for the default provider; `auto` leaves the choice to the router."""
    messages: tuple[Message, ...]
    temperature: float | None = attrs.field(default=None, kw_only=True)
    """0 to 2."""
    top_p: float | None = attrs.field(default=None, kw_only=True)
    """0 to 1: sample from the most likely tokens that together have this probability."""
    top_k: int | None = attrs.field(default=None, kw_only=True)
    """At least 1: sample from so many of the most likely tokens."""
    frequency_penalty: float | None = attrs.field(default=None, kw_only=True)
    """-2 to 2: against tokens by how often they have come."""
    presence_penalty: float | None = attrs.field(default=None, kw_only=True)
    """-2 to 2: against tokens that have come at all."""
    logit_bias: Mapping[str, float] = attrs.field(factory=dict, kw_only=True)
    """-100 to 100 by token id."""
    logprobs: int | None = attrs.field(default=None, kw_only=True)
    """Ask for the log probabilities of the tokens of the answer, each with so many alternatives (0 to 20)."""
    n: int | None = attrs.field(default=None, kw_only=True)
    """How many answers are wanted; those after the first are the response's `choices`."""
    max_tokens: int | None = attrs.field(default=None, kw_only=True)
    """Output tokens, at least 1; `NO_LIMIT` (-1) is no limit."""
    stop: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    seed: int | None = attrs.field(default=None, kw_only=True)
    verbosity: Verbosity | None = attrs.field(default=None, kw_only=True)
    service_tier: str | None = attrs.field(default=None, kw_only=True)
    """The vendor's name of it, such as `flex` or `priority`."""
    tools: tuple[AnyTool, ...] = attrs.field(default=(), kw_only=True)
    tool_choice: ToolChoice | None = attrs.field(default=None, kw_only=True)
    parallel_tools: bool | None = attrs.field(default=None, kw_only=True)
    """Whether the model may make several calls in one answer."""
    response_schema: ResponseSchema | None = attrs.field(default=None, kw_only=True)
    json_mode: bool = attrs.field(default=False, kw_only=True)
    """The answer is to be one JSON object of any shape. Emulated where the dialect has no such mode."""
    thinking: Thinking | None = attrs.field(default=None, kw_only=True)
    timeout: float | None = attrs.field(default=None, kw_only=True)
    """The whole call, in seconds: with its tries, fallbacks, rounds of tools, repairs and waits."""
    request_id: str | None = attrs.field(default=None, kw_only=True)
    metadata: Mapping[str, str] = attrs.field(factory=dict, kw_only=True)
    extra: Mapping[str, Json] = attrs.field(factory=dict, kw_only=True)
    """Joined to the wire body, for parameters that only one provider has; a typed field wins, with a warning."""
    on_unsupported: Literal["warn", "fail"] = attrs.field(default="warn", kw_only=True)
    """What becomes of a parameter that the dialect cannot carry: a warning on the response, or `UnsupportedFeature`.

    Content and tools that cannot be carried always fail.
    """
    options: CallOptions = attrs.field(default=PLAIN, kw_only=True)
    """How the call is to be routed, cached, billed and recorded."""
    original: OriginalRequest | None = attrs.field(default=None, kw_only=True, eq=False, repr=False)
    """As a client of the gateway sent it, for a provider of the same dialect."""


PARAMETERS: tuple[str, ...] = (
    "temperature",
    "top_p",
    "top_k",
    "frequency_penalty",
    "presence_penalty",
    "logit_bias",
    "logprobs",
    "n",
    "max_tokens",
    "stop",
    "seed",
    "verbosity",
    "service_tier",
    "tool_choice",
    "parallel_tools",
    "thinking",
    "metadata",
)
"""Fields whose loss changes how an answer is made, not what is asked: a dialect without one warns of it."""
ESSENTIALS: tuple[str, ...] = ("messages", "tools", "response_schema", "json_mode")
"""Fields that say what is asked: a dialect that cannot carry one fails."""


@overload
def ask(text: str, /, *, options: CallOptions = PLAIN) -> ChatRequest: ...
@overload
def ask(model: str, text: str, options: CallOptions = PLAIN) -> ChatRequest: ...
def ask(model: str, text: str | None = None, options: CallOptions = PLAIN) -> ChatRequest:
    """A request with one user message. `ask("Hello")` asks the default model, `ask("gpt-4o", "Hello")` names one."""
    named, said = ("", model) if text is None else (model, text)
    return ChatRequest(named, (user(said),), options=options)


def has_many_pieces(request: ChatRequest, many: int) -> bool:
    """Whether `request` has more than `many` messages, tools and parts together: work on it takes its time."""
    count = len(request.messages) + len(request.tools)
    for message in request.messages:
        if count > many:
            break
        count += len(message.parts)
    return count > many


def check(request: ChatRequest) -> Result[ChatRequest, InvalidRequest]:
    """`request`, or an `InvalidRequest` that lists everything no provider would take."""
    problems = [*_problems(request), *_tool_problems(request)]
    if problems:
        detail, model = "; ".join(problems), request.model or None
        return Failure(InvalidRequest(detail=detail, problems=tuple(problems), model=model, request=request))
    return Success(request)


@attrs.frozen
class Bounds:
    """What values a number may have, on both ends inclusive."""

    lowest: float
    highest: float | None = None
    whole: bool = False

    def problem(self, value: object) -> str | None:
        """What is wrong with `value`, in words that follow its name."""
        number = int_or_none(value) if self.whole else float_or_none(value)
        if number is None:
            return f"{value!r} is not a {'whole ' if self.whole else ''}number"
        if number >= self.lowest and (self.highest is None or number <= self.highest):
            return None
        if self.highest is None or number < self.lowest <= self.highest / 2**20:
            return f"{value} is not at least {self.lowest:g}"
        return f"{value} is not between {self.lowest:g} and {self.highest:g}"


BOUNDS: Mapping[str, Bounds] = {
    "temperature": Bounds(0, 2),
    "top_p": Bounds(0, 1),
    "top_k": Bounds(1, whole=True),
    "frequency_penalty": Bounds(-2, 2),
    "presence_penalty": Bounds(-2, 2),
    "logprobs": Bounds(0, 20, whole=True),
    "n": Bounds(1, 128, whole=True),
    "max_tokens": Bounds(1, 2**53, whole=True),
    "seed": Bounds(-(2**63), 2**63 - 1, whole=True),
}
"""The widest that any vendor takes; what its own API takes is in each dialect's table of parameters."""


_bounded_values: attrgetter[tuple[object, ...]] = attrgetter(*BOUNDS)


def bounds_problem(name: str, value: object) -> str | None:
    """What is wrong with `value` as the number `name`; None is left out, and so right."""
    if value is None or (name == "max_tokens" and value == NO_LIMIT):
        return None
    problem = BOUNDS[name].problem(value)
    return None if problem is None else f"{name}: {problem}"


def output_limit(max_tokens: int | None) -> int | None:
    """The most output tokens that `max_tokens` allows; None where it says nothing or that there is no limit."""
    return None if max_tokens == NO_LIMIT else max_tokens


def _problems(request: ChatRequest) -> Iterator[str]:
    if not request.messages:
        yield "messages: at least one message is needed"
    values = _bounded_values(request)
    for name, value in zip(BOUNDS, values, strict=True) if values.count(None) < len(values) else ():
        problem = None if value is None else bounds_problem(name, value)
        if problem is not None:
            yield problem
    seconds = None if request.timeout is None else float_or_none(request.timeout)
    if request.timeout is not None and (seconds is None or seconds <= 0):
        yield f"timeout: {request.timeout} is not above 0 seconds"
    if request.stop and any(text_or_none(stop) is None for stop in request.stop):
        yield "stop: a stop sequence is empty, or not text"
    if request.json_mode and request.response_schema is not None:
        yield "json_mode: a schema asks for JSON already; leave one of the two out"


def _tool_problems(request: ChatRequest) -> Iterator[str]:
    if request.tools or request.tool_choice is not None:
        yield from _choice_problems(request)
    for message in request.messages:
        if message.role == "tool" and not all(isinstance(part, ToolResult) for part in message.parts or (None,)):
            yield "messages: a tool message holds tool results and nothing else"
            return


def _choice_problems(request: ChatRequest) -> Iterator[str]:
    functions = functions_of(request.tools)
    names = Counter(tool.name for tool in functions)
    for name in sorted(name for name, count in names.items() if count > 1):
        yield f"tools: the name {name!r} is given twice"
    if "" in names:
        yield "tools: a tool has no name"
    hosted = {tool.name for tool in request.tools} - names.keys()
    for name in _chosen_names(request.tool_choice):
        if name not in names and name not in hosted:
            yield f"tool_choice: there is no tool {name!r}"


def _chosen_names(choice: ToolChoice | None) -> tuple[str, ...]:
    if isinstance(choice, ForcedTool):
        return (choice.name,)
    return choice.names if isinstance(choice, AllowedTools) else ()
