"""Interceptor: measures every try: puts its cost on the answer, and records on the scoreboard how it went."""

from __future__ import annotations

from typing import Never

import attrs
from returns.result import Result, Success

from pointsman.core.chat.embedding import EmbeddingResponse
from pointsman.core.chat.replace import replace
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import Transcription
from pointsman.core.error import RateLimitExceeded
from pointsman.core.money.cost import Cost
from pointsman.core.money.price import audio_price, cost_of
from pointsman.core.routing.breaker import is_outage
from pointsman.core.routing.model_stats import Sample
from pointsman.services.interceptors.interceptor import After, AnyResponse, Call
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.model_book import ModelBook
from pointsman.services.ports.scoreboard import Scoreboard


@attrs.frozen
class Measured:
    """Measures calls for `scoreboard`, and prices them by `book`: answers, and what came of a stream that broke."""

    book: ModelBook
    scoreboard: Scoreboard
    clock: Clock
    _through: Result[After | None, Never] = attrs.field(
        init=False, repr=False, eq=False, default=attrs.Factory(lambda self: Success(self._note), takes_self=True)
    )
    """Made once: every call is let through so."""

    def before(self, call: Call) -> Result[After | None, Never]:
        """Let it through; the model is busy with one more."""
        self.scoreboard.begin(call.ref)
        return self._through

    def _note(self, call: Call) -> None:
        self.scoreboard.end(call.ref, sample_of(call), self.clock.now())  # first: a book of the user's own may raise
        if call.response is not None:
            call.response = replace(call.response, cost=price_answer(self.book, call, call.response))
        elif call.partial is not None and call.partial.usage.total is not None:
            call.partial = replace(call.partial, cost=price_answer(self.book, call, call.partial))


def price_answer(book: ModelBook, call: Call, response: AnyResponse) -> Cost:
    """What `response` to `call` costs: by the model that was asked, else by the one that it names, in its tier."""
    usage, asked, answered = response.usage, call.model, response.model
    price = book.facts(call.provider, asked).price
    if price is None and answered and answered != asked:
        price = book.facts(call.provider, answered).price
    if isinstance(response, ChatResponse):
        return cost_of(price, usage, response.service_tier)
    if isinstance(response, EmbeddingResponse) and usage.output is None:
        usage = attrs.evolve(usage, output=0)  # an embedding writes nothing
    return cost_of(audio_price(price) if isinstance(response, Transcription) else price, usage)


def sample_of(call: Call) -> Sample | None:
    """The sample that `call` adds to the model's statistics.

    None for errors of the caller and for cancellations: they say nothing about the model.
    """
    if call.response is not None:
        first = None if call.first is None else call.first - call.began
        return Sample(
            ok=True,
            seconds=call.seconds,
            first_output=first,
            output_tokens=call.response.usage.output,
            fingerprint=call.response.model,
        )
    if call.error is None:
        return None
    down = is_outage(call.error, call.request.timeout is not None) or isinstance(call.error, RateLimitExceeded)
    return Sample(ok=False, seconds=call.seconds) if down and not call.error.local else None
