"""The plugin for pytest: fixtures that need no configuration, under every runner, and a guard before real providers.

    async def test_the_way(llm_app: App, llm_script: ScriptedClient) -> None:
        llm_script.respond("Towards the tower.", when="way")
        assert (await settle(llm_app.client.chat(ask("", "Which way?")))).unwrap().text == "Towards the tower."

`llm_app` is a synchronous fixture that opens nothing yet: the test function is wrapped, and the wrapper opens the App
in the test's own task. So no runner's mode is needed, and scopes and context variables are in the right task, be it
anyio, pytest-asyncio or pytest-trio that runs it. An async test that uses these fixtures and that nobody runs is run on
asyncio. Pytest loads this file at its start: it imports what it uses when that is used.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast

import pytest

if TYPE_CHECKING:
    from returns.result import Result

    from pointsman import App, ConfigurationError, Settings
    from pointsman.blocking import BlockingClient
    from pointsman.testing import ScriptedClient, Simulation, VirtualClock

pytest.register_assert_rewrite("pointsman.testing.laws")

_FIXTURES = frozenset({"llm_app", "llm_blocking", "llm_clock", "llm_recorded", "llm_script", "llm_simulator"})
_RUNNERS = ("anyio", "asyncio", "trio")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that makes recordings."""
    parser.getgroup("pointsman").addoption(
        "--llm-record",
        action="store_true",
        help="tests with `llm_recorded` ask the real providers, by your own settings, and keep the answers",
    )


def pytest_configure(config: pytest.Config) -> None:
    """The marker that lifts the guard."""
    config.addinivalue_line("markers", "llm_live: this test may ask real providers, which may cost money")


@pytest.fixture
def llm_clock() -> VirtualClock:
    """The time of `llm_app`: it moves on when all tasks wait, and then at once."""
    from pointsman.testing import VirtualClock

    return VirtualClock()


@pytest.fixture
def llm_script(llm_clock: VirtualClock) -> ScriptedClient:
    """The one model behind `llm_app` and `llm_blocking`. It echoes until it is told what to answer.

    A rule that nothing asked for fails the test.
    """
    from pointsman.testing import ScriptedClient

    return ScriptedClient(clock=llm_clock)


@pytest.fixture
def llm_settings() -> Settings:
    """The settings of `llm_app`, whose provider is `fake`; a project's own fixture of this name takes its place."""
    from pointsman.testing import fake_settings

    return fake_settings()


@pytest.fixture
def llm_app(llm_script: ScriptedClient, llm_clock: VirtualClock, llm_settings: Settings) -> App:
    """An `App` on `llm_script`, open while the async test runs; no network, no waiting."""
    from pointsman import open_app
    from pointsman.testing import fake

    layers = fake(dict.fromkeys(llm_settings.providers, llm_script), llm_clock)
    return cast("App", _Unopened("llm_app", lambda: open_app(layers, llm_settings)))


@pytest.fixture
def llm_blocking(
    llm_script: ScriptedClient, llm_clock: VirtualClock, llm_settings: Settings
) -> Iterator[BlockingClient]:
    """As `llm_app`, for tests that are not async: the client of `pointsman.blocking`."""
    from pointsman.blocking import connect
    from pointsman.testing import fake

    with connect(llm_settings, fake(dict.fromkeys(llm_settings.providers, llm_script), llm_clock)) as client:
        yield client


@pytest.fixture
def llm_simulator() -> Iterator[Simulation]:
    """The simulator on a socket of this machine, for vendors' SDKs and for `open_app(live, llm_simulator.settings)`."""
    from pointsman.testing import run_simulator

    with run_simulator() as simulation:
        yield simulation


@pytest.fixture
def llm_recorded(request: pytest.FixtureRequest, llm_clock: VirtualClock) -> App:
    """An `App` that answers from the folder `recordings` beside the test; `pytest --llm-record` fills it."""
    from pointsman.testing.recorded_layers import open_recorder, open_replay

    folder = _recordings_of(request.node)
    if request.config.getoption("--llm-record"):
        return cast("App", _Unopened("llm_recorded", lambda: open_recorder(folder)))
    return cast("App", _Unopened("llm_recorded", lambda: open_replay(folder, llm_clock)))


def _recordings_of(item: pytest.Item) -> Path:
    """The folder of a test's recordings: named after the file and the test, whatever its parameters hold."""
    name = "".join(char if char.isalnum() or char in "-_" else "-" for char in item.name).strip("-")
    return item.path.parent / "recordings" / f"{item.path.stem}.{name}"


class _Unopened:
    """What stands for an App until the test runs."""

    def __init__(self, name: str, scope: Callable[[], AbstractAsyncContextManager[Result[App, ConfigurationError]]]):
        self._name = name
        self._scope = scope

    async def enter(self, stack: AsyncExitStack) -> App:
        """The App, open until `stack` is closed."""
        opened = await stack.enter_async_context(self._scope())
        return opened.lash(lambda error: pytest.fail(str(error), pytrace=False)).unwrap()

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(
            f"{self._name} is open inside async tests alone, so it has no {name!r} here; in other tests ask for "
            "`llm_blocking`, in fixtures open an App of your own: open_app(fake({'fake': llm_script}, llm_clock), ...)"
        )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Keep the test, and its fixtures, from real providers."""
    from pointsman.testing.guard import refuse_remote

    records = item.config.getoption("--llm-record") and "llm_recorded" in getattr(item, "fixturenames", ())
    live = records or item.get_closest_marker("llm_live") is not None
    with nullcontext() if live else refuse_remote():
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Open the Apps inside an async test, and look afterwards whether its script was used."""
    outcome = yield from _with_apps(item)
    script = getattr(item, "funcargs", {}).get("llm_script")
    if script is not None and script.unused_rules:
        rules = ", ".join(rule.describe() for rule in script.unused_rules)
        pytest.fail(f"nothing asked for these rules of llm_script: {rules}; say optional=True where that may be")
    return outcome


def _with_apps(item: pytest.Item) -> Generator[None, object, object]:
    if not isinstance(item, pytest.Function) or not inspect.iscoroutinefunction(item.obj):
        return (yield)
    if not any(isinstance(value, _Unopened) for value in item.funcargs.values()):
        return (yield)
    function = item.obj
    item.obj = _opening(function)
    try:
        return (yield)
    finally:
        item.obj = function


def _opening(function: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
    """`function`, given open Apps for those that are still to be opened."""

    @functools.wraps(function)
    async def run(*args: object, **kwargs: object) -> object:
        async with AsyncExitStack() as stack:
            given = {name: await _open(value, stack) for name, value in kwargs.items()}
            return await function(*args, **given)

    return run


async def _open(value: object, stack: AsyncExitStack) -> object:
    return await value.enter(stack) if isinstance(value, _Unopened) else value


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run an async test with these fixtures that no runner has taken."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj) or not _FIXTURES & set(pyfuncitem.fixturenames):
        return None
    if "anyio_backend" in pyfuncitem.fixturenames or any(map(pyfuncitem.get_closest_marker, _RUNNERS)):
        return None
    import anyio

    names = inspect.signature(pyfuncitem.obj).parameters
    given = {name: value for name, value in pyfuncitem.funcargs.items() if name in names}
    anyio.run(functools.partial(pyfuncitem.obj, **given))
    return True
