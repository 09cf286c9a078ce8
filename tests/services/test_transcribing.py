"""Transcription through the middleware, with scripted clients and virtual time."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import attrs
import pytest
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman import (
    Audio,
    Budget,
    Bytes,
    ChatError,
    ConfigurationError,
    Transcription,
    TranscriptionRequest,
    Usage,
    settle,
)
from pointsman.core.error import ModelUnavailable
from pointsman.core.models.model import ModelFacts
from pointsman.core.money.cost import UNKNOWN_COST
from pointsman.core.money.price import FREE_PRICE, Price, Rates, audio_price
from pointsman.core.routing.rate import Limit
from pointsman.services.ports.client import Client
from pointsman.testing import ScriptedClient, VirtualClock
from tests.managed import managed

WAV = Audio(Bytes(bytes(32_000), "audio/wav"))
ASKED = TranscriptionRequest("fake/m", WAV, language="de")


@attrs.define
class Counting(ScriptedClient):
    """Transcribes, after some failures, and says how many tokens it took."""

    failures: int = 0

    async def call_transcribe(self, request: TranscriptionRequest) -> Result[Transcription, ChatError]:
        """As `ScriptedClient.transcribe`, with usage."""
        if self.failures:
            self.failures -= 1
            return Failure(ModelUnavailable(detail="loading", provider=self.provider, model=request.model))
        told = await ScriptedClient.call_transcribe(self, request)
        return Success(attrs.evolve(told.unwrap(), usage=Usage(1_000_000, 0, 0, 0, 0)))


def costing(source: str) -> ModelFacts:
    """Facts of a model whose million tokens cost two dollars, by `source`."""
    return ModelFacts(price=Price(rates=Rates(input=Decimal(2), output=Decimal(2)), source=source))


async def heard(client: Client, request: TranscriptionRequest = ASKED) -> Transcription | ChatError:
    """The outcome of a transcription."""
    return unwrap_or_failure(await settle(client.transcribe(request)))


async def test_the_named_provider_is_asked_with_its_bare_model() -> None:
    other, fake = ScriptedClient(provider="other"), ScriptedClient()
    async with managed({"other": other, "fake": fake}) as app:
        answer = await heard(app.client)
        wrong = await heard(app.client, TranscriptionRequest("", WAV))
    assert isinstance(answer, Transcription)
    assert answer.text == "32000 bytes of audio/wav"
    assert [request.model for request in fake.sounds] == ["m"]
    assert isinstance(wrong, Transcription)
    assert [request.model for request in other.sounds] == ["m"], "it is completed at the provider's door"


async def test_failed_tries_are_counted_and_a_usage_record_is_left() -> None:
    async with managed(Counting(failures=2)) as app:
        answer = await heard(app.client)
        (record,) = (await settle(app.manager.usage_log.read())).unwrap()
    assert isinstance(answer, Transcription)
    assert len(answer.attempts) == 3
    assert (record.kind, record.model, record.attempts, record.outcome) == ("transcribe", "m", 3, "ok")
    assert record.usage.input == 1_000_000


@pytest.mark.parametrize(("source", "cost"), [("settings", "$2.00"), ("genai-prices 2026-11-10", "unknown")])
async def test_a_price_of_text_is_not_taken_for_one_of_sound(source: str, cost: str) -> None:
    async with managed(Counting(), {"fake/m": costing(source)}) as app:
        answer = await heard(app.client)
    assert isinstance(answer, Transcription)
    assert str(answer.cost) == cost


async def test_a_budget_in_dollars_refuses_what_it_cannot_reckon() -> None:
    budgets: Any = (Budget(name="day", usd=Decimal(100)),)
    async with managed(Counting(), {"fake/m": costing("genai-prices")}, budgets=budgets) as app:
        refused = await heard(app.client)
    assert isinstance(refused, ConfigurationError)
    assert "price of fake/m is not known" in refused.detail
    async with managed(Counting(), {"fake/m": costing("settings")}, budgets=budgets) as app:
        assert isinstance(await heard(app.client), Transcription)
        ((_, balance),) = (await settle(app.manager.balances())).unwrap()
    assert str(balance.spent.cost) == "$2.00"


async def test_tokens_of_sound_count_in_rate_limits() -> None:
    clock = VirtualClock()
    limits = {"fake": Limit(tokens_per_minute=15, max_wait=120.0)}
    async with managed(ScriptedClient(), clock=clock, limits=limits) as app:
        began = clock.monotonic()
        for _ in range(2):
            assert isinstance(await heard(app.client), Transcription)
    assert clock.monotonic() - began >= 20, "each is reckoned with 10 tokens"


def test_whose_price_holds_for_sound() -> None:
    assert audio_price(None) is None
    assert audio_price(FREE_PRICE) is FREE_PRICE
    assert audio_price(costing("a table").price) is None
    assert Transcription(text="").cost == UNKNOWN_COST
