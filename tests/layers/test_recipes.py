"""Layers that merge, providers of one's own, and one form of opening for all of them."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import attrs
import pytest
from returns.result import Failure, Result, Success

from pointsman import (
    CallOptions,
    ChatError,
    ChatRequest,
    ChatResponse,
    ConfigurationError,
    InvalidRequest,
    Layers,
    LLMError,
    ModelUnavailable,
    NetworkError,
    ProviderSettings,
    Settings,
    TimeoutError,
    ask,
    blocking,
    client_of,
    fake,
    fake_settings,
    fold,
    health,
    layer,
    live,
    load_settings,
    open_app,
    own_provider,
    provide,
    settle,
)
from pointsman.adapters.http1.exchange import HttpRequest
from pointsman.adapters.memory.cache_store import MemoryCache
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.core.json import Json
from pointsman.core.settings import CacheSettings, RetrySettings
from pointsman.layers.recipes import STORES, Open, Recipes
from pointsman.layers.settings.sources import Arguments
from pointsman.pipelines import program
from pointsman.services.app import App
from pointsman.services.ports.cache_store import CacheStore
from pointsman.services.ports.router import Plan, Router, Unplanned
from pointsman.services.ports.stores import Stores
from pointsman.testing import (
    FixedRouter,
    ScriptedClient,
    ScriptedTransport,
    VirtualClock,
    manager_over,
    plain_structure,
    router_to,
)
from tests.installed import install_package

V = TypeVar("V")


async def shout(request: ChatRequest) -> str:
    return request.messages[-1].text.upper()


@program
async def answer(app: App, question: str) -> Result[str, LLMError]:
    return (await settle(app.client.chat(ask(question)))).map(lambda response: response.text)


def keep_in(cache: CacheStore) -> Open[CacheStore]:
    @asynccontextmanager
    async def opened(settings: Settings) -> AsyncIterator[Result[CacheStore, ConfigurationError]]:
        yield Success(cache)

    return opened


def test_every_recipe_of_a_layer_is_a_field_or_a_store() -> None:
    fields = {field.name for field in attrs.fields(Layers)} - {"each_store", "conflicts", "is_on_duty"}
    assert set(Recipes.__annotations__) == fields | STORES
    # What processes of one house tell each other, and whether anything can be kept, comes with what they share.
    of_the_database = {"hints", "carrier", "check_writing"}
    stores = {field.name for field in attrs.fields(Stores)} - of_the_database
    assert {name.removesuffix("_store") for name in STORES} == stores


async def test_layers_open_alike_with_and_without_settings() -> None:
    for layers, settings in ((fake(), fake_settings()), (fake(), None), (fake({"a": client_of(shout)}), None)):
        async with open_app(layers, settings) as opened:
            assert opened.unwrap().settings.default_provider in ("fake", "a")


async def test_live_reads_its_own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POINTSMAN_CONFIG", str(tmp_path / "gone.toml"))
    async with open_app(live) as opened:
        assert "there is no such file" in opened.failure().detail
    (tmp_path / "here.toml").write_text('default_provider = "openai"\n[providers.openai]\napi_key = "sk-1234567890"')
    monkeypatch.setenv("POINTSMAN_CONFIG", str(tmp_path / "here.toml"))
    async with open_app(live) as opened:
        assert opened.unwrap().settings.default_provider == "openai"


async def test_one_store_is_swapped_and_the_others_stay() -> None:
    cache = MemoryCache()
    settings = attrs.evolve(fake_settings(), cache=CacheSettings(enabled=True))
    async with open_app(fake(["one"]) | layer("mine", cache=keep_in(cache)), settings) as opened:
        app = opened.unwrap()
        assert app.stores.cache is cache
        assert [(await settle(answer("Which way?")(app))).unwrap() for _ in range(2)] == ["one", "one"]


async def test_a_store_that_does_not_open_is_a_typed_failure() -> None:
    @asynccontextmanager
    async def failing(settings: Settings) -> AsyncIterator[Result[CacheStore, ConfigurationError]]:
        yield Failure(ConfigurationError(detail="redis does not answer"))

    async with open_app(fake() | layer("redis", cache=failing)) as opened:
        assert opened.failure().detail == "redis does not answer"


async def test_the_layer_wins_over_the_whole_and_two_layers_over_nobody() -> None:
    one, two = layer("one", cache=keep_in(MemoryCache())), layer("two", cache=keep_in(MemoryCache()))
    async with open_app(fake() | one | two) as opened:
        assert isinstance(opened, Success)
    async with open_app(fake() | (one + two)) as opened:
        assert opened.failure().problems == ("cache is set by 'one' and by 'two'; leave it out of one of them",)


async def test_hooks_add_up_and_providers_merge_by_name() -> None:
    def say(word: str) -> Callable[[ChatRequest], Result[ChatRequest, InvalidRequest]]:
        return lambda request: Success(ask(request.model, f"{request.messages[-1].text} {word}"))

    hooks = layer("a", before=(say("left"),)) + layer("b", before=(say("right"),))
    loud = own_provider("loud", client_of(shout)) + own_provider("quiet", client_of(shout))
    async with open_app(fake() | hooks | loud) as opened:
        app = opened.unwrap()
        assert (await settle(answer("go")(app))).unwrap() == "You said: go left right"
        assert set(app.clients) == {"fake", "loud", "quiet"}
    twice = own_provider("loud", client_of(shout)) + own_provider("loud", client_of(shout))
    async with open_app(fake() | twice) as opened:
        assert opened.failure().detail.startswith("providers.loud is set by 'the provider loud'")


async def test_a_provider_of_ones_own_has_all_that_stands_around_the_others() -> None:
    calls: list[str] = []

    async def down_twice(request: ChatRequest) -> Result[ChatResponse, ChatError]:
        calls.append(request.model)
        if len(calls) < 3:
            return Failure(ModelUnavailable(detail="loading"))
        return Success(ChatResponse(provider="loud"))

    async with open_app(fake() | own_provider("loud", client_of(down_twice))) as opened:
        response = (await settle(opened.unwrap().client.chat(ask("loud/big", "Which way?")))).unwrap()
    assert (response.retry_count, calls) == (2, ["big"] * 3)


async def test_one_function_and_nothing_else_is_an_app() -> None:
    layers = live.but(load=lambda: Success(Settings())) | own_provider("shout", client_of(shout, name="shout"))
    assert await settle(provide(answer("Which way?"), layers)) == Success("WHICH WAY?")
    with blocking.connect(layers=layers) as client:
        assert client.chat(ask("Which way?")).text == "WHICH WAY?"


async def test_one_call_says_how_all_providers_are() -> None:
    clients = {
        "up": ScriptedClient(provider="up"),
        "down": ScriptedClient(provider="down", error=NetworkError(detail="gone")),
    }
    async with open_app(fake(clients)) as opened:
        app = opened.unwrap()
        pings = (await settle(health(app.clients, app.clock))).unwrap()
    assert [(ping.provider, ping.ok) for ping in pings] == [("down", False), ("up", True)]


# Providers of other packages


SHOUTING = """
from pointsman import ChatRequest, Client, client_of
async def shout(request: ChatRequest) -> str:
    return request.messages[-1].text.upper()
