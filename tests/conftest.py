"""How much is run: the short form for everyday work, `--full` for all, `--rest` for what the short form leaves out of
that, `--backend` for one event loop, `--part 1/2` for the files of one of two machines, or of two versions of Python.

Every async test runs on asyncio and on trio. Without `--full` what is marked `long`, what opens a browser and what
talks to other packages (`tests/peers`) is left out, and properties try fewer examples; the summary says so. Properties
are not held to a time: machines are loaded.
"""

from __future__ import annotations

import argparse
import gc
import signal
import warnings
from collections.abc import Generator
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("full", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100)
settings.register_profile("short", settings.get_profile("full"), max_examples=20)

PEERS = Path(__file__).parent / "peers"
_LEFT_OUT = pytest.StashKey[dict[str, int]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    group = parser.getgroup("pointsman")
    group.addoption("--full", action="store_true", help="run the long tests too, and all examples of properties")
    group.addoption("--rest", action="store_true", help="run what `--full` runs and the short form does not")
    group.addoption("--backend", choices=["asyncio", "trio"], help="run async tests on this event loop only")
    group.addoption("--part", metavar="K/N", type=_read_part, help="run every Nth file, from the Kth on")


def _read_part(text: str) -> tuple[int, int]:
    number, _, parts = text.partition("/")
    if not (number.isdecimal() and parts.isdecimal() and 0 < int(number) <= int(parts)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a part, such as 1/2")
    return int(number), int(parts)


def pytest_configure(config: pytest.Config) -> None:
    """Choose how many examples properties try; let Ctrl-C reach the programs that tests start.

    A shell has what it starts in the background ignore the interrupt, and who is started there inherits that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    settings.load_profile("full" if _is_full(config) else "short")


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """The event loop under the test."""
    return str(request.param)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what was not asked for, and count it."""
    full, rest, backend = _is_full(config), config.getoption("--rest"), config.getoption("--backend")
    left_out: dict[str, list[pytest.Item]] = {"long": [], "short": [], "backend": [], "part": []}
    number, parts = config.getoption("--part") or (1, 1)
    files = {path: at for at, path in enumerate(sorted({item.path for item in items}))}
    chosen = []
    for item in items:
        if files[item.path] % parts != number - 1:
            left_out["part"].append(item)
        elif not full and _is_long(item):
            left_out["long"].append(item)
        elif rest and not _is_long(item) and not _tries_examples(item):
            left_out["short"].append(item)
        elif backend and _backend_of(item) not in (None, backend):
            left_out["backend"].append(item)
        else:
            chosen.append(item)
    if len(chosen) < len(items):
        config.hook.pytest_deselected(items=[one for several in left_out.values() for one in several])
        items[:] = chosen
    config.stash[_LEFT_OUT] = {why: len(tests) for why, tests in left_out.items()}


def _is_full(config: pytest.Config) -> bool:
    return bool(config.getoption("--full") or config.getoption("--rest"))


def _tries_examples(item: pytest.Item) -> bool:
    """Whether it is a property: by itself, by what it defines, or by the law that it is given."""
    test = getattr(item, "function", None)
    laws = getattr(item, "callspec", None)
    given = (test, *(laws.params.values() if laws is not None else ()))
    return hasattr(item.parent, "settings") or any(
        hasattr(one, "hypothesis") or "given" in one.__code__.co_names or one.__name__.endswith("property")
        for one in given
        if hasattr(one, "__code__")
    )


def _is_long(item: pytest.Item) -> bool:
    marked = item.get_closest_marker("long") is not None
    return marked or "browser" in getattr(item, "fixturenames", ()) or PEERS in item.path.parents


def _backend_of(item: pytest.Item) -> str | None:
    """The event loop of a test, by its library: uvloop is asyncio's. None where it has none."""
    callspec = getattr(item, "callspec", None)
    chosen = callspec.params.get("anyio_backend") if callspec is not None else None
    return chosen[0] if isinstance(chosen, tuple) else chosen


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """Collect what tests leave open that say so by a filter, as other packages do, before a test that does not."""
    yield
    if _leaves_open(item) and (nextitem is None or not _leaves_open(nextitem)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


def _leaves_open(item: pytest.Item) -> bool:
    filters = (text for mark in item.iter_markers("filterwarnings") for text in mark.args)
    return any(text.startswith("ignore") and "ResourceWarning" in text for text in filters)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of xdist sends what it left out to the process that writes the summary."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left_out"] = session.config.stash.get(_LEFT_OUT, {})


class _Worker(Protocol):
    """What is used of xdist's side of a worker. One that has crashed has no `workeroutput`."""

    config: pytest.Config


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: _Worker) -> None:
    """Take what a worker left out; all workers collect, and leave out, the same."""
    node.config.stash[_LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was not run."""
    left_out = config.stash.get(_LEFT_OUT, {})
    if left_out.get("short"):
        terminalreporter.write_line(f"The rest: {left_out['short']} tests that the short form has run were left out.")
    if not _is_full(config):
        long = left_out.get("long", 0)
        terminalreporter.write_line(
            f"The short form: {long} long tests were left out, and properties tried a fifth of their examples; "
            "`--full` runs all."
        )
    if left_out.get("part"):
        terminalreporter.write_line(f"A part of the files: {left_out['part']} tests were left out.")
    if left_out.get("backend"):
        terminalreporter.write_line(f"Only {config.getoption('--backend')}: {left_out['backend']} tests were left out.")
