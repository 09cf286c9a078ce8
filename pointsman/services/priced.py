"""Guard: puts the cost on every answer, and on the partial answer of a stream that broke."""

from __future__ import annotations

import attrs
from returns.result import Result, Success

from pointsman.core.cost import Cost
from pointsman.core.embedding import EmbeddingResponse
from pointsman.core.error import LLMError
from pointsman.core.price import Price, cost_of, of_sound
from pointsman.core.replace import replace
from pointsman.core.response import ChatResponse
from pointsman.core.transcription import Transcription
from pointsman.services.guard import AnyResponse, Call
from pointsman.services.model_book import ModelBook


@attrs.frozen
class Priced:
    """Prices by `book`: of the model that was asked, else of the one that the provider says it used, in its tier."""

    book: ModelBook

    async def admit(self, call: Call) -> Result[Priced, LLMError]:
        """Always."""
        return Success(self)

    async def close(self, call: Call) -> None:
        """Put the cost on what came."""
        if call.response is not None:
            call.response = replace(call.response, cost=self._cost(call, call.response))
        elif call.partial is not None and call.partial.usage.total is not None:
            call.partial = attrs.evolve(call.partial, cost=self._cost(call, call.partial))

    def _cost(self, call: Call, response: AnyResponse) -> Cost:
        usage = response.usage
        if isinstance(response, EmbeddingResponse) and usage.output is None:
            usage = attrs.evolve(usage, output=0)  # an embedding writes nothing
        price = self._price(call.provider, call.model, response.model)
        tier = response.service_tier if isinstance(response, ChatResponse) else None
        return cost_of(of_sound(price) if isinstance(response, Transcription) else price, usage, tier)

    def _price(self, provider: str, asked: str, answered: str) -> Price | None:
        price = self.book.facts(provider, asked).price
        if price is None and answered and answered != asked:
            return self.book.facts(provider, answered).price
        return price