def make() -> Client:
    return client_of(shout, name="shout")
def by_settings(settings):
    async def say(request): return f"{settings.name} {settings.model}"
    return client_of(say)
def nonsense(): return 42
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    points = ("shout = shouting_pack:make", "told = shouting_pack:by_settings", "nonsense = shouting_pack:nonsense")
    install_package(tmp_path, "shouting_pack", SHOUTING, *points, "gone = shouting_pack:missing")
    install_package(
        tmp_path, "broken_pack", "import not_there", "broken = broken_pack:make", "shout_too = broken_pack:make"
    )
    install_package(tmp_path, "second_pack", SHOUTING, "shout_too = second_pack:make")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def settings_of(*kinds: str) -> Settings:
    providers = {kind: ProviderSettings(name=kind, kind=kind, model="big") for kind in kinds}
    return Settings(providers=providers, default_provider=kinds[0])


async def test_a_provider_of_another_package_is_asked_by_its_kind(installed: Path) -> None:
    assert await settle(provide(answer("Which way?"), live, settings_of("shout"))) == Success("WHICH WAY?")
    assert await settle(provide(answer("?"), live, settings_of("told"))) == Success("told big")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("broken", "'broken_pack:make' of the package broken_pack did not load: ModuleNotFoundError: No module named"),
        ("gone", "did not load: AttributeError: module 'shouting_pack' has no attribute 'missing'"),
        ("nonsense", "it gave a int; it must give a `Client`, see `client_of`"),
        ("shout_too", "the kind 'shout_too' is installed by the package broken_pack, the package second_pack"),
    ],
)
async def test_a_broken_one_is_named_and_the_others_work(installed: Path, kind: str, reason: str) -> None:
    async with open_app(live, settings_of("shout", kind)) as opened:
        app = opened.unwrap()
        error = (await settle(app.client.chat(ask(f"{kind}/big", "Which way?")))).failure()
        assert isinstance(error, ConfigurationError)
        assert reason in error.detail
        assert error.detail.startswith(f"providers.{kind}: ")
        assert (await settle(answer("Which way?")(app))).unwrap() == "WHICH WAY?"


