from examples.two_providers import answer
from pointsman import ModelUnavailable, Settings, fake, fake_settings, open_app
from pointsman.testing import ScriptedClient


async def test_the_second_provider_steps_in() -> None:
    down = ScriptedClient(lambda request: ModelUnavailable(detail="overloaded"), provider="openai")
    fine = ScriptedClient(["Towards the tower."], provider="anthropic")
    settings: Settings = fake_settings("openai", "anthropic")
    async with open_app(fake({"openai": down, "anthropic": fine}), settings) as opened:
        assert await answer(opened.unwrap(), "Which way?") == "Towards the tower."
    assert len(down.requests) == 3  # one try and two retries, in no time
