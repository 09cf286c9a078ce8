"""Every public method of an App, after its end, after a fork, in another event loop and in a cancelled scope: what does
not work is a failure that says so. Nothing raises, nothing hangs."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import anyio
import attrs
import pytest
from returns.future import FutureResult
from returns.result import Failure, Success

from pointsman import (
    App,
    ChatRequest,
    CompletionRequest,
    EmbeddingRequest,
    Personality,
    TranscriptionRequest,
    ask,
    fake,
    fake_settings,
    live,
    open_app,
    settle,
    tool_of,
)
from pointsman.blocking import BlockingClient, ConfigurationError, connect
from pointsman.core.chat.event import Failed
from pointsman.core.chat.message import user
from pointsman.core.chat.part import Audio, Bytes
from pointsman.core.conversations.conversation import Conversation, Dialogue, Entry
from pointsman.core.memory import Memory, MemoryScope
from pointsman.services.ports.client import CHAT
from pointsman.services.ports.conversation_store import ConversationQuery
from pointsman.services.streams.event_stream import EventStream
from pointsman.testing import ScriptedClient
from tests.patience import GUARD

QUESTION = ask("fake/fake-model", "hello")
PROMPT = CompletionRequest("fake/fake-model", "Once")
SOUND = TranscriptionRequest("fake/fake-model", Audio(Bytes(b"RIFF", "audio/wav")))
DIALOGUE = Dialogue(
    conversation=Conversation(id="x", created=0.0, updated=0.0),
    entries=(Entry(id="e", message=user("hello"), time=0.0),),
)

CLIENT: dict[str, Callable[[Any], Any]] = {
    "call": lambda client: client.call(CHAT, QUESTION),
    "open": lambda client: client.open(QUESTION),
    "chat": lambda client: client.chat(QUESTION),
    "stream": lambda client: client.stream(QUESTION),
    "complete": lambda client: client.complete(PROMPT),
    "embed": lambda client: client.embed(EmbeddingRequest("fake/fake-model", ("hello",))),
    "transcribe": lambda client: client.transcribe(SOUND),
    "models": lambda client: client.models(use_cache=False),
    "forget_models": lambda client: client.forget_models(),
    "ping": lambda client: client.ping(),
    "count_tokens": lambda client: client.count_tokens(QUESTION),
}
MANAGER: dict[str, Callable[[Any], Any]] = {
    **CLIENT,
    "continue_conversation": lambda manager: manager.continue_conversation("x", "hello"),
    "tooled": lambda manager: manager.tooled(tool_of(len_of).unwrap()).chat(QUESTION),
    "enhanced": lambda manager: manager.enhanced(memories=3).chat(QUESTION),
    "persona": lambda manager: manager.enhanced(personality=manager.persona(Personality())).chat(QUESTION),
    "ask": lambda manager: manager.ask(QUESTION, int),
    "ask_stream": lambda manager: manager.ask_stream(QUESTION, int),
    "learn": lambda manager: manager.learn("x"),
    "explain": lambda manager: manager.explain(QUESTION),
    "estimate": lambda manager: manager.estimate(QUESTION),
    "report": lambda manager: manager.report(),
    "compare": lambda manager: manager.compare(),
    "balances": lambda manager: manager.balances(),
}
CONVERSATIONS: dict[str, Callable[[Any], Any]] = {
    "through": lambda talks: talks.through(talks.client).ask("x", QUESTION),
    "owned_by": lambda talks: talks.owned_by("").get("x"),
    "create": lambda talks: talks.create(),
    "get": lambda talks: talks.get("x"),
    "find": lambda talks: talks.find(ConversationQuery()),
    "count": lambda talks: talks.count(),
    "folders": lambda talks: talks.folders(),
    "context": lambda talks: talks.context("x", 1000),
    "add_message": lambda talks: talks.add_message("x", user("hello")),
    "rename": lambda talks: talks.rename("x", "Levers"),
    "edit": lambda talks: talks.edit("x", lambda one: attrs.evolve(one, folder="signals")),
    "switch_branch": lambda talks: talks.switch_branch("x", "e"),
    "fork": lambda talks: talks.fork("x"),
    "add": lambda talks: talks.add(DIALOGUE),
    "ask": lambda talks: talks.ask("x", QUESTION),
    "stream": lambda talks: talks.stream("x", QUESTION),
    "delete": lambda talks: talks.delete("x"),
}
MEMORIES: dict[str, Callable[[Any], Any]] = {
    "remember": lambda store: store.remember(Memory(id="m", text="red", created=0.0)),
    "recall": lambda store: store.recall("red", 1, MemoryScope(), 0.0),
    "all": lambda store: store.all(MemoryScope()),
    "forget": lambda store: store.forget("m"),
    "forget_user": lambda store: store.forget_user("u"),
    "forget_before": lambda store: store.forget_before(0.0),
}
COLLECTIONS: dict[str, Callable[[Any], Any]] = {
    "add": lambda collections: collections.add("notes", {"a": "red"}),
    "search": lambda collections: collections.search("notes", "red"),
}


def len_of(text: str) -> int:
    """How long it is."""
    return len(text)


def subjects(app: App) -> dict[str, tuple[Any, dict[str, Callable[[Any], Any]]]]:
    """All that a program has in its hands, with how each method is called."""
    return {
        "manager": (app.manager, MANAGER),
        "client": (app.clients["fake"], CLIENT),
        "conversations": (app.manager.conversations, CONVERSATIONS),
        "memories": (app.manager.memories, MEMORIES),
        "collections": (app.manager.collections, COLLECTIONS),
    }


def methods(subject: object) -> set[str]:
    """Those of its class; `subject` may stand for what is built on first use."""
    bound = inspect.getmembers(subject, inspect.ismethod)
    return {
        name
        for name, member in bound
        if not name.startswith("_") and (member.__self__ is subject or not hasattr(type(subject), name))
    }


async def outcome(made: Any) -> str:
    """What comes of a call: `ok`, the tag of its failure, or the exception that it must not raise."""
    try:
        with anyio.fail_after(GUARD):
            return await _settled(made)
    except BaseException as problem:
        return f"RAISED {problem!r}"


async def _settled(made: Any) -> str:
    if hasattr(made, "__aenter__"):
        async with made as events:
            last = [event async for event in events][-1]
        return last.error.tag if isinstance(last, Failed) else "ok"
    if isinstance(made, FutureResult):
        made = await settle(made)
    elif inspect.isawaitable(made):
        made = await made
    if isinstance(made, EventStream):
        failed = made.failure
        await made.close()
        return "ok" if failed is None else failed.error.tag
    return str(made.failure().tag) if isinstance(made, Failure) else "ok"


async def walk(app: App) -> dict[str, str]:
    """The outcome of every public method."""
    outcomes: dict[str, str] = {}
    for name, (subject, calls) in subjects(app).items():
        for method, call in calls.items():
            outcomes[f"{name}.{method}"] = await outcome(call(subject))
    return outcomes


def _script(request: ChatRequest) -> str:
    is_learning = request.response_schema is not None and request.response_schema.name == "Facts"
    return '{"facts": []}' if is_learning else '{"value": 3}'


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[App]:
    """An App over a scripted client, whose stores are a real file; with one conversation, `x`."""
    layers = attrs.evolve(fake({"fake": ScriptedClient(_script)}), stores=live.stores)
    async with open_app(layers, attrs.evolve(fake_settings(), database=str(folder / "p.db"))) as found:
        app = found.unwrap()
        await settle(app.manager.conversations.add(DIALOGUE))
        yield app


def refused(outcomes: dict[str, str]) -> None:
    """Nothing raises; what asks a model or reads the file fails typed, and says why."""
    assert {name: one for name, one in outcomes.items() if one.startswith("RAISED")} == {}
    harmless = {"manager.forget_models", "client.forget_models", "manager.explain", "manager.estimate"}
    wrong = {name: one for name, one in outcomes.items() if one not in ("ConfigurationError", "StorageError")}
    assert wrong.keys() <= {*harmless, "manager.balances"}
    assert outcomes["manager.chat"] == outcomes["client.open"] == "ConfigurationError"
    assert outcomes["conversations.get"] == "StorageError"


async def test_every_public_method_is_walked(tmp_path: Path) -> None:
    async with opened(tmp_path) as app:
        for name, (subject, calls) in subjects(app).items():
            assert methods(subject) == calls.keys(), name
        outcomes = await walk(app)
    assert set(outcomes.values()) == {"ok"}


async def test_after_the_end_every_method_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as app:
        pass
    refused(await walk(app))
    failed = (await settle(app.manager.chat(QUESTION))).failure()
    assert "closed" in str(failed)


@contextmanager
def elsewhere(folder: Path) -> Iterator[App]:
    """An App that is open in the event loop of another thread."""
    app: list[App] = []
    ready, done = threading.Event(), threading.Event()

    async def hold() -> None:
        async with opened(folder) as found:
            app.append(found)
            ready.set()
            await anyio.to_thread.run_sync(done.wait)

    thread = threading.Thread(target=anyio.run, args=(hold,))
    thread.start()
    assert ready.wait(GUARD)
    try:
        yield app[0]
    finally:
        done.set()
        thread.join()


async def test_in_another_event_loop_every_method_says_so(tmp_path: Path) -> None:
    with elsewhere(tmp_path) as app:
        refused(await walk(app))
        failed = (await settle(app.manager.chat(QUESTION))).failure()
    assert "another event loop" in str(failed)


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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_in_a_forked_process_every_method_says_so(tmp_path: Path) -> None:
    with elsewhere(tmp_path) as app:
        refused(in_a_fork(lambda: asyncio.run(walk(app))))


BLOCKING: dict[str, Callable[[BlockingClient], object]] = {
    "chat": lambda client: client.chat(QUESTION),
    "stream": lambda client: client.stream(QUESTION).__enter__(),
    "complete": lambda client: client.complete(PROMPT),
    "embed": lambda client: client.embed(EmbeddingRequest("fake/fake-model", ("hello",))),
    "transcribe": lambda client: client.transcribe(SOUND),
    "models": lambda client: client.models(),
    "forget_models": lambda client: client.forget_models(),
    "ping": lambda client: client.ping(),
    "health": lambda client: client.health(),
    "count_tokens": lambda client: client.count_tokens(QUESTION),
    "continue_conversation": lambda client: client.continue_conversation("x", "hello"),
    "ask": lambda client: client.ask(QUESTION, int),
    "ask_stream": lambda client: client.ask_stream(QUESTION, int).__enter__(),
    "learn": lambda client: client.learn("x"),
    "tooled": lambda client: client.tooled(tool_of(len_of).unwrap()).chat(QUESTION),
    "enhanced": lambda client: client.enhanced().chat(QUESTION),
    "persona": lambda client: client.enhanced(personality=client.persona(Personality())).chat(QUESTION),
    "explain": lambda client: client.explain(QUESTION),
    "estimate": lambda client: client.estimate(QUESTION),
    "report": lambda client: client.report(),
    "compare": lambda client: client.compare(),
    "balances": lambda client: client.balances(),
}


def raised(client: BlockingClient) -> dict[str, str]:
    """What each method of the blocking client raises."""
    outcomes: dict[str, str] = {}
    for name, call in BLOCKING.items():
        try:
            call(client)
            outcomes[name] = "ok"
        except Exception as problem:
            outcomes[name] = type(problem).__name__
    return outcomes


def test_a_blocking_client_says_so_after_its_end_and_in_a_fork() -> None:
    layers = fake({"fake": ScriptedClient()})
    with connect(fake_settings(), layers) as client:
        assert methods(client) == BLOCKING.keys()
        assert client.chat(QUESTION).text == "You said: hello"
        if hasattr(os, "fork"):
            assert set(in_a_fork(lambda: raised(client)).values()) == {ConfigurationError.__name__}
        assert client.chat(QUESTION).text == "You said: hello"
    assert set(raised(client).values()) == {ConfigurationError.__name__}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
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
        for subject, calls in subjects(app).values():
            for call in calls.values():
                with anyio.CancelScope() as scope:
                    scope.cancel()
                    await _settled(call(subject))
        outcomes = await walk_again(app)
    assert set(outcomes.values()) == {"ok"}


async def walk_again(app: App) -> dict[str, str]:
    if isinstance(await settle(app.manager.conversations.get("x")), Failure):
        assert isinstance(await settle(app.manager.conversations.add(DIALOGUE)), Success)
    return await walk(app)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # trio warns of it by itself
async def test_a_stream_that_is_left_open_ends_with_the_app(tmp_path: Path) -> None:
    async with opened(tmp_path) as app:
        scope = app.manager.stream(QUESTION)
        events = await scope.__aenter__()
        await anext(events)
        talk = app.manager.conversations.stream("x", QUESTION)
        await anext(await talk.__aenter__())
    assert await outcome(app.manager.chat(QUESTION)) == "ConfigurationError"