def test_it_is_named_on_the_command_line_and_in_a_file(installed: Path) -> None:
    by_line = load_settings(Arguments(provider="shout"), environment={}).unwrap()
    assert (by_line.default_provider, by_line.providers["shout"].kind) == ("shout", "shout")
    (installed / "p.toml").write_text('[providers.loud]\nkind = "shout"\nmodel = "big"', "utf-8")
    by_file = load_settings(config=str(installed / "p.toml"), environment={}).unwrap()
    assert (by_file.default_provider, by_file.providers["loud"].kind) == ("loud", "shout")


async def test_a_kind_that_nobody_has_is_refused(installed: Path) -> None:
    async with open_app(live, settings_of("shouting")) as opened:
        assert "'shouting' is not a kind of provider" in opened.failure().detail


async def test_a_function_that_takes_too_long_is_cut_by_the_request() -> None:
    clock = VirtualClock()

    async def slow(request: ChatRequest) -> str:
        await clock.sleep(60.0)
        return "late"

    once = attrs.evolve(fake_settings(), retries=RetrySettings(max_retries=0))
    async with open_app(fake(clock=clock) | own_provider("slow", client_of(slow)), once) as opened:
        request = attrs.evolve(ask("slow/m", "Which way?"), timeout=2.0)
        error = (await settle(opened.unwrap().client.chat(request))).failure()
        streamed = (await settle(fold(opened.unwrap().client.stream(request)))).failure()
    for late in (error, streamed):
        assert isinstance(late, TimeoutError)
        assert (late.timeout_ms, late.provider) == (2000, "slow")


def test_nothing_is_imported_before_it_is_asked_for(installed: Path) -> None:
    sys.modules.pop("shouting_pack", None)
    assert "shout" in PROVIDERS
    assert "shout" not in set(PROVIDERS)
    assert PROVIDERS["shout"].is_installed
    assert "shouting_pack" not in sys.modules


def wire(question: HttpRequest) -> tuple[int, bytes]:
    """A server of OpenAI's dialect, without a socket."""
    if question.target.endswith(b"/models"):
        return 200, b'{"object": "list", "data": [{"id": "tiny", "object": "model"}]}'
    said = b'{"role": "assistant", "content": "by hand"}'
    return (
        200,
        b'{"id": "1", "model": "tiny", "choices": [{"index": 0, "finish_reason": "stop", "message": %s}]}' % said,
    )


