"""Every public method of an App and of the plain client, after the end, after a fork, in another event loop and in a
cancelled scope: what does not work is a failure that says what to do. Nothing raises or hangs, the file stays whole.

The methods are found by their declarations (`tests.every_method`), so a new one is walked as soon as it is there."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import attrs
import pytest
from returns.result import Failure, Success

from pointsman import (
    App,
    ChatRequest,
    Layers,
    ProviderSettings,
    Settings,
    fake,
    fake_settings,
    live,
    open_app,
    settle,
)
from pointsman.adapters.simulator.listener import serve
from pointsman.blocking import BlockingClient, ConfigurationError, connect
from pointsman.core import error as errors
from pointsman.core.conversations.conversation import Conversation
from pointsman.layers.loop_thread import LoopThread, loop_thread
from pointsman.layers.simulation import simulator
from pointsman.testing import ScriptedClient
from tests.every_method import (
    DIALOGUE,
    QUESTION,
    methods_below,
    outcomes_below,
    plain_outcomes_below,
    settled,
)
from tests.installed import ROOT
from tests.patience import GUARD

IN_MEMORY = (
    *(
        ".book.",
        ".bus.",
        ".cipher.",
        ".clock.",
        ".documents.",
        ".events.",
        ".hints.",
        ".names.",
        ".planner.",
        ".random.",
    ),
    *(".scoreboard.", ".tracer.", ".persona", ".structure", ".open_sandbox", ".runs"),
    *(".enhanced", ".tooled", ".owned_by", ".through", ".forget_models", ".explain", ".estimate"),
)
"""What asks no model and no database, so that it may go on working; `persona` and what stands above it, as paths."""
ADVICE = ("use it inside the scope that opened it", "open one in each", "end all calls inside the App's scope")
"""What a failure says that is to be done."""
TAKEN = {
    "app.stores.cipher.decrypt": "StorageError",  # the sample was not encrypted
    "app.stores.conversations.change": "ConversationConflict",  # another version of it is there
    "app.stores.conversations.create": "StorageError",  # it is there
    "app.stores.conversations.delete": "ConversationNotFound",  # it was deleted
}
"""What the samples cannot have, after all that was done before."""


def _script(request: ChatRequest) -> str:
    is_learning = request.response_schema is not None and request.response_schema.name == "Facts"
    return '{"facts": []}' if is_learning else '{"value": 3}'


def _layers() -> Layers:
    return attrs.evolve(fake({"fake": ScriptedClient(_script)}), stores=live.stores)


def _settings(folder: Path) -> Settings:
    return attrs.evolve(fake_settings(), database=str(folder / "p.db"))


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[App]:
    """An App over a scripted client, whose stores are a real file; with one conversation, `x`, and keys in memory."""
    async with open_app(_layers(), _settings(folder)) as found:
        app = found.unwrap()
        await settle(app.manager.conversations.add(DIALOGUE))
        await app.stores.cipher.prepare()
        yield app


@asynccontextmanager
async def opened_live(folder: Path) -> AsyncIterator[App]:
    """As `opened`, with the live layers, over HTTP to the simulator."""
    async with serve(simulator()) as server:
        provider = ProviderSettings(name="fake", kind="custom", base_url=f"{server.address}/v1", model="fake-model")
        settings = attrs.evolve(_settings(folder), providers={"fake": provider}, default_provider="fake")
        async with open_app(live, settings) as found:
            app = found.unwrap()
            await settle(app.manager.conversations.add(DIALOGUE))
            await app.stores.cipher.prepare()
            yield app


def refused(outcomes: dict[str, str], advice: str) -> None:
    """Nothing raises or hangs; what asks a model or reads the file fails typed, and says what to do."""
    works = {path for path, one in outcomes.items() if one == "ok"}
    assert {path for path in works if not any(part in path for part in IN_MEMORY)} == set()
    failed = {path: one for path, one in outcomes.items() if path not in works and path not in TAKEN}
    assert {path: one for path, one in failed.items() if not any(say in one for say in ADVICE)} == {}
    assert failed["app.client.chat"].startswith("ConfigurationError: ")
    assert advice in failed["app.client.chat"]
    assert failed["app.client.conversations.get"].startswith("StorageError: ")
    assert advice in failed["app.client.conversations.get"]


def unharmed(folder: Path) -> None:
    """The file is whole, and what was refused has not been done."""
    with closing(sqlite3.connect(folder / "p.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT id FROM conversation").fetchall() == [("x",)]


@pytest.mark.parametrize("open_one", [opened, opened_live])
async def test_every_public_method_is_walked(
    tmp_path: Path, open_one: Callable[[Path], AbstractAsyncContextManager[App]]
) -> None:
    async with open_one(tmp_path) as app:
        outcomes = await outcomes_below("app", app)
    tags = {path: one.partition(":")[0] for path, one in outcomes.items() if one != "ok"}
    assert tags == TAKEN
    assert {"app.client.enhanced().chat", "app.stores.keys.find", "app.documents.read"} <= outcomes.keys()
    assert len(outcomes) > 200  # and not one in ten, because something is not found any more


@pytest.mark.parametrize("open_one", [opened, opened_live])
async def test_after_the_end_every_method_says_so(
    tmp_path: Path, open_one: Callable[[Path], AbstractAsyncContextManager[App]]
) -> None:
    async with open_one(tmp_path) as app:
        pass
    refused(await outcomes_below("app", app), "is closed: use it inside the scope that opened it")
    unharmed(tmp_path)


@contextmanager
def elsewhere(folder: Path, backend: str = "asyncio") -> Iterator[App]:
    """An App that is open in the event loop of another thread."""
    app: list[App] = []
    ready, done = threading.Event(), threading.Event()

    async def hold() -> None:
        async with opened(folder) as found:
            app.append(found)
            ready.set()
            await anyio.to_thread.run_sync(done.wait)

    thread = threading.Thread(target=anyio.run, args=(hold,), kwargs={"backend": backend})
    thread.start()
    assert ready.wait(GUARD)
    try:
        yield app[0]
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize("theirs", ["asyncio", "trio"])
async def test_in_another_event_loop_every_method_says_so(tmp_path: Path, theirs: str) -> None:
    with elsewhere(tmp_path, theirs) as app:
        refused(await outcomes_below("app", app), "was opened in another event loop: open one in each")
    unharmed(tmp_path)


def test_after_the_event_loop_has_ended_every_method_says_so(tmp_path: Path) -> None:
    """Such as two `asyncio.run` of a program, or two cells of a notebook: nobody has left the scope of the App."""
    first, second = asyncio.new_event_loop(), asyncio.new_event_loop()
    ready, done = asyncio.Event(), asyncio.Event()
    apps: list[App] = []

    async def hold() -> None:
        async with opened(tmp_path) as app:
            apps.append(app)
            ready.set()
            await done.wait()

    holding = first.create_task(hold())
    first.run_until_complete(ready.wait())
    refused(
        second.run_until_complete(outcomes_below("app", apps[0])), "was opened in another event loop: open one in each"
    )
    done.set()
    first.run_until_complete(holding)
    for loop in (first, second):
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
    unharmed(tmp_path)


def in_a_fork(work: Callable[[], object]) -> Any:
    """What `work` gives in a forked process, as JSON."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(int(GUARD))  # who hangs is ended
        with os.fdopen(writer, "w") as pipe:
            try:
                json.dump(work(), pipe)
            except BaseException as problem:
                json.dump(repr(problem), pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text or '"it hangs"')


forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


@forks
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_in_a_forked_process_every_method_says_so(tmp_path: Path, backend: str) -> None:
    with elsewhere(tmp_path) as app:
        refused(
            in_a_fork(lambda: anyio.run(outcomes_below, "app", app, backend=backend)),
            "was opened in another process: open one in each process, after the fork",
        )
        assert in_a_fork(lambda: "fine") == "fine"  # the App of this process is as open as before
    unharmed(tmp_path)


def plainly_refused(outcomes: dict[str, str], advice: str) -> None:
    """As `refused`, of the plain client: all that it does goes through its event loop."""
    works = {path for path, one in outcomes.items() if one == "ok"}
    assert {path for path in works if not any(part in path for part in PLAIN_IN_MEMORY)} == set()
    failed = {path: one for path, one in outcomes.items() if path not in works}
    assert set(failed.values()) == {f"ConfigurationError: this client {advice}."}
    assert {"client.chat", "client.tooled().chat", "client.conversations.through().stream"} <= failed.keys()


PLAIN_IN_MEMORY = (".persona", ".enhanced", ".tooled", ".owned_by", ".through")
IN_ANOTHER_PROCESS = "was opened in another process: open one in each process, after the fork"


def test_every_method_of_a_plain_client_is_walked_also_by_other_threads_and_beside_an_event_loop(
    tmp_path: Path,
) -> None:
    with connect(_settings(tmp_path), _layers()) as client:
        for walk in (
            plain_outcomes_below,
            lambda path, subject: ThreadPoolExecutor(1).submit(plain_outcomes_below, path, subject).result(),
            lambda path, subject: asyncio.run(_in_a_loop(path, subject)),
        ):
            client.conversations.add(DIALOGUE)
            outcomes = walk("client", client)
            assert {path for path, one in outcomes.items() if one != "ok"} == set()
            assert len(outcomes) > 80


