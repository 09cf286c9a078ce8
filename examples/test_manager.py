from decimal import Decimal

import attrs

from examples.manager import SETTINGS, answer, bill
from pointsman import Budget, fake, open_app
from pointsman.adapters.fakes.client import ScriptedClient
from pointsman.layers.live import price_book, provider_facts


async def test_the_second_equal_question_is_free() -> None:
    models = {name: ScriptedClient(["Towards the tower."], provider=name) for name in SETTINGS.providers}
    layers = attrs.evolve(fake(models), facts=provider_facts, book=price_book)  # the real prices
    async with open_app(layers, SETTINGS) as opened:
        app = opened.unwrap()
        first = await answer(app, "ann", "Which way?")
        assert first.startswith("Towards the tower. ($0.0000")
        assert await answer(app, "ann", "Which way?") == "Towards the tower. ($0, cached)"
        assert (await bill(app))[0].startswith("ann: 2 calls, $0.0000")
    assert len(models["claude"].requests) == 1
    assert models["home"].requests == []


async def test_a_dear_model_is_left_for_a_free_one_when_the_budget_is_small() -> None:
    models = {name: ScriptedClient([f"From {name}."], provider=name) for name in SETTINGS.providers}
    tiny = attrs.evolve(SETTINGS, budgets=(Budget(name="nothing", usd=Decimal(0)),))
    layers = attrs.evolve(fake(models), facts=provider_facts, book=price_book)
    async with open_app(layers, tiny) as opened:
        assert await answer(opened.unwrap(), "bob", "Which way?") == "From home. ($0)"
