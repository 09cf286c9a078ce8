"""Puts the demo together: a simulator, a server in front of it, a client of that server, and a folder to heal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.simulator.scenario import FixedAnswer, Match, Rule, Scenario
from pointsman.core.chat.request import ask
from pointsman.core.error import ConfigurationError
from pointsman.core.evaluation.answer_formats import write_answer
from pointsman.core.money.budget import Budget
from pointsman.core.security.secret import Secret
from pointsman.core.settings import CacheSettings, ModelSettings, ProviderSettings, RoutingSettings, Settings
from pointsman.layers.app import open_app
from pointsman.layers.engines import shelf_of
from pointsman.layers.healing import healer_for
from pointsman.layers.live import live
from pointsman.layers.serve_options import ServeOptions
from pointsman.layers.serving import serving
from pointsman.layers.simulation import simulated_settings, simulator, simulator_running
from pointsman.services.app import App
from pointsman.services.healing.healer import Healer, approve_all

BUDGET_TAG = "demo-budget"
"""Calls with this tag have a small budget of their own."""
_SMALL = "smollm2"
_FAULTY = (
    "def platform(train):\n    return trains[train]\n\n\ntrains = {'night train': 3}\nprint(platform('Night train'))\n"
)
_HEALED = _FAULTY.replace("trains[train]", "trains[train.lower()]")


@attrs.frozen(kw_only=True)
class OpenedDemo:
    """What the demo is shown with; its fields are those of the command line's `DemoApp`."""

    app: App
    address: str
    gateway: str
    outside: App
    healer: Healer
    small: str | None


@asynccontextmanager
async def open_demo(seed: int, pace: float) -> AsyncIterator[Result[OpenedDemo, ConfigurationError]]:
    """All of it, as long as the scope is open. Nothing of it is kept."""
    small = await _small_model()
    with TemporaryDirectory(prefix="pointsman-demo-", ignore_cleanup_errors=True) as folder:
        (Path(folder) / "trains.py").write_text(_FAULTY, "utf-8")
        async with simulator_running(simulator(seed, _scenario(), pace)) as address:
            settings = _settings(address, small)
            settings = attrs.evolve(settings, database=f"{folder}/demo.db", key_file=f"{folder}/demo.key")
            async with serving(settings, ServeOptions(port=0, fixed=True)) as served:
                if isinstance(served, Failure):
                    yield Failure(served.failure())
                    return
                gateway, running = served.unwrap().address, served.unwrap().running
                async with open_app(live, _outside(gateway)) as outside:
                    with running.lease() as app:
                        healer = healer_for(app, folder, approve=approve_all, request=ask("openai/sim", ""))
                        yield outside.map(
                            lambda other: OpenedDemo(
                                app=app, address=address, gateway=gateway, outside=other, healer=healer, small=small
                            )
                        )


def _settings(address: str, small: str | None) -> Settings:
    """Simulated providers with all that the manager can do: prices (made up), cache, routing, a small budget."""
    prices = (("openai/*", "0.15", "0.6"), ("anthropic/*", "3", "15"), ("gemini/*", "0.3", "2.5"))
    models = {name: ModelSettings(input=Decimal(taken), output=Decimal(given)) for name, taken, given in prices}
    simulated = simulated_settings(address)
    own = {} if small is None else {"local": ProviderSettings(name="local", kind="local", model=small)}
    return attrs.evolve(
        simulated,
        providers={**simulated.providers, **own},
        routing=RoutingSettings(candidates=("openai", "anthropic", "ollama")),
        cache=CacheSettings(enabled=True),
        models=models,
        budgets=(Budget(name="small", usd=Decimal("0.0005"), scope="tag", only=BUDGET_TAG, period="day"),),
    )


def _outside(gateway: str) -> Settings:
    """Those of a program that knows the gateway alone."""
    provider = ProviderSettings(name="gateway", kind="anthropic", base_url=gateway, api_key=Secret("none-is-asked-for"))
    return Settings(providers={"gateway": provider}, default_provider="gateway")


def _scenario() -> Scenario:
    """Knows what heals the program of the demo; everything else is answered as usual."""
    answer = write_answer({"trains.py": _FAULTY}, {"trains.py": _HEALED}, "blocks")
    return Scenario((Rule(FixedAnswer(text=answer), Match(contains="trains.py")),))


async def _small_model() -> str | None:
    """The very small model of the catalogue, where it and the engine that runs it are installed."""
    if find_spec("xllamacpp") is None:
        return None
    found = await shelf_of(Settings().engine).find(_SMALL)
    return _SMALL if isinstance(found, Success) else None
