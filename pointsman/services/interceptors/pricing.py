"""Interceptor: puts the cost on every answer, and on the partial answer of a stream that broke."""

from __future__ import annotations

from typing import Never

import attrs
from returns.result import Result, Success

from pointsman.core.chat.embedding import EmbeddingResponse
from pointsman.core.chat.replace import replace
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import Transcription
from pointsman.core.money.cost import Cost
from pointsman.core.money.price import Price, audio_price, cost_of
from pointsman.services.interceptors.interceptor import After, AnyResponse, Call
from pointsman.services.ports.model_book import ModelBook


@attrs.frozen
class Priced:
    """Prices by `book`: of the model that was asked, else of the one that the provider says it used, in its tier."""

    book: ModelBook
    _through: Result[After | None, Never] = attrs.field(
        init=False, repr=False, eq=False, default=attrs.Factory(lambda self: Success(self._add_cost), takes_self=True)
    )
    """Made once: every call is let through so."""

    async def before(self, call: Call) -> Result[After | None, Never]:
        """Let it through."""
        return self._through

    async def _add_cost(self, call: Call) -> None:
        """Put the cost on what came."""
        if call.response is not None:
            call.response = replace(call.response, cost=price_answer(self.book, call, call.response))
        elif call.partial is not None and call.partial.usage.total is not None:
            call.partial = attrs.evolve(call.partial, cost=price_answer(self.book, call, call.partial))


def price_answer(book: ModelBook, call: Call, response: AnyResponse) -> Cost:
    """What `response` to `call` costs: by the model that was asked, else by the one that it names, in its tier."""
    usage = response.usage
    if isinstance(response, EmbeddingResponse) and usage.output is None:
        usage = attrs.evolve(usage, output=0)  # an embedding writes nothing
    price = _price(book, call.provider, call.model, response.model)
    tier = response.service_tier if isinstance(response, ChatResponse) else None
    return cost_of(audio_price(price) if isinstance(response, Transcription) else price, usage, tier)


def _price(book: ModelBook, provider: str, asked: str, answered: str) -> Price | None:
    price = book.facts(provider, asked).price
    if price is None and answered and answered != asked:
        return book.facts(provider, answered).price
    return price