async def _in_a_loop(path: str, subject: object) -> dict[str, str]:
    return plain_outcomes_below(path, subject)


def test_after_the_end_every_method_of_a_plain_client_says_so(tmp_path: Path) -> None:
    with connect(_settings(tmp_path), _layers()) as client:
        client.conversations.add(DIALOGUE)
    plainly_refused(plain_outcomes_below("client", client), "is closed: use it inside the scope that opened it")
    unharmed(tmp_path)


@forks
def test_in_a_forked_process_every_method_of_a_plain_client_says_so(tmp_path: Path) -> None:
    with connect(_settings(tmp_path), _layers()) as client:
        client.conversations.add(DIALOGUE)
        plainly_refused(in_a_fork(lambda: plain_outcomes_below("client", client)), IN_ANOTHER_PROCESS)
        assert client.chat(QUESTION).text == '{"value": 3}'
    unharmed(tmp_path)


def test_in_its_own_event_loop_every_method_of_a_plain_client_says_so(tmp_path: Path) -> None:
    """In a change to a conversation, say: the event loop would wait for itself."""
    outcomes: dict[str, str] = {}

    def change(conversation: Conversation) -> Conversation:
        outcomes.update(plain_outcomes_below("client", client))
        return conversation

    with connect(_settings(tmp_path), _layers()) as client:
        client.conversations.add(DIALOGUE)
        client.conversations.edit("x", change)
        plainly_refused(outcomes, "was called by what runs in its own event loop: call it from another thread")


def test_a_plain_stream_that_is_left_open_ends_with_its_client() -> None:
    with connect(fake_settings(), fake({"fake": ScriptedClient()})) as client:
        scope = client.stream(QUESTION)
        events = scope.__enter__()
        next(events)
    with pytest.raises(ConfigurationError, match="this client is closed: use it inside the scope that opened it"):
        next(events)
    assert not scope.__exit__(None, None, None)


