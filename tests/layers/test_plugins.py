"""Plug-ins as an App meets them: each group works, and what is broken in any way is named while the rest goes on."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
from returns.result import Failure, Success

from pointsman import ConfigurationError, Settings, ask, fake, fake_settings, fold, live, open_app, settle
from pointsman.adapters.memory.cache_store import MemoryCache
from pointsman.adapters.plugins import discovery
from pointsman.adapters.plugins.discovery import installed_plugins, load_plugin, unreadable_packages
from pointsman.core.models.local_model import Capacity, LocalModel, plan_engine
from pointsman.core.security.secret import Secret
from pointsman.core.settings import EngineSettings, OidcSettings, PluginSettings, PluginStores, ProviderSettings
from pointsman.core.webhook import Webhook
from pointsman.layers.engines import engine_starter
from pointsman.layers.live import _middleware
from pointsman.layers.plugins import plugin_reports, tools_for_serving
from pointsman.layers.stores import by_settings
from pointsman.layers.tools import equipment
from pointsman.services.app import App
from pointsman.services.ports.client import Client
from pointsman.testing.laws import middleware
from tests.installed import install_package
from tests.patience import GUARD

GOOD_TOOLS = """
from pointsman import tool_of
def platform(town: str) -> str:
    "The platform of a town."
    return f"{town}: 3"
pair = (tool_of(platform, name="one").unwrap(), tool_of(platform, name="two").unwrap())
number = 42
"""
MIDDLEWARE = """
import attrs
from pointsman.ports import CHAT, ChatMiddleware
@attrs.frozen
class Loud(ChatMiddleware):
    inner: object
    async def call_chat(self, request):
        return (await self.inner.call(CHAT, request)).map(lambda one: attrs.evolve(one, model=one.model.upper()))
    async def open_chat(self, request):
        stream = await self.inner.open(request)
        stream.map_response(lambda one: attrs.evolve(one, model=one.model.upper()))
        return stream
@attrs.frozen
class Clumsy(ChatMiddleware):
    inner: object
    async def call_chat(self, request):
        raise ZeroDivisionError("by zero")
    async def open_chat(self, request):
        raise SystemExit(3)
def same(inner): return inner
"""
ENGINES = """
from pointsman.testing import FakeEngines
from pointsman.adapters.system.clock import SystemClock
def make(settings):
    return FakeEngines(SystemClock(), seconds=settings.idle / 1e6)
class Mean:
    def capacity(self): raise KeyError("cores")
    async def start(self, plan): raise BaseException("no engine today")
"""
STORES = """
from contextlib import asynccontextmanager
from returns.result import Failure, Success
from pointsman.adapters.memory.cache_store import MemoryCache
from pointsman.services.ports.cache_store import CacheBounds
opened = []
@asynccontextmanager
async def cache(settings):
    opened.append("open")
    opened[:] = ["open", settings] if settings.providers else opened
    yield Success(MemoryCache(CacheBounds(entries=3, size=1000)))
    opened.append("closed")
@asynccontextmanager
async def down(settings):
    yield Failure("the server is down")
@asynccontextmanager
async def wrong(settings):
    yield Success("a cache, I promise")
@asynccontextmanager
async def raises(settings):
    raise OSError("no route to host")
    yield
