from decimal import Decimal

import attrs

from examples.manager import SETTINGS, answer, bill
from pointsman import Budget, fake, open_app
from pointsman.testing import ScriptedClient, VirtualClock


async def test_the_second_equal_question_is_free(llm_clock: VirtualClock) -> None:
    models = {name: ScriptedClient(["Towards the tower."], provider=name) for name in SETTINGS.providers}
    async with open_app(fake(models, llm_clock), SETTINGS) as opened:
        app = opened.unwrap()
        first = await answer(app, "ann", "Which way?")
        assert first.startswith("Towards the tower. ($0.0000")
        assert await answer(app, "ann", "Which way?") == "Towards the tower. ($0, cached)"
        assert (await bill(app))[0].startswith("ann: 2 calls, $0.0000")
    assert len(models["claude"].requests) == 1
    assert models["home"].requests == []


async def test_a_dear_model_is_left_for_a_free_one_when_the_budget_is_small(llm_clock: VirtualClock) -> None:
    models = {name: ScriptedClient([f"From {name}."], provider=name) for name in SETTINGS.providers}
    tiny = attrs.evolve(SETTINGS, budgets=(Budget(name="nothing", usd=Decimal(0)),))
    async with open_app(fake(models, llm_clock), tiny) as opened:
        assert await answer(opened.unwrap(), "bob", "Which way?") == "From home. ($0)"
