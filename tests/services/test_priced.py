"""What a call costs, and the most it may: by service tier, lifetime of cache writes, and number of choices."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest

from pointsman.core.chat.completion import CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.chat.metered import USUAL_LONGEST_OUTPUT, input_tokens, most_output
from pointsman.core.chat.request import NO_LIMIT, ask
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.usage import Usage
from pointsman.core.effect import settle
from pointsman.core.models.model import ModelFacts
from pointsman.core.money.cost import UNKNOWN_COST, Cost
from pointsman.core.money.price import Price, Rates
from pointsman.core.routing.candidate import requirements_of
from pointsman.testing import ScriptedClient
from tests.managed import answer, chat, managed

STANDARD = Rates(input=Decimal(1), output=Decimal(1), cache_write=Decimal("1.25"))
PRICE = Price(rates=STANDARD, tiers=(("priority", Price(rates=STANDARD.times(Decimal(2)))),))
FACTS = {"fake/m": ModelFacts(price=PRICE)}


@pytest.mark.parametrize(
    ("tier", "cost"),
    [
        (None, Cost(Decimal("0.0002"))),
        ("default", Cost(Decimal("0.0002"))),
        ("priority", Cost(Decimal("0.0004"))),
        ("scale", UNKNOWN_COST),
    ],
)
async def test_an_answer_costs_what_the_tier_that_served_it_costs(tier: str | None, cost: Cost) -> None:
    inner = ScriptedClient([attrs.evolve(answer(), service_tier=tier)])
    async with managed(inner, FACTS) as app:
        response = await chat(app.client, ask("fake/m", "hi"))
    assert isinstance(response, ChatResponse)
    assert response.cost == cost


async def test_writes_for_an_hour_cost_more_than_those_for_five_minutes() -> None:
    brief = Usage(100_000, 0, 0, 100_000, 0, cache_write_1h=0)
    inner = ScriptedClient([answer(usage=brief), answer(usage=attrs.evolve(brief, cache_write_1h=100_000))])
    async with managed(inner, FACTS) as app:
        costs = [await chat(app.client, ask("fake/m", "hi")) for _ in range(2)]
    assert [one.cost.amount for one in costs if isinstance(one, ChatResponse)] == [Decimal("0.125"), Decimal("0.2")]


async def test_an_estimate_reckons_with_the_tier_and_with_every_choice() -> None:
    request = attrs.evolve(ask("fake/m", "hi"), max_tokens=1000)
    async with managed(ScriptedClient(), FACTS) as app:
        plain, three, dear = [
            (await settle(app.manager.estimate(attrs.evolve(request, **changes)))).unwrap()
            for changes in ({}, {"n": 3}, {"service_tier": "priority"})
        ]
    assert three.output_tokens == 3 * plain.output_tokens == 3000
    assert three.most.amount > 2 * plain.most.amount
    assert dear.expected.amount == 2 * plain.expected.amount


def test_no_limit_is_not_a_number_of_tokens() -> None:
    unlimited = attrs.evolve(ask("m", "hi"), max_tokens=NO_LIMIT)
    facts = ModelFacts(max_output=500)
    assert most_output(unlimited, facts) == 500
    assert most_output(attrs.evolve(unlimited, n=2), ModelFacts()) == 2 * USUAL_LONGEST_OUTPUT
    assert most_output(CompletionRequest("m", "once", max_tokens=7, n=2), facts) == 14
    assert requirements_of(unlimited) == requirements_of(ask("m", "hi"))


def test_texts_that_come_as_the_models_own_tokens_are_counted() -> None:
    assert input_tokens(EmbeddingRequest("m", (), token_ids=((1, 2, 3), (4,)))) == 4
