"""What a model answered, in one form for all of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, TypeAlias, TypeVar

import attrs

from pointsman.core.chat.message import Message
from pointsman.core.chat.original import OriginalResponse
from pointsman.core.chat.part import Part, Reasoning, Refusal, Text, ToolCall
from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.error import Attempt, Fault
from pointsman.core.money.cost import FREE, UNKNOWN_COST, Cost
from pointsman.core.prompts.plan import PromptPiece
from pointsman.core.routing.policy import Explanation
from pointsman.core.routing.rate import RateLimits

_Fault = TypeVar("_Fault", bound=Fault)


class Finish(StrEnum):
    """Why the answer ended."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"
    REFUSAL = "refusal"
    CONTEXT_FULL = "context_full"
    PAUSED = "paused"


@attrs.frozen
class Other:
    """A value the provider sent that this version does not know, kept as it came."""

    raw: str

    def __str__(self) -> str:
        return self.raw


FinishReason: TypeAlias = Finish | Other
CacheUse: TypeAlias = Literal["", "exact", "semantic"]


@attrs.frozen
class Warning:
    """Something the caller should know though the call succeeded: a parameter left out, a guess made."""

    subject: str
    text: str


@attrs.frozen
class TokenLogprob:
    """One token of an answer with its natural log probability, and the likeliest others in its place."""

    token: str
    logprob: float
    data: bytes | None = None
    """The token's bytes, where it is a part of a character."""
    alternatives: tuple[TokenLogprob, ...] = ()

    @property
    def utf8(self) -> bytes:
        """Its bytes, whether or not they were told."""
        return self.token.encode() if self.data is None else self.data


@attrs.frozen(kw_only=True)
class Choice:
    """A further answer to the same request, where several were asked for."""

    parts: tuple[Part, ...] = ()
    finish_reason: FinishReason | None = None
    logprobs: tuple[TokenLogprob, ...] = ()

    @property
    def text(self) -> str:
        """All text parts, joined."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))


@attrs.frozen(kw_only=True, slots=False)  # copied often: see `core/chat/replace.py`
class ChatResponse:
    """One answer.

    `parts` are in the order the model gave them; `latency_ms` is the whole call; `attempts` has one entry for each
    try, the last of which gave this answer; `model` and `id` are as the provider reported them. `finish_reason` is
    None only in the partial answer of a stream that broke.

    `cost` is what this answer cost. `cache` says that it came from the cache (`exact`: the same was asked; `semantic`:
    something like it), `cache_age` seconds old, and `saved` is what it did not cost again (`usage` is still that of
    the call that made it). `route` says why this model was asked, where a router chose it. `rate_limits` are
    what the provider's headers told of its own limits. `steps` are the messages between the request and this answer
    where tools were run; `usage`, `cost`, `saved` and `warnings` are then those of all rounds together. `recalled` are
    the memories that the model was told, `prompt` the pieces of its instructions, where they were put together here.
    """

    parts: tuple[Part, ...] = ()
    finish_reason: FinishReason | None = None
    usage: Usage = UNKNOWN
    model: str = ""
    provider: str = ""
    id: str = ""
    latency_ms: float | None = None
    attempts: tuple[Attempt, ...] = ()
    warnings: tuple[Warning, ...] = ()
    cost: Cost = UNKNOWN_COST
    saved: Cost = FREE
    cache: CacheUse = ""
    cache_age: float | None = None
    route: Explanation | None = None
    rate_limits: RateLimits | None = None
    steps: tuple[Message, ...] = ()
    recalled: tuple[str, ...] = ()
    prompt: tuple[PromptPiece, ...] = ()
    conversation_id: str = ""
    """The conversation that it is a turn of."""
    stop_sequence: str | None = None
    """The stop sequence that ended it, where the provider tells."""
    logprobs: tuple[TokenLogprob, ...] = ()
    """One for each token of the answer, where they were asked for."""
    choices: tuple[Choice, ...] = ()
    """The second answer and those after it, where `n` asked for several."""
    service_tier: str | None = None
    """The tier that served it, as the provider names it."""
    original: OriginalResponse | None = attrs.field(default=None, eq=False, repr=False)
    """As it came, for a client of the gateway that speaks the provider's dialect."""

    @property
    def text(self) -> str:
        """All text parts, joined."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def reasoning(self) -> str:
        """All reasoning that is shown, joined."""
        return "".join(part.text for part in self.parts if isinstance(part, Reasoning))

    @property
    def refusal(self) -> str | None:
        """The model's refusal, if it refused."""
        return "".join(part.text for part in self.parts if isinstance(part, Refusal)) or None

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tools the model asks to run."""
        return tuple(part for part in self.parts if isinstance(part, ToolCall))

    @property
    def is_cached(self) -> bool:
        """Whether it came from the cache."""
        return bool(self.cache)

    @property
    def message(self) -> Message:
        """The answer as the next message of the conversation, opaque state included."""
        return Message("assistant", self.parts)

    @property
    def retry_count(self) -> int:
        """How many tries failed before this answer."""
        return max(0, len(self.attempts) - 1)

    @property
    def used_fallback(self) -> bool:
        """Whether another provider or model answered than the one first asked."""
        return len({(attempt.provider, attempt.model) for attempt in self.attempts}) > 1

    @property
    def fallback_provider(self) -> str | None:
        """The provider that stepped in, if one did."""
        return self.attempts[-1].provider if self.used_fallback else None


def place_error(error: _Fault, response: ChatResponse) -> _Fault:
    """`error`, which is made of `response`, with who gave that."""
    return attrs.evolve(error, provider=response.provider or None, model=response.model or None)


def response_of(error: Fault) -> ChatResponse | None:
    """What there was all the same where a call ended with `error`: an answer, or what was run and paid for one."""
    return error.response if isinstance(error.response, ChatResponse) else None
