"""Settings that a program builds: they pass the same checks as a file, and nothing raises out of `open_app`."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from returns.result import Failure, Success

from pointsman import ConfigurationError, Secret, Settings, blocking, fake, live, open_app
from pointsman.core.mcp_server import McpServer
from pointsman.core.money.budget import Budget
from pointsman.core.prompts.personality import Exchange, Personality
from pointsman.core.routing.experiment import Experiment, Variant
from pointsman.core.routing.rate import Limit
from pointsman.core.settings import (
    CacheSettings,
    ModelSettings,
    ProviderSettings,
    RetrySettings,
    RoutingSettings,
    SemanticSettings,
    Timeouts,
)
from pointsman.core.webhook import Webhook
from pointsman.layers.settings.rules import check_settings
from tests.simulated import settings_at

NOWHERE = "http://127.0.0.1:9"
PROVIDER = ProviderSettings(
    name="work", kind="custom", base_url=NOWHERE, model="m", api_key=Secret("key-12345678"), retries=RetrySettings()
)
HOOK = Webhook(
    name="hook",
    url="https://hook.example/x",
    events=("response_complete",),
    secret=Secret("whsec-0123456789abcdef"),
)
FULL = Settings(
    providers={"work": PROVIDER},
    default_provider="work",
    cache=CacheSettings(semantic=SemanticSettings(model="work/e")),
    limits={"work": Limit(requests_per_minute=5)},
    budgets=(Budget(name="day", usd=Decimal(1)),),
    models={"work/m": ModelSettings(input=Decimal(1))},
    experiments=(Experiment(name="two", variants=(Variant(name="a"),)),),
    mcp=(McpServer(name="files", command="true"),),
    webhooks=(HOOK,),
    personality=Personality(examples=(Exchange("hi", "hello"),)),
)
UNKNOWN: Any = "fastest-ever"
BAD: tuple[object, ...] = (object(), b"bytes", -1, 10**400, float("nan"), "\0", "  ", [object()], {"x": object()}, 1j)


def spoiled(value: Any, bad: object) -> Iterator[tuple[str, Any]]:
    """`value` with one field after the other replaced by `bad`, at every depth, and where."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from ((f".{key}{where}", {**value, key: changed}) for where, changed in spoiled(one, bad))
    elif isinstance(value, tuple):
        for number, one in enumerate(value):
            changes = spoiled(one, bad)
            yield from ((f"[{number}]{at}", (*value[:number], new, *value[number + 1 :])) for at, new in changes)
    elif attrs.has(type(value)) and not isinstance(value, Secret):
        for field in attrs.fields(type(value)):
            yield f".{field.name}", attrs.evolve(value, **{field.name: bad})
            inner = spoiled(getattr(value, field.name), bad)
            yield from ((f".{field.name}{at}", attrs.evolve(value, **{field.name: new})) for at, new in inner)


def test_the_settings_to_be_spoiled_are_right() -> None:
    assert check_settings(FULL).map(lambda settings: settings.providers["work"].base_url) == Success(f"{NOWHERE}/v1")


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: repr(bad)[:12])
def test_no_value_in_any_field_raises(bad: object) -> None:
    for where, settings in spoiled(FULL, bad):
        checked = check_settings(settings)
        if isinstance(bad, (bytes, complex)) or type(bad) is object:
            assert isinstance(checked, Failure), where
            assert isinstance(checked.failure(), ConfigurationError)
            assert str(checked.failure())


@pytest.mark.parametrize("bad", [object(), "\0", -1], ids=["object", "zero", "negative"])
async def test_no_wrong_field_raises_out_of_an_app(bad: object) -> None:
    for where, settings in spoiled(attrs.evolve(FULL, telemetry=FULL.telemetry), bad):
        async with open_app(live, settings) as opened:
            assert isinstance(opened, (Failure, Success)), where


@pytest.mark.parametrize(
    ("provider", "problem"),
    [
        ({"kind": "nonexistent"}, "providers.work.kind: 'nonexistent' is not a kind of provider"),
        ({"kind": "lm_studio"}, "did you mean lmstudio?"),
        ({"base_url": "http://a:99999"}, "providers.work.base_url: it is not an address"),
        ({"base_url": "zzz://x"}, "providers.work.base_url: it is not an address"),
        ({"base_url": None}, "providers.work: it needs a base URL"),
        ({"proxy": "nonsense://x"}, "providers.work.proxy: it is not an address"),
        ({"proxy": "ftp://x"}, "providers.work.proxy"),
        ({"name": "other"}, "providers.work.name: it is not 'work', under which it stands"),
        ({"timeout": -1.0}, "providers.work.timeout: -1.0 is not at least 0.001"),
        ({"headers": {"a b": Secret("x")}}, "providers.work.headers.a b: it is not the name of a header"),
        ({"kind": "openai", "base_url": None, "api_key": None}, "it needs a key; set OPENAI_API_KEY"),
    ],
)
async def test_a_wrong_provider_is_told_with_its_place(provider: dict[str, Any], problem: str) -> None:
    settings = attrs.evolve(FULL, providers={"work": attrs.evolve(PROVIDER, **provider)})
    async with open_app(live, settings) as opened:
        assert problem in str(opened.failure())


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"limits": {"work": Limit(requests_per_minute=0)}}, "limits.work: a limit of 0 lets nothing through"),
        ({"limits": {"wrok/m": Limit(requests_per_minute=1)}}, "'wrok' is not a provider; did you mean work?"),
        ({"budgets": (Budget(name="day"),)}, "budgets.day: it has no limit"),
        ({"budgets": (FULL.budgets[0], FULL.budgets[0])}, "two of them are named 'day'"),
        ({"retries": RetrySettings(kinds={"RateLimit": 5})}, "did you mean RateLimitExceeded?"),
        ({"retries": RetrySettings(max_retries=-1)}, "retries.max_retries: -1 is not between 0 and 100"),
        ({"cache": CacheSettings(ttl=-1)}, "cache.ttl: -1 is not at least 0"),
        ({"cache": CacheSettings(semantic=SemanticSettings())}, "cache.semantic.model: it needs the name"),
        ({"routing": RoutingSettings(strategy=UNKNOWN)}, "routing.strategy: 'fastest-ever' is not one of"),
        ({"timeouts": Timeouts(connect=0)}, "timeouts.connect: 0 is not at least 0.001"),
    ],
)
async def test_what_a_file_may_not_say_a_program_may_not_say(changes: dict[str, Any], problem: str) -> None:
    for layers in (live, fake()):
        async with open_app(layers, attrs.evolve(FULL, **changes)) as opened:
            assert problem in str(opened.failure())
    with pytest.raises(blocking.ConfigurationError), blocking.connect(attrs.evolve(FULL, **changes)):
        pass


