"""Simulated models as layers: the simulator with every dialect, and settings that lead to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from io import FileIO

from returns.result import Failure, Result, Success

from pointsman.adapters.home import expand_home
from pointsman.adapters.providers.row import Provider
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.adapters.simulator.listener import serve
from pointsman.adapters.simulator.request_log import Record, RecordedRequest
from pointsman.adapters.simulator.scenario import Scenario
from pointsman.adapters.simulator.scenario_file import parse_scenario
from pointsman.adapters.simulator.simulator import Simulator
from pointsman.adapters.simulator.vendors.compatible import PREFIX
from pointsman.core.error import ConfigurationError, configuration_error
from pointsman.core.json import dumps
from pointsman.core.security.secret import Secret
from pointsman.core.settings import (
    ProviderSettings,
    RetrySettings,
    Settings,
)
from pointsman.layers.endpoints import DIALECT_NAMES, load_dialect


def simulated_path(row: Provider) -> str:
    """The base path at which the simulator stands in for the vendor of `row`, under that vendor's own rules."""
    path = row.path or load_dialect(row.dialect).sdk_base
    return path if row.is_reference or row.dialect != "openai-chat" else f"{PREFIX}{row.name}{path}"


def simulated_paths() -> dict[str, str]:
    """Those of the providers that the simulator tells of, by name."""
    return {row.name: simulated_path(row) for row in PROVIDERS.values() if row.is_simulated}


def simulator(
    seed: int = 0,
    scenario: Scenario | None = None,
    pace: float = 0.0,
    api_key: Secret | None = None,
    *,
    strict: bool = False,
    record: Record | None = None,
) -> Simulator:
    """A simulator of every dialect; a `strict` one refuses what the vendors refuse, `record` is told every request."""
    return Simulator(
        seed,
        dialects=tuple(load_dialect(name) for name in DIALECT_NAMES),
        scenario=scenario or Scenario(),
        pace=pace,
        api_key=api_key,
        strict=strict,
        record=record,
    )


@contextmanager
def recording_to(name: str | None) -> Iterator[Result[Record | None, ConfigurationError]]:
    """What appends requests to the file `name`, a line of JSON each, while the scope is open; None without a name."""
    if name is None:
        yield Success(None)
        return
    try:
        file = expand_home(name).open("ab", buffering=0)
    except OSError as problem:
        detail = f"the file {name!r} cannot be written: {(problem.strerror or 'error').lower()}; name another"
        yield Failure(configuration_error(detail))
        return
    with file:
        yield Success(lambda request: _append(file, request))


def _append(file: FileIO, request: RecordedRequest) -> None:
    file.write(dumps(request.as_json()) + b"\n")


def read_scenario(name: str | None) -> Result[Scenario, ConfigurationError]:
    """The scenario in the file `name`; the empty one without a name."""
    if name is None:
        return Success(Scenario())
    path = expand_home(name)
    try:
        data = path.read_bytes()
    except OSError as problem:
        detail = f"the scenario file {name!r} cannot be read: {(problem.strerror or 'error').lower()}"
        return Failure(configuration_error(detail))
    return parse_scenario(name, data, path.parent)


def simulated_settings(address: str, *, model: str = "sim", retries: int = 2) -> Settings:
    """Settings in which every vendor's provider is the simulator at `address`."""
    providers = {
        kind: ProviderSettings(
            name=kind, kind=kind, base_url=address + path, model=model, api_key=Secret("simulated-key")
        )
        for kind, path in simulated_paths().items()
    }
    return Settings(
        providers=providers,
        default_provider="openai",
        retries=RetrySettings(max_retries=retries, base_delay=0.05, max_delay=0.2),
    )


@asynccontextmanager
async def simulator_running(made: Simulator, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve `made` until the scope ends; gives its address, such as `http://127.0.0.1:8399`."""
    async with serve(made, host, port) as running:
        yield running.address
