"""What a stream is made of: deltas, whole parts, and exactly one end.

A stream yields `Started` at most once and first, then deltas and `PartDone`, and ends with exactly one of `Done` or
`Failed`. `index` identifies a part within the stream. `Restarted` appears only where the caller chose to go on with
another model after partial output: what came before it is void.
"""

from __future__ import annotations

from typing import TypeAlias

import attrs

from pointsman.core.chat.original import Pairs
from pointsman.core.chat.part import Part, ToolCall, ToolResult
from pointsman.core.chat.response import ChatResponse, Warning
from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.error import LLMError
from pointsman.core.money.cost import FREE, Cost


@attrs.frozen
class Started:
    """The answer has begun; `id` and `model` are as the provider reported them."""

    id: str
    model: str
    provider: str = ""
    """Who answers."""
    warnings: tuple[Warning, ...] = ()
    """What could not be carried of the request; the answer at the end has these and all others."""
    usage: Usage = UNKNOWN
    """What is known of it already: the input, where the provider tells it first."""


@attrs.frozen
class TextDelta:
    """More of the text part `index`."""

    text: str
    index: int = 0


@attrs.frozen
class ReasoningDelta:
    """More of the reasoning part `index`."""

    text: str
    index: int = 0


@attrs.frozen
class ToolCallStarted:
    """The model begins to call the tool `name`."""

    index: int
    id: str
    name: str


@attrs.frozen
class ToolCallDelta:
    """More of the JSON text of the arguments of the call `index`."""

    index: int
    arguments: str


@attrs.frozen
class PartDone:
    """The part `index` is complete, with its opaque state if it has one."""

    index: int
    part: Part


@attrs.frozen
class ToolRan:
    """A tool of ours was run for `call`, in so many milliseconds; the model is told `result` and goes on."""

    call: ToolCall
    result: ToolResult
    latency_ms: float


@attrs.frozen
class ReadingProgress:
    """A document too long for one request is read by parts: `read` of `parts` so far.

    So many requests are `answered`, and have cost `cost`. The answer comes when all of it has been read.
    """

    parts: int
    read: int = 0
    answered: int = 0
    cost: Cost = FREE


@attrs.frozen
class Restarted:
    """What came so far is void: `error` ended it, and `provider`/`model` starts anew."""

    error: LLMError
    provider: str
    model: str


@attrs.frozen
class Done:
    """The stream ended well; `response` is the whole answer."""

    response: ChatResponse


@attrs.frozen
class Failed:
    """The stream ended badly; `partial` is what had come, its usage unknown unless the provider sent it."""

    error: LLMError
    partial: ChatResponse

    @property
    def after_output(self) -> bool:
        """Whether the caller had seen part of an answer, or tools that were run for it."""
        return bool(self.partial.parts or self.partial.steps)


@attrs.frozen(eq=False)
class FrameBatch:
    """What one read of the network brought: its events, none of them an end, and its frames as they came.

    Only a stream whose request has an `original` holds it. Whoever changes an event, or makes
    one stream of several, passes on events of its own in place of the batch; so nobody has changed what is still raw.
    """

    events: tuple[StreamEvent, ...]
    data: bytes | None = attrs.field(repr=False)
    """None where the provider's dialect is another than that of the `original`."""
    count: int
    """Deltas in it; a run of text is one event, so there may be fewer events."""
    is_last: bool = False
    """Whether the protocol's own end is in `data`."""
    headers: Pairs = attrs.field(default=(), repr=False)
    """The vendor's headers, on the first batch of a stream."""


StreamEvent: TypeAlias = (
    Started
    | TextDelta
    | ReasoningDelta
    | ToolCallStarted
    | ToolCallDelta
    | PartDone
    | ToolRan
    | ReadingProgress
    | Restarted
    | Done
    | Failed
)

StreamItem: TypeAlias = StreamEvent | FrameBatch
"""What goes through the services: `StreamEvent`, and between equals the frames that came."""