async def test_an_address_in_code_is_mended_as_one_in_a_file() -> None:
    settings = Settings.local("m", kind="LMStudio", base_url="localhost:1234/")
    async with open_app(live, settings) as opened:
        provider = opened.unwrap().settings.providers["LMStudio"]
    assert (provider.kind, provider.base_url) == ("lmstudio", "http://localhost:1234/v1")


@pytest.mark.parametrize(
    ("kind", "given", "mended"),
    [
        ("azure", "https://ours.openai.azure.com", "https://ours.openai.azure.com/openai/v1"),
        ("azure", "https://ours.openai.azure.com/openai/v1/", "https://ours.openai.azure.com/openai/v1"),
        ("custom", "models.example:8000", "http://models.example:8000/v1"),
        ("custom", "http://models.example/api/v3/", "http://models.example/api/v3"),
        ("meta-llama", "http://localhost:8080/", "http://localhost:8080/v1"),
        ("mlx", "http://localhost:8080", "http://localhost:8080/v1"),
        ("vllm", "http://localhost:8000", "http://localhost:8000/v1"),
        ("ollama", "http://localhost:11434/", "http://localhost:11434"),
    ],
)
async def test_an_address_without_its_path_gets_that_of_its_kind(kind: str, given: str, mended: str) -> None:
    key = Secret("key-12345678")
    work = ProviderSettings(name="work", kind=kind, base_url=given, model="m", api_key=key)
    async with open_app(live, Settings(providers={"work": work}, default_provider="work")) as opened:
        assert opened.unwrap().settings.providers["work"].base_url == mended


async def test_settings_are_made_in_one_word() -> None:
    for settings, kind in (
        (Settings.openai("gpt-4o-mini", api_key="key-12345678"), "openai"),
        (Settings.anthropic(api_key=Secret("key-12345678")), "anthropic"),
        (Settings.gemini(api_key="key-12345678"), "gemini"),
        (Settings.custom("localhost:8000", "m"), "custom"),
        (Settings.of("groq", "m", api_key="key-12345678"), "groq"),
        (Settings.local("qwen3"), "ollama"),
    ):
        async with open_app(live, settings) as opened:
            assert opened.unwrap().settings.default_provider == kind
        assert "key-12345678" not in repr(settings)
    assert Settings.local() == Settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:1"),
        ("HTTPS_PROXY", "foo://bar"),
        ("HTTPS_PROXY", "http://["),
        ("SSL_CERT_FILE", "/nowhere/ca.pem"),
        ("NO_PROXY", "[::"),
    ],
)
async def test_the_machine_s_environment_raises_nothing(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    async with open_app(live, Settings.openai("m", api_key="key-12345678")) as opened:
        assert isinstance(opened, Success)


async def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    right = settings_at(NOWHERE, "openai")
    database = attrs.evolve(right, database=str(tmp_path / "file" / "x.db"))
    prompts = attrs.evolve(right, prompts=str(tmp_path / "none"))
    for settings in (database, prompts):
        async with open_app(live, settings) as opened:
            assert isinstance(opened.failure(), ConfigurationError)


async def test_where_no_call_may_leave_this_machine_a_provider_elsewhere_is_as_if_switched_off() -> None:
    away = attrs.evolve(PROVIDER, name="away", base_url="https://api.example/v1")
    here = attrs.evolve(FULL, providers={"work": PROVIDER, "away": away}, remote=False)
    async with open_app(live, here) as opened:
        assert set(opened.unwrap().clients) == {"work"}
    async with open_app(live, attrs.evolve(here, default_provider="away")) as opened:
        assert str(opened.failure()).startswith("providers.away: it is not on this machine")
    async with open_app(live, attrs.evolve(here, remote=True)) as opened:
        assert set(opened.unwrap().clients) == {"work", "away"}


@pytest.mark.parametrize(("proxy", "is_here"), [("http://127.0.0.1:3128", True), ("http://proxy.example:3128", False)])
async def test_where_no_call_may_leave_this_machine_none_goes_by_a_proxy_elsewhere(proxy: str, is_here: bool) -> None:
    through = attrs.evolve(PROVIDER, name="through", proxy=proxy)
    here = attrs.evolve(FULL, providers={"work": PROVIDER, "through": through}, remote=False)
    async with open_app(live, here) as opened:
        assert ("through" in opened.unwrap().clients) is is_here
