"""The server on a real socket, over a simulator on another: what the tests of gateway, API and page stand on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from returns.result import Failure

from pointsman.adapters.providers.table import PROVIDERS
from pointsman.adapters.simulator.listener import RunningSimulator
from pointsman.adapters.simulator.listener import serve as simulate
from pointsman.adapters.simulator.scenario import Scenario
from pointsman.layers.serve_options import Served, ServeOptions
from pointsman.layers.serving import serving
from pointsman.layers.settings.found import load_settings
from pointsman.layers.settings.sources import Arguments
from pointsman.layers.simulation import simulated_path, simulator
from tests.patience import GUARD
from tests.simulated import STRICT

BEHIND = ("openai", "openai-responses", "anthropic", "gemini", "ollama")
KEY = "sk-upstream-secret-0123456789"
SETTINGS = 'default_provider = "openai"\n[retries]\nmax_retries = 0\n[breaker]\nfailures = 1000\n' + "".join(
    f'[providers.{name}]\nkind = "{name}"\nbase_url = "ADDRESS{simulated_path(PROVIDERS[name])}"\n'
    f'api_key = "{KEY}"\nmodel = "sim"\n'
    for name in BEHIND
)


@attrs.frozen
class Running:
    """A server, the simulator behind it, and the portal into their event loop."""

    served: Served
    upstream: RunningSimulator
    portal: BlockingPortal
    home: Path

    @property
    def address(self) -> str:
        return self.served.address

    @contextmanager
    def signed_in(self) -> Iterator[httpx.Client]:
        """A client with a session of the page, and its word against forgery."""
        with httpx.Client(base_url=self.address, timeout=GUARD, trust_env=False) as client:
            link = self.served.site.sessions.new_link()
            data = client.post("/api/v1/session", json={"link": link}).json()["data"]
            client.headers["x-pointsman-csrf"] = data["csrf"]
            yield client


@contextmanager
def running(
    home: Path,
    settings: str = SETTINGS,
    pace: float = 0.0,
    scenario: Scenario | None = None,
    strict: bool = STRICT,
    database: str | None = None,
    **options: Any,
) -> Iterator[Running]:
    """Serve `settings`, in which ADDRESS is the simulator's, from a database in `home` unless one is named."""
    home.mkdir(exist_ok=True)
    with start_blocking_portal() as portal:
        made = simulator(pace=pace, scenario=scenario, strict=strict)
        with portal.wrap_async_context_manager(simulate(made)) as upstream:
            config = home / "pointsman.toml"
            config.write_text(settings.replace("ADDRESS", upstream.address))
            environment = {"POINTSMAN_DATABASE": database or str(home / "pointsman.db")}
            loaded = load_settings(Arguments(), str(config), environment).unwrap()
            chosen = attrs.evolve(ServeOptions(port=0, config=str(config), pace=0.0), **options)
            with portal.wrap_async_context_manager(serving(loaded, chosen)) as opened:
                if isinstance(opened, Failure):
                    raise RuntimeError(str(opened.failure()))
                yield Running(opened.unwrap(), upstream, portal, home)