async def test_a_transport_of_ones_own_is_one_field() -> None:
    transport = ScriptedTransport(wire)
    settings = Settings.openai("tiny", api_key="sk-1", base_url="http://localhost:9/v1")
    async with open_app(live.but(transport=transport.open), settings) as opened:
        answer = (await settle(opened.unwrap().client.chat(ask("Which way?")))).unwrap()
    assert answer.text == "by hand"
    assert [question.target for question in transport.questions] == [b"/v1/chat/completions"]
    assert transport.questions[0].origin == ("http", "localhost", 9)
    assert transport.open_now == 0


async def test_a_local_server_is_looked_for_over_it_too() -> None:
    transport = ScriptedTransport(wire)
    layers = live.but(transport=transport.open, load=lambda: Success(Settings()))
    async with open_app(layers) as opened:
        assert isinstance(opened, Success)
    assert {question.origin[1] for question in transport.questions} == {"localhost"}


async def test_layers_that_connect_to_nothing_refuse_a_transport() -> None:
    async with open_app(fake().but(transport=ScriptedTransport(wire).open)) as opened:
        assert "transport is set" in str(opened.failure())


async def test_a_router_of_ones_own_is_one_field() -> None:
    clients = {"one": client_of(shout, name="one"), "two": client_of(shout, name="two")}
    router = FixedRouter("two/m")
    async with open_app(fake(clients).but(router=lambda planner: router)) as opened:
        app = opened.unwrap()
        answer = (await settle(app.client.chat(ask("one/m", "hello")))).unwrap()
        explained = (await settle(app.manager.explain(ask("one/m", "hello")))).unwrap()
    assert answer.provider == "two"
    assert [one.model for one in explained.ranked] == ["two/m"]
    assert len(router.requests) == 1


async def test_a_router_may_ask_the_planner_that_it_replaces() -> None:
    @attrs.frozen
    class Reversed:
        planner: Router

        async def plan(self, request: ChatRequest, *, advance: bool = True) -> Result[Plan, Unplanned]:
            planned = await self.planner.plan(request, advance=advance)
            return planned.map(lambda plan: attrs.evolve(plan, models=plan.models[::-1]))

        def scope(self, request: ChatRequest) -> str:
            return self.planner.scope(request)

    clients = {"one": client_of(shout, name="one"), "two": client_of(shout, name="two")}
    asked = attrs.evolve(ask("hello"), options=CallOptions(order=("one/m", "two/m")))
    async with open_app(fake(clients).but(router=Reversed)) as opened:
        assert (await settle(opened.unwrap().client.chat(asked))).unwrap().provider == "two"


async def test_a_structure_of_ones_own_is_one_field() -> None:
    def lenient(text: str, kind: type[V], read: Callable[[Json], Json] | None) -> Result[V, tuple[str, ...]]:
        return plain_structure(text.strip("~"), kind, read)

    async with open_app(fake(['~{"value": 7}~']).but(structure=lambda: lenient)) as opened:
        typed = await settle(opened.unwrap().manager.ask(ask("How many?"), int))
    assert typed.unwrap().value == 7


async def test_a_manager_of_ones_own_is_one_field() -> None:
    async with open_app(fake().but(manager=manager_over(client_of(shout)))) as opened:
        app = opened.unwrap()
        assert (await settle(app.client.chat(ask("hello")))).unwrap().text == "HELLO"
        talk = (await settle(app.manager.conversations.create())).unwrap()
        assert (await settle(app.manager.continue_conversation(talk.id, "again"))).unwrap().text == "AGAIN"


async def test_two_layers_that_both_name_a_router_are_a_typed_failure() -> None:
    both = layer("a", router=router_to("fake/m")) + layer("b", router=router_to("fake/m"))
    async with open_app(fake() | both) as opened:
        assert "router is set by 'a' and by 'b'" in str(opened.failure())