def test_calls_of_other_threads_are_answered_or_refused_while_a_plain_client_ends() -> None:
    problems: list[BaseException] = []
    answered = threading.Semaphore(0)

    def ask_on(client: BlockingClient) -> None:
        try:
            while True:
                client.chat(QUESTION)
                answered.release()
        except BaseException as problem:
            problems.append(problem)

    with connect(fake_settings(), fake({"fake": ScriptedClient()})) as client:
        threads = [threading.Thread(target=ask_on, args=(client,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(20):
            answered.acquire()
    for thread in threads:
        thread.join()
    assert [type(one) for one in problems] == [ConfigurationError] * 4
    assert all("is closed: use it inside the scope" in str(one) for one in problems)


def test_who_leaves_a_scope_in_another_thread_is_waited_for() -> None:
    leaving, closing_too, left = threading.Event(), threading.Event(), list[bool]()

    @asynccontextmanager
    async def slow() -> AsyncIterator[None]:
        yield
        leaving.set()
        while not closing_too.is_set():
            await anyio.lowlevel.checkpoint()
        for _ in range(100):
            await anyio.lowlevel.checkpoint()
        left.append(True)

    def leave(running: LoopThread) -> None:
        with running.scope(slow()):
            pass

    with loop_thread("this client", ValueError) as running:
        other = threading.Thread(target=leave, args=(running,))
        other.start()
        leaving.wait()
        closing_too.set()
    other.join()
    assert left == [True]


FORKING = """
import os, sys
from pathlib import Path
from pointsman.blocking import ConfigurationError, connect
from tests.layers.test_lifetime import DIALOGUE, QUESTION, _layers, _settings

with connect(_settings(Path(sys.argv[1])), _layers()) as client:
    client.conversations.add(DIALOGUE)
    child = os.fork()
    if child == 0:
        try:
            client.chat(QUESTION)
        except ConfigurationError as problem:
            sys.exit(f"refused: {problem}")  # on its way it leaves the scope, and Python clears up
    os.waitpid(child, 0)
    assert client.chat(QUESTION).text == '{"value": 3}'
    assert client.conversations.get("x").conversation.id == "x"
    print("goes on")
"""


UNLEFT = """
import sys
from pathlib import Path
from pointsman.blocking import connect
from tests.layers.test_lifetime import DIALOGUE, QUESTION, _layers, _settings

scope = connect(_settings(Path(sys.argv[1])), _layers())
client = scope.__enter__()
client.conversations.add(DIALOGUE)
print(client.chat(QUESTION).text)
stream = client.stream(QUESTION)
events = stream.__enter__()
next(events)
"""


def test_a_program_that_never_leaves_the_scope_of_a_client_ends_and_has_kept_its_calls(tmp_path: Path) -> None:
    assert _run(UNLEFT, tmp_path) == (0, '{"value": 3}\n', "")
    unharmed(tmp_path)
    with closing(sqlite3.connect(tmp_path / "p.db")) as connection:
        kept = connection.execute("SELECT outcome, provider FROM usage").fetchall()
    assert sorted(kept) == [("Cancelled", "fake"), ("ok", "fake")]


WORKING = """
import sys, threading
from pathlib import Path
from pointsman.blocking import connect
from tests.layers.test_lifetime import QUESTION, _layers, _settings

def work():
    with connect(_settings(Path(sys.argv[1])), _layers()) as client:
        opened.set()
        main.join()
        print(client.chat(QUESTION).text)

main, opened = threading.main_thread(), threading.Event()
threading.Thread(target=work).start()
opened.wait()
"""


def test_a_thread_that_outlives_the_main_one_may_go_on_with_its_client(tmp_path: Path) -> None:
    assert _run(WORKING, tmp_path) == (0, '{"value": 3}\n', "")


def _run(program: str, folder: Path) -> tuple[int, str, str]:
    """Exit code, output and complaints of a program."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=GUARD,
        cwd=ROOT,
    )
    return ran.returncode, ran.stdout, ran.stderr


@forks
def test_a_forked_process_that_ends_by_itself_harms_nothing(tmp_path: Path) -> None:
    refused = f"refused: this client {IN_ANOTHER_PROCESS}.\n"
    assert _run(FORKING, tmp_path) == (0, "goes on\n", refused)
    unharmed(tmp_path)


async def _work(folder: Path) -> str:
    """What an App of one's own does, on a file that others have open."""
    async with open_app(_layers(), _settings(folder)) as found:
        manager = found.unwrap().manager
        kept = (await settle(manager.conversations.get("x"))).unwrap()
        return f"{kept.conversation.id}: {(await settle(manager.chat(QUESTION))).unwrap().text}"


@forks
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_what_is_advised_works(tmp_path: Path, backend: str) -> None:
    """One opened in each process, after the fork, and in each event loop; and another one after the end."""

    def work() -> str:
        return anyio.run(_work, tmp_path, backend=backend)

    with elsewhere(tmp_path):
        assert in_a_fork(work) == work() == 'x: {"value": 3}'
    assert in_a_fork(work) == work() == 'x: {"value": 3}'
    with connect(_settings(tmp_path), _layers()) as client:
        assert in_a_fork(lambda: _plain_work(tmp_path)) == _plain_work(tmp_path) == client.chat(QUESTION).text
    unharmed(tmp_path)


def _plain_work(folder: Path) -> str:
    with connect(_settings(folder), _layers()) as client:
        return client.chat(QUESTION).text


@forks
def test_a_forked_process_may_leave_the_scope_of_a_client() -> None:
    layers = fake({"fake": ScriptedClient()})

    def leave() -> str:
        scope.__exit__(None, None, None)
        return "left"

    scope = connect(fake_settings(), layers)
    with scope as client:
        assert in_a_fork(leave) == "left"
        assert client.chat(QUESTION).text == "You said: hello"


async def test_in_a_cancelled_scope_every_method_is_cancelled_or_done_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with opened(tmp_path) as app:
        for method in methods_below("app", app):
            with anyio.CancelScope() as scope:
                scope.cancel()
                await settled(method.call())
        if isinstance(await settle(app.manager.conversations.get("x")), Failure):
            assert isinstance(await settle(app.manager.conversations.add(DIALOGUE)), Success)
        outcomes = await outcomes_below("app", app)
    assert {path: one.partition(":")[0] for path, one in outcomes.items() if one != "ok"} == TAKEN


@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # trio warns of it by itself
async def test_a_stream_that_is_left_open_ends_with_the_app(tmp_path: Path) -> None:
    async with opened(tmp_path) as app:
        scope = app.manager.stream(QUESTION)
        events = await scope.__aenter__()
        await anext(events)
        talk = app.manager.conversations.stream("x", QUESTION)
        await anext(await talk.__aenter__())
    assert isinstance((await settle(app.manager.chat(QUESTION))).failure(), errors.ConfigurationError)
