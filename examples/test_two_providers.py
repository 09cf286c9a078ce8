from examples.two_providers import answer
from pointsman import ModelUnavailable, fake, fake_settings, open_app
from pointsman.testing import ScriptedClient, VirtualClock


async def test_the_second_provider_steps_in(llm_clock: VirtualClock) -> None:
    down = ScriptedClient(lambda request: ModelUnavailable(detail="overloaded"), provider="openai")
    fine = ScriptedClient(["Towards the tower."], provider="anthropic")
    layers = fake({"openai": down, "anthropic": fine}, llm_clock)
    async with open_app(layers, fake_settings("openai", "anthropic")) as opened:
        assert await answer(opened.unwrap(), "Which way?") == "Towards the tower."
    assert len(down.requests) == 3  # one try and two retries
    assert llm_clock.sleeps == [0.5, 1.0]  # in no time
