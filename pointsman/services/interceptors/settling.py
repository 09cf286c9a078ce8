"""What a try that has ended is booked at, by how it ended. It knows no ledger and no budget.

| the try ended | booked |
|---|---|
| with an answer, or a broken stream, whose usage was told | that |
| with an answer that tells no usage | the most it could cost |
| refused or cancelled before the client was asked, as in the queue of a rate limit | nothing |
| before the request went out, or with a refusal of the provider's | nothing |
| cut off, cancelled or too late after the request went out | the most it could cost |
| the same, a stream of a provider that stops writing when its client leaves | an estimate of the text that came |
| cancelled, at one that goes on: read to its end in the background (`abandoned.py`) | what it told in the end |

A usage far beyond what the model can read and write is not believed; it is booked up to that.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from pointsman.core.chat.event import ReasoningDelta, StreamEvent, TextDelta, ToolCallDelta
from pointsman.core.chat.metered import input_tokens
from pointsman.core.chat.replace import replace
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.token_estimate import estimate_text
from pointsman.core.chat.usage import Usage
from pointsman.core.error import ChatError, InvalidResponse, TimeoutError
from pointsman.core.models.model import ModelFacts
from pointsman.core.money.cost import Cost
from pointsman.core.money.price import cost_of, is_free
from pointsman.core.money.settlement import MOST, NOTHING_ASKED, Amount, Basis, Settlement
from pointsman.services.interceptors.interceptor import AnyResponse, Call
from pointsman.services.ports.sending import Sending

_LARGEST_WINDOW = 10_000_000
"""Tokens. No model reads more at once; a smaller usage of a model whose window is not known is believed."""
_UNLIKELY = 30_000
"""Tokens. A smaller usage is not looked at twice."""
_TIMES = 4
"""How many windows full, and how many times what was foreseen, are believed: where a vendor runs tools of its own, one
answer is the sum of several rounds."""


@attrs.frozen
class Foreseen:
    """The most that a try can use, and whether its price is known."""

    amount: Amount
    is_priced: bool = True


@attrs.define(eq=False)
class ArrivedText:
    """The text of a stream, for a provider that stops writing when its client leaves."""

    pieces: list[str] = attrs.field(factory=list)

    def see(self, event: StreamEvent) -> None:
        """Keep what `event` adds."""
        if isinstance(event, (TextDelta, ReasoningDelta)):
            self.pieces.append(event.text)
        elif isinstance(event, ToolCallDelta):
            self.pieces.append(event.arguments)

    @property
    def tokens(self) -> int:
        """How many tokens it should be."""
        return estimate_text("".join(self.pieces))


def settle_call(
    call: Call, facts: ModelFacts, foresee: Callable[[], Foreseen], sending: Sending, arrived: ArrivedText | None = None
) -> Settlement:
    """What the try `call` is booked at; `arrived` is the text of a stream that stops with its reader."""
    if not call.is_let_through:
        return NOTHING_ASKED
    said = call.response or call.partial
    if said is not None and said.usage.total is not None:
        return _settle_as_told(said.usage, said.cost)
    if call.response is not None:
        return _most(foresee(), facts)
    error = call.error
    if error is not None and not _may_be_billed(error, call, sending):
        return NOTHING_ASKED
    if not sending.went_out:
        return NOTHING_ASKED
    if arrived is not None and (error is None or isinstance(error, TimeoutError)):
        taken = None if call.started is None else call.started.usage.input
        read = input_tokens(call.request) if taken is None else taken
        guess = Usage(read, arrived.tokens, 0, 0, 0, estimated=True)
        cost = cost_of(facts.price, guess)
        return Settlement(Amount(cost.picodollars, guess.total or 0), "estimated", is_free(facts.price))
    return _most(foresee(), facts)


def _settle_as_told(usage: Usage, cost: Cost) -> Settlement:
    basis: Basis = "estimated" if usage.estimated else "told"
    return Settlement(Amount(min(cost.picodollars, MOST), min(usage.total or 0, MOST)), basis, cost.complete)


def _most(foreseen: Foreseen, facts: ModelFacts) -> Settlement:
    return Settlement(foreseen.amount, "reserved", is_free(facts.price))


def _may_be_billed(error: ChatError, call: Call, sending: Sending) -> bool:
    """Whether the provider may have served what ended so: it was sent, and what came is no refusal."""
    if error.local:
        return False
    has_begun = call.started is not None or call.pieces > 0 or bool(call.partial is not None and call.partial.parts)
    is_unreadable = isinstance(error, InvalidResponse) and error.status is None and sending.went_out
    return error.sent or has_begun or is_unreadable


def believable(call: Call, facts: ModelFacts, foresee: Callable[[], Foreseen]) -> bool:
    """Whether the usage that was told can be; where it cannot, what is in `call` is cut to the most that can.

    What is cut is marked: the usage as an estimate, the cost as not known for certain.
    """
    said = call.response or call.partial
    total = None if said is None else said.usage.total
    if said is None or total is None or total <= _UNLIKELY:
        return True
    window = _TIMES * (facts.context_length + (facts.max_output or 0)) if facts.context_length else _LARGEST_WINDOW
    most = window if total <= window else max(window, _TIMES * foresee().amount.tokens)
    if total <= most:
        return True
    cut = _cut(said, most, total)
    if call.response is not None:
        call.response = cut
    elif isinstance(cut, ChatResponse):
        call.partial = cut
    return False


def _cut(said: AnyResponse, most: int, total: int) -> AnyResponse:
    """Of `said` the share of its usage that can be, and that share of its cost."""
    usage, cost = said.usage, Settlement(Amount(said.cost.picodollars * most // total), complete=False).cost
    counts = attrs.asdict(usage, filter=lambda field, value: type(value) is int)
    cut = attrs.evolve(usage, estimated=True, **{name: count * most // total for name, count in counts.items()})
    return replace(said, usage=cut, cost=cost)
