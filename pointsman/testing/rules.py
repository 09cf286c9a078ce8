"""Rules of a scripted client: which question is answered by which reply. Pure but for what each rule was asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import attrs

from pointsman.core.chat.event import StreamEvent
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import ChatError, InvalidResponse

Reply: TypeAlias = str | ChatResponse | ChatError | Sequence[StreamEvent]
When: TypeAlias = str | Callable[[ChatRequest], bool]


@attrs.define
class ScriptRule:
    """See `ScriptedClient.respond`. `calls` are the requests that it has answered."""

    when: When
    replies: tuple[Reply, ...]
    delay: float = 0.0
    times: int | None = None
    optional: bool = False
    calls: list[ChatRequest] = attrs.field(factory=list)

    def fits(self, request: ChatRequest) -> bool:
        """Whether it answers `request`, and is not used up."""
        if self.times is not None and len(self.calls) >= self.times:
            return False
        return self.when(request) if callable(self.when) else self.when in _last_text(request)

    def take(self, request: ChatRequest) -> Reply:
        """The reply to `request`."""
        reply = self.replies[min(len(self.calls), len(self.replies) - 1)]
        self.calls.append(request)
        return reply

    def describe(self) -> str:
        """In words, for a message."""
        when = "a function" if callable(self.when) else repr(self.when)
        return when if self.times is None else f"{when} ({len(self.calls)} of {self.times} used)"


def first_fitting(rules: Sequence[ScriptRule], request: ChatRequest) -> ScriptRule | None:
    """The rule that answers `request`."""
    return next((rule for rule in rules if rule.fits(request)), None)


def no_rule(rules: Sequence[ScriptRule], request: ChatRequest) -> InvalidResponse:
    """What is said where no rule answers `request`."""
    said = ", ".join(rule.describe() for rule in rules)
    return InvalidResponse(detail=f"no rule of the script fits {_last_text(request)!r}; the rules are {said}")


def _last_text(request: ChatRequest) -> str:
    return request.messages[-1].text if request.messages else ""