def no_scope(settings): return 42
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Many packages, good and bad."""
    tools = ("platform = good_tools:platform", "pair = good_tools:pair", "number = good_tools:number")
    install_package(tmp_path, "good_tools", GOOD_TOOLS, *tools, group="tools")
    install_package(tmp_path, "exiting", "raise SystemExit(9)", "leave = exiting:f", group="tools")
    install_package(tmp_path, "rude", "raise BaseException('rude\\nwords')", "rude = rude:f", group="tools")
    install_package(tmp_path, "odd", "x = 1", "odd = ???", "calculator = odd:x", group="tools")
    around = ("loud = around:Loud", "clumsy = around:Clumsy", "same = around:same", "gone = around:gone")
    install_package(tmp_path, "around", MIDDLEWARE, *around, group="middleware")
    install_package(
        tmp_path, "engines_of", ENGINES, "fast = engines_of:make", "mean = engines_of:Mean", group="engines"
    )
    names = ("cache", "down", "wrong", "raises", "no_scope")
    install_package(tmp_path, "stores_of", STORES, *(f"{name} = stores_of:{name}" for name in names), group="stores")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("around", "stores_of"):
        sys.modules.pop(name, None)
    return tmp_path


def without(*disabled: str) -> Settings:
    return Settings(plugins=PluginSettings(disabled=disabled))


# What is installed


def test_all_are_listed_with_their_state_and_nothing_that_is_broken_spoils_the_rest(installed: Path) -> None:
    reports = {report.plugin.place: report for report in plugin_reports(Settings())}
    states = {place: report.state for place, report in reports.items()}
    assert states == {
        **dict.fromkeys(("tools.platform", "tools.pair", "middleware.loud", "middleware.clumsy"), "ready"),
        **dict.fromkeys(("engines.fast", "engines.mean"), "ready"),
        **dict.fromkeys((f"stores.{name}" for name in ("cache", "down", "wrong", "raises", "no_scope")), "ready"),
        **dict.fromkeys(("tools.number", "tools.leave", "tools.rude", "tools.odd", "middleware.gone"), "broken"),
        "middleware.same": "broken",
        "tools.calculator": "hidden",
    }
    assert "'exiting:f' of the package exiting did not load: SystemExit: 9" in reports["tools.leave"].detail
    assert "\n" not in reports["tools.rude"].detail
    assert "it gave a int; it must give a function or a tool" in reports["tools.number"].detail
    assert "a function of a client that gives another" in reports["middleware.same"].detail
    assert reports["tools.pair"].plugin.version == "1"


def test_what_is_switched_off_is_not_loaded(installed: Path) -> None:
    states = {one.plugin.place: one.state for one in plugin_reports(without("Around", "tools.pair"))}
    assert {place for place, state in states.items() if state == "off"} == {
        *(f"middleware.{name}" for name in ("loud", "clumsy", "same", "gone")),
        "tools.pair",
    }
    assert "around" not in sys.modules


def test_a_package_that_cannot_be_read_hides_no_other(installed: Path) -> None:
    (installed / "unread-1.dist-info").mkdir()
    (installed / "unread-1.dist-info" / "METADATA").write_bytes(b"Metadata-Version: 2.1\nName: unread\nVersion: 1\n")
    (installed / "unread-1.dist-info" / "entry_points.txt").write_bytes(b"[pointsman.tools]\n\xff\xfe = x:y\n")
    sys.path.insert(0, f"{installed}/")  # what is known is looked up anew where the path changes
    try:
        assert any(one.name == "platform" for one in installed_plugins())
        assert unreadable_packages() == ("unread",)
    finally:
        sys.path.remove(f"{installed}/")


@pytest.mark.parametrize(
    ("package", "code", "reason"),
    [
        ("interrupting", "raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("leaving", "raise SystemExit(0)", "SystemExit: 0"),
        ("stopping", "raise GeneratorExit", "GeneratorExit"),
        ("hanging", "import threading\nthreading.Event().wait()", "its import was not over within 0.05 s"),
        ("lacking", "import no_such_module_at_all", "No module named"),
    ],
)
def test_whatever_an_import_does_is_a_failure_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, code: str, reason: str
) -> None:
    install_package(tmp_path, package, code, f"wild = {package}:f", group="tools")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(discovery, "LONGEST_IMPORT", 0.05 if package == "hanging" else GUARD)
    error = load_plugin("tools", "wild").failure()
    assert f"'{package}:f' of the package {package} did not load" in error.detail
    assert reason in error.detail


def test_what_a_plugin_prints_while_it_is_imported_is_not_in_the_answer_of_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install_package(tmp_path, "loud_one", "print('hello!')\nx = print", "loud = loud_one:x", group="tools")
    monkeypatch.syspath_prepend(tmp_path)
    assert isinstance(load_plugin("tools", "loud"), Success)
    out, err = capsys.readouterr()
    assert (out, err) == ("", "hello!\n")


def test_a_name_that_one_package_gives_twice_is_doubled_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_package(tmp_path, "twice", GOOD_TOOLS, "a = twice:platform", group="tools")
    (found,) = tmp_path.glob("twice*.dist-info/entry_points.txt")
    found.write_text("[pointsman.tools]\na = twice:platform\n\n[pointsman.tools]\na = twice:pair\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "the package twice" in load_plugin("tools", "a").failure().detail
    assert [one.state for one in plugin_reports(Settings()) if one.plugin.name == "a"] == ["doubled", "doubled"]


# Tools


async def given(name: str, settings: Settings) -> str:
    """What the tools of that name are called, or why there are none."""
    async with equipment([name], settings) as opened:
        if isinstance(opened, Failure):
            return str(opened.failure().detail)
        return " ".join(tool.spec.name for tool in opened.unwrap().tools)


async def test_a_tool_of_a_plugin_is_named_as_our_own_are(installed: Path) -> None:
    assert await given("platform", Settings()) == "platform"
    assert await given("pair", Settings()) == "one two"
    assert await given("calculator", Settings()) == "calculator"
    assert "there is no tool 'platfrom'" in await given("platfrom", Settings())
    assert "SystemExit: 9" in await given("leave", Settings())
    switched_off = await given("platform", without("good-tools"))
    assert switched_off == "tools.platform of the package good_tools is switched off by plugins.disabled"


def test_a_server_offers_only_the_tools_that_are_named_for_it(
    installed: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "pointsman.plugins"):
        offered = tools_for_serving(PluginSettings(tools=("leave", "platform")))
    assert [tool.spec.name for tool in offered] == ["platform"]
    assert "'leave' is not offered" in caplog.text


# Middleware


@asynccontextmanager
async def app_with(*names: str) -> AsyncIterator[App]:
    settings = attrs.evolve(fake_settings(), plugins=PluginSettings(middleware=names))
    async with open_app(fake().but(middleware=_middleware), settings) as opened:
        yield opened.unwrap()


async def test_middleware_stands_around_chats_and_streams(installed: Path) -> None:
    async with app_with("loud") as app:
        assert (await settle(app.client.chat(ask("", "Hello")))).unwrap().model == "FAKE-MODEL"
        assert (await settle(fold(app.client.stream(ask("", "Hello"))))).unwrap().model == "FAKE-MODEL"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gone", "plugins.middleware: 'around:gone' of the package around did not load: AttributeError"),
        ("nobody", "plugins.middleware: the middleware 'nobody' is installed by no package"),
        ("clumsy", "the middleware clumsy of the package around raised ZeroDivisionError: by zero"),
    ],
)
async def test_without_its_middleware_nothing_is_sent_and_all_else_works(
    installed: Path, name: str, reason: str
) -> None:
    async with app_with(name) as app:
        error = (await settle(app.client.chat(ask("", "Hello")))).failure()
        assert isinstance(error, ConfigurationError)
        assert reason in error.detail
        streamed = (await settle(fold(app.client.stream(ask("", "Hello"))))).failure()
        assert isinstance(streamed, ConfigurationError)
        assert (await settle(app.client.models())).unwrap()
        assert (await settle(app.stores.keys.all())).unwrap() == ()


@pytest.mark.parametrize("law", middleware.LAWS)
async def test_middleware_of_a_plugin_keeps_the_laws(installed: Path, law: middleware.Law) -> None:
    def wrap(inner: Client) -> Client:
        (put,) = _middleware(Settings(plugins=PluginSettings(middleware=("loud",))))
        return put(inner)

    await law(wrap)


# Engines


MODEL = LocalModel(name="tiny", path="/models/tiny.gguf", size_bytes=1000, holder="pointsman")
PLAN = plan_engine(MODEL, EngineSettings(), Capacity(cores=1, free_memory=None))


async def test_an_engine_of_a_plugin_is_started_by_the_keeper_of_ours(installed: Path) -> None:
    settings = Settings(engine=EngineSettings(kind="fast", idle=1.0))
    starter = engine_starter(settings, lambda *_: pytest.fail("it is no process of ours"))
    started = (await starter.start(PLAN)).unwrap()
    assert (await settle(started.client.chat(ask("tiny", "Hello")))).unwrap().text == "You said: Hello"
    await started.stop()
    assert await started.wait() == "it was stopped"
    assert starter.capacity().cores == 4


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("mean", "the engine mean of the package engines_of raised BaseException: no engine today"),
        ("gone", "engine.kind: the engine 'gone' is installed by no package"),
    ],
)
async def test_an_engine_that_cannot_be_had_is_a_typed_failure_of_its_models(
    installed: Path, kind: str, reason: str
) -> None:
    settings = Settings(engine=EngineSettings(kind=kind))
    starter = engine_starter(settings, lambda *_: pytest.fail("it is no process of ours"))
    assert starter.capacity().cores >= 1
    error = (await starter.start(PLAN)).failure()
    assert reason in error.detail
    assert error.model == "tiny"


# Stores


def stores_named(**names: str) -> Settings:
    return Settings(plugins=PluginSettings(stores=PluginStores(**names)))


async def test_a_store_of_a_plugin_takes_the_place_of_ours_and_closes_with_them(installed: Path) -> None:
    async with by_settings(stores_named(cache="cache")) as opened:
        assert isinstance(opened.unwrap().cache, MemoryCache)
        assert sys.modules["stores_of"].opened == ["open"]
    assert sys.modules["stores_of"].opened == ["open", "closed"]


async def test_a_store_of_a_plugin_is_given_no_secrets(installed: Path) -> None:
    secret = "sk-of-the-provider"
    provider = ProviderSettings(name="openai", kind="openai", api_key=Secret(secret))
    settings = attrs.evolve(
        stores_named(cache="cache"),
        providers={"openai": provider},
        webhooks=(Webhook(name="w", url=f"https://hooks.example/{secret}", events=(), secret=Secret(secret)),),
        database_password=Secret(secret),
        oidc=OidcSettings(client_secret=Secret(secret)),
    )
    async with by_settings(settings) as opened:
        opened.unwrap()
        (_, given) = sys.modules["stores_of"].opened
    assert given.providers["openai"].kind == "openai"
    assert secret in _revealed(settings)
    assert secret not in _revealed(given)


def _revealed(value: Any) -> str:
    """All there is in `value`, secrets too."""
    if isinstance(value, Secret):
        return value.reveal()
    if attrs.has(type(value)):
        return " ".join(_revealed(getattr(value, field.name)) for field in attrs.fields(type(value)))
    if isinstance(value, dict):
        return _revealed((*value.keys(), *value.values()))
    return " ".join(map(_revealed, value)) if isinstance(value, tuple) else repr(value)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("down", "did not load: the server is down"),
        ("wrong", "did not load: it has no "),
        ("raises", "did not load: OSError: no route to host"),
        ("no_scope", "it gave a int; it must give a scope"),
        ("nobody", "the store 'nobody' is installed by no package"),
    ],
)
async def test_a_store_that_does_not_open_is_named_and_nothing_takes_its_place(
    installed: Path, name: str, reason: str
) -> None:
    async with by_settings(stores_named(cache=name)) as opened:
        assert isinstance(opened, Failure)
        assert opened.failure().detail.startswith("plugins.stores.cache: ")
        assert reason in opened.failure().detail
    async with open_app(live, attrs.evolve(Settings.local("m"), plugins=stores_named(cache=name).plugins)) as app:
        assert isinstance(app, Failure)


async def test_a_store_that_we_could_not_encrypt_is_refused_where_all_shall_be(installed: Path) -> None:
    settings = attrs.evolve(stores_named(conversations="cache"), encrypted=True)
    async with by_settings(settings) as opened:
        assert "a plug-in's store is not encrypted by us" in opened.failure().detail
