"""What a model's name means: aliases, providers that are set up, and whole ids that somebody lists."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import anyio
import attrs
import pytest
from returns.result import Result, Success

from pointsman.adapters.system.lifetime import OpenedHere
from pointsman.core.chat.completion import CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.chat.event import Done, Failed
from pointsman.core.chat.options import CallOptions
from pointsman.core.chat.part import Audio, Bytes
from pointsman.core.chat.request import ChatRequest, ask
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import TranscriptionRequest
from pointsman.core.effect import settle
from pointsman.core.error import ChatError, LLMError, ModelNotFound
from pointsman.core.models.aliases import Aliases
from pointsman.core.models.model import ModelInfo, ModelRef, Places
from pointsman.services.interceptors.intercepted import Intercepted
from pointsman.services.interceptors.interceptor import After, Call
from pointsman.services.middleware.model_aliases import ModelAliasing
from pointsman.services.ports.client import Client, ModelsQuery
from pointsman.services.routing.model_names import ModelNames
from pointsman.services.tasks.background import Background
from pointsman.testing import Reply, ScriptedClient, VirtualClock
from tests.managed import chat, continued, managed, stream

OSS = "openai/gpt-oss-20b"
KNOWN = frozenset({"openai", "anthropic", "mistral", "openrouter", "lmstudio", "ollama"})


@attrs.define
class Listing(ScriptedClient):
    """A client that lists `ids`, and counts how often it was asked for them; while `down` it never answers."""

    ids: tuple[str, ...] = ()
    asked: int = 0
    down: bool = False

    async def call_models(self, query: ModelsQuery) -> Result[tuple[ModelInfo, ...], ChatError]:
        """`ids`."""
        self.asked += 1
        if self.down:
            await anyio.sleep_forever()
        self.model_list = tuple(ModelInfo(id=name) for name in self.ids)
        return await ScriptedClient.call_models(self, query)


def listing(**ids: tuple[str, ...]) -> dict[str, Listing]:
    """A client for each provider, with what it lists."""
    return {name: Listing(provider=name, ids=listed) for name, listed in ids.items()}


@asynccontextmanager
async def names_of(
    clients: Mapping[str, Listing],
    aliases: Mapping[str, str] | None = None,
    slashed: tuple[str, ...] = ("lmstudio", "ollama", "openrouter"),
    clock: VirtualClock | None = None,
    patience: float = 30.0,
) -> AsyncIterator[ModelNames]:
    """The names over `clients`, of which the first is the default."""
    places = Places(
        default=next(iter(clients)),
        configured=clients.keys(),
        known=KNOWN,
        slashed=frozenset(slashed) & clients.keys(),
    )
    async with anyio.create_task_group() as group:
        yield ModelNames(
            Aliases(aliases or {}),
            places,
            clients,
            clock or VirtualClock(),
            Background(group, OpenedHere("the test")),
            ttl=300.0,
            patience=patience,
        )
        group.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("default", "name", "meant"),
    [
        # one local server, whose models are called after their vendors
        ({"lmstudio": (OSS,)}, OSS, ("lmstudio", OSS)),
        ({"lmstudio": ()}, "mistral/magistral-small", ("lmstudio", "mistral/magistral-small")),
        ({"lmstudio": ()}, "meta-llama/Llama-3.1-8B", ("lmstudio", "meta-llama/Llama-3.1-8B")),
        # the vendor is set up too: who lists the model has it
        ({"lmstudio": (OSS,), "openai": ("gpt-4o",)}, OSS, ("lmstudio", OSS)),
        ({"lmstudio": (OSS,), "openai": ("gpt-4o",)}, "openai/gpt-4o", ("openai", "gpt-4o")),
        ({"openrouter": ("openai/gpt-4o",), "openai": ("gpt-4o",)}, "openai/gpt-4o", ("openai", "gpt-4o")),
        ({"openrouter": ("openai/gpt-4o",), "openai": ()}, "openai/gpt-4o", ("openrouter", "openai/gpt-4o")),
        ({"openrouter": ()}, "openai/gpt-4o", ("openrouter", "openai/gpt-4o")),
        ({"openrouter": ("openrouter/auto",)}, "openrouter/auto", ("openrouter", "auto")),
        ({"openrouter": ("openai/gpt-4o",)}, "openrouter/openai/gpt-4o", ("openrouter", "openai/gpt-4o")),
        # another provider than the default lists it
        ({"anthropic": (), "lmstudio": (OSS,)}, OSS, ("lmstudio", OSS)),
        ({"ollama": (), "lmstudio": ("qwen/qwen3",)}, "qwen/qwen3", ("lmstudio", "qwen/qwen3")),
        # nobody does
        ({"anthropic": (), "lmstudio": ()}, "openai/gpt-4o", None),
        ({"anthropic": ()}, "mistral/small", None),
        ({"anthropic": ()}, "claude-haiku-4-5", ("anthropic", "claude-haiku-4-5")),
        ({"anthropic": (), "lmstudio": ()}, "lmstudio/qwen/qwen3", ("lmstudio", "qwen/qwen3")),
    ],
)  # fmt: skip
async def test_who_is_meant_by_a_name(
    default: dict[str, tuple[str, ...]], name: str, meant: tuple[str, str] | None
) -> None:
    async with names_of(listing(**default)) as names:
        ref = names.places.place(await names.resolve(name))
    assert ref == (None if meant is None else ModelRef(*meant))


async def test_what_a_name_stands_for_stands_for_itself() -> None:
    clients = listing(lmstudio=(OSS, "lmstudio/own"), openai=("gpt-4o",))
    async with names_of(clients, {"small": OSS}) as names:
        for name in ("small", OSS, "openai/gpt-4o", "lmstudio/own", "lmstudio/qwen3", "qwen3"):
            target = await names.resolve(name)
            assert names.places.place(target) == names.places.place(await names.resolve(target))


async def test_lists_are_asked_for_once_and_only_where_names_do_not_decide() -> None:
    clock, clients = VirtualClock(), listing(openai=("gpt-4o",), lmstudio=(OSS,), anthropic=())
    async with names_of(clients, clock=clock) as names:
        for name in ("gpt-4o", "openai/gpt-4o", "anthropic/claude", "auto", ""):
            assert await names.resolve(name) == name
        assert [client.asked for client in clients.values()] == [0, 0, 0]
        for _ in range(3):
            assert await names.resolve("mistral/small") == "mistral/small"
            await names.resolve("lmstudio/qwen3")
        assert [client.asked for client in clients.values()] == [0, 1, 0]


def only(*references: str) -> Callable[[ChatRequest], Reply]:
    """What a provider with the models `references` answers."""
    return lambda request: "fine" if request.model in references else ModelNotFound(detail="no such model")


async def asked_for(client: ModelAliasing, name: str, *, streams: bool) -> ChatResponse | LLMError:
    """What comes of one call."""
    if not streams:
        return await chat(client, ask(name, "hi"))
    last = (await stream(client, ask(name, "hi")))[-1]
    assert isinstance(last, (Done, Failed))
    return last.response if isinstance(last, Done) else last.error


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(
    ("name", "has", "requested", "lists"),
    [
        ("openrouter/gpt-4o", "openrouter/gpt-4o", ["openrouter/gpt-4o"] * 2, 0),
        ("openrouter/auto", "openrouter/openrouter/auto", ["openrouter/auto", *["openrouter/openrouter/auto"] * 2], 1),
        ("openrouter/x", None, ["openrouter/x"] * 2, 1),
    ],
)
async def test_who_is_named_is_asked_for_the_model_before_it_is_asked_for_a_list(
    name: str, has: str | None, requested: list[str], lists: int, streams: bool
) -> None:
    clients = listing(openrouter=("openrouter/auto",))
    clients["openrouter"].script = only(*([has] if has else []))
    async with names_of(clients) as names:
        client = ModelAliasing(clients["openrouter"], names)
        answers = [await asked_for(client, name, streams=streams) for _ in range(2)]
    assert [isinstance(answer, ChatResponse) for answer in answers] == [has is not None] * 2
    assert [request.model for request in clients["openrouter"].requests] == requested
    assert clients["openrouter"].asked == lists


@attrs.define
class Ends:
    """Writes down how calls ended."""

    seen: list[str] = attrs.field(factory=list)

    async def before(self, call: Call) -> Result[After | None, ChatError]:
        return Success(self._note)

    async def _note(self, call: Call) -> None:
        self.seen.append("ok" if call.response is not None else "cancelled" if call.error is None else call.error.tag)


@pytest.mark.parametrize("streams", [False, True])
async def test_a_name_that_was_tried_and_has_no_model_is_recorded_as_what_it_was(streams: bool) -> None:
    clients, ends = listing(openrouter=("openrouter/auto",)), Ends()
    clients["openrouter"].script = only("openrouter/openrouter/auto")
    async with names_of(clients) as names:
        client = ModelAliasing(Intercepted(clients["openrouter"], (ends,), VirtualClock()), names)
        assert isinstance(await asked_for(client, "openrouter/auto", streams=streams), ChatResponse)
    assert ends.seen == ["ModelNotFound", "ok"]


async def test_an_answer_of_another_provider_says_nothing_of_the_one_that_was_named() -> None:
    clients = listing(openrouter=())
    clients["openrouter"].provider = "fallback"
    async with names_of(clients) as names:
        await chat(ModelAliasing(clients["openrouter"], names), ask("openrouter/x", "hi"))
        assert names.is_tried_first("openrouter/x")


async def test_lists_are_asked_for_again_in_the_background_when_they_are_old() -> None:
    clock, clients = VirtualClock(), listing(ollama=(), lmstudio=())
    async with names_of(clients, clock=clock) as names:
        assert await names.resolve("qwen/qwen3") == "qwen/qwen3"
        clients["lmstudio"].ids = ("qwen/qwen3",)
        clock.advance(301)
        assert await names.resolve("qwen/qwen3") == "qwen/qwen3"
        await anyio.wait_all_tasks_blocked()
        assert await names.resolve("qwen/qwen3") == "lmstudio/qwen/qwen3"


async def test_who_does_not_answer_is_not_waited_for_again() -> None:
    clients = listing(ollama=(), lmstudio=("qwen/qwen3",))
    clients["lmstudio"].down = True
    async with names_of(clients, patience=0.0) as names:
        assert await names.resolve("qwen/qwen3") == "qwen/qwen3"
        clients["lmstudio"].down = False
        await names.resolve("qwen/other")
        await anyio.wait_all_tasks_blocked()
        assert await names.resolve("qwen/qwen3") == "lmstudio/qwen/qwen3"


ALIASES = {"fast": "b/m", "claude-haiku-*": "b/*", "quick": "fast"}


async def test_every_operation_goes_by_alias() -> None:
    a, b = ScriptedClient(provider="a"), ScriptedClient(provider="b")
    async with managed({"a": a, "b": b}, aliases=ALIASES) as app:
        client: Client = app.client
        for name in ("fast", "quick"):
            answer = await chat(client, ask(name, "hi"))
            assert isinstance(answer, ChatResponse)
            assert answer.provider == "b"
        await stream(client, ask("claude-haiku-4-5", "hi"))
        done = (await settle(client.complete(CompletionRequest("fast", "once")))).unwrap()
        vectors = (await settle(client.embed(EmbeddingRequest("claude-haiku-x", ("t",))))).unwrap()
        heard = (
            await settle(client.transcribe(TranscriptionRequest("fast", Audio(Bytes(b"x", "audio/wav")))))
        ).unwrap()
        counted = await settle(client.count_tokens(ask("fast", "hi")))
        events = await continued(client, CompletionRequest("fast", "once"))
        ordered = await chat(client, attrs.evolve(ask("", "hi"), options=CallOptions(order=("fast",))))
        explained = (await settle(app.manager.explain(ask("quick", "hi")))).unwrap()
    assert a.requests == []
    assert [request.model for request in b.requests] == ["m", "m", "4-5", "m"]
    assert (done.provider, vectors.provider, vectors.model, heard.provider) == ("b", "b", "x", "b")
    assert counted.value_or(None) is not None
    assert events
    assert isinstance(ordered, ChatResponse)
    assert explained.ranked[0].model == "b/m"


async def test_the_settings_may_speak_in_aliases() -> None:
    down = ScriptedClient([ModelNotFound(detail="gone")] * 2, provider="a")
    async with managed({"a": down, "b": ScriptedClient(provider="b")}, aliases=ALIASES, fallback=("quick",)) as app:
        answer = await chat(app.client, ask("a/m", "hi"))
    assert isinstance(answer, ChatResponse)
    assert answer.fallback_provider == "b"


async def test_a_provider_that_is_not_set_up_is_a_model_that_is_not_there() -> None:
    layers_known = frozenset({"openai", "fake"})
    async with managed(ScriptedClient()) as app:
        planner = app.manager.planner
        places = attrs.evolve(planner.routes.places, known=layers_known)
        routes = attrs.evolve(planner.routes, places=places)
        error = (await attrs.evolve(planner, routes=routes).plan(ask("openai/gpt-4o", "hi"))).failure()
    assert isinstance(error, ModelNotFound)
    assert error.status == 404
    assert "there is no model 'openai/gpt-4o': the provider 'openai' is not configured" in str(error)
