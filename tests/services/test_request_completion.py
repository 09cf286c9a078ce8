"""A request is complete before anything looks at it: settings say what it leaves open, once, above everything."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import attrs
import pytest

from pointsman import (
    ChatRequest,
    ChatResponse,
    CompletionRequest,
    EmbeddingRequest,
    ModelUnavailable,
    NetworkError,
    RateLimitExceeded,
    Settings,
    TimeoutError,
    ask,
    fake_settings,
    settle,
)
from pointsman.core.chat.options import CallOptions
from pointsman.core.chat.request_defaults import NO_DEFAULTS, RequestDefaults, common_defaults
from pointsman.core.money.budget import Budget
from pointsman.core.settings import CacheSettings, ProviderSettings, RetryOverrides, RetrySettings
from pointsman.layers.settings.parse import parse_settings
from pointsman.layers.settings.sources import Arguments
from pointsman.testing import ScriptedClient
from tests.managed import chat, managed, priced, scripted, stream

DEFAULTS = RequestDefaults(
    model="m",
    embedding_model="e",
    transcription_model="t",
    temperature=0.5,
    top_p=0.9,
    max_tokens=7,
    extra={"user": "ann", "tier": 1},
    timeout=3.0,
)


def with_provider(name: str = "fake", **changes: Any) -> Settings:
    settings = fake_settings(name)
    one = attrs.evolve(settings.providers[name], **changes)
    return attrs.evolve(settings, providers={name: one})


def test_what_a_request_leaves_open_is_filled_in_and_nothing_else() -> None:
    filled = DEFAULTS.complete(ask("", "hi"))
    assert (filled.model, filled.temperature, filled.top_p, filled.max_tokens) == ("m", 0.5, 0.9, 7)
    assert (filled.timeout, filled.extra) == (3.0, {"user": "ann", "tier": 1})
    said = attrs.evolve(
        ask("x", "hi"), temperature=0.0, top_p=0.0, max_tokens=1, timeout=9.0, extra={"tier": 2, "user": "bob"}
    )
    assert DEFAULTS.complete(said) is said
    assert NO_DEFAULTS.complete(ask("x", "hi")) == ask("x", "hi")
    assert DEFAULTS.complete(filled) is filled
    embedding = DEFAULTS.complete(EmbeddingRequest("", ("a",)))
    assert (embedding.model, embedding.timeout, embedding.extra) == ("e", 3.0, {})
    assert DEFAULTS.complete(CompletionRequest("", "a")).top_p == 0.9


def test_what_providers_agree_on_holds_whoever_answers() -> None:
    other = attrs.evolve(DEFAULTS, temperature=1.0, extra={})
    assert common_defaults([DEFAULTS, other]) == RequestDefaults(top_p=0.9, max_tokens=7)
    assert common_defaults([]) == NO_DEFAULTS
    assert (DEFAULTS.sampling == attrs.evolve(DEFAULTS, model="x", timeout=1.0).sampling) is True
    assert NO_DEFAULTS.sampling == ""


async def test_the_cache_tells_settings_apart() -> None:
    """One store, two settings: what was answered coldly is not given to who asks warmly."""
    for changes in ({"temperature": 2.0}, {"max_tokens": 80}, {"top_p": 0.1}, {"extra": {"user": "bob"}}):
        client = scripted("fake")
        async with managed(client, settings=with_provider(temperature=0.0), cache=CacheSettings(enabled=True)) as app:
            assert isinstance(await chat(app.client, ask("", "hi")), ChatResponse)
            again = await chat(app.client, attrs.evolve(ask("", "hi"), temperature=0.0))
            assert isinstance(again, ChatResponse)
            assert again.cache == "exact"
            key = app.manager.planner.scope(ask("", "hi"))
        async with managed(client, settings=with_provider(**changes), cache=CacheSettings(enabled=True)) as app:
            assert app.manager.planner.scope(ask("", "hi")) != key, changes


async def test_each_provider_of_a_fallback_has_its_own_defaults() -> None:
    first, second = ScriptedClient([NetworkError(), NetworkError(), NetworkError()], "a"), scripted("b")
    settings = attrs.evolve(
        fake_settings("a", "b"),
        providers={
            "a": ProviderSettings(name="a", kind="custom", temperature=0.1, max_tokens=11),
            "b": ProviderSettings(name="b", kind="custom", top_p=0.2, max_tokens=11),
        },
        fallback=("b/m",),
    )
    async with managed({"a": first, "b": second}, settings=settings) as app:
        assert isinstance(await chat(app.client, ask("", "hi")), ChatResponse)
        assert app.manager.planner.defaults_for(ask("", "hi")) == RequestDefaults(max_tokens=11)
    said = [(one.temperature, one.top_p, one.max_tokens) for one in (first.requests[0], second.requests[0])]
    assert said == [(0.1, None, 11), (None, 0.2, 11)]


async def test_a_stream_is_completed_as_a_chat_is() -> None:
    client = scripted("fake")
    async with managed(client, settings=with_provider(temperature=0.3, extra={"user": "ann"})) as app:
        await stream(app.client, ask("fake/m", "hi"))
        await stream(app.clients["fake"], ask("", "hi"))
    assert [(one.temperature, one.extra) for one in client.requests] == [(0.3, {"user": "ann"})] * 2


async def test_a_budget_reckons_with_the_length_of_the_settings() -> None:
    """At a dollar a million tokens 100 tokens of answer fit, and 4096 would not."""
    budget = Budget(name="day", usd=Decimal("0.002"))
    prices = {"fake/m": priced("1")}
    async with managed(scripted("fake"), prices, with_provider(max_tokens=100), budgets=(budget,)) as app:
        assert isinstance(await chat(app.client, ask("", "hi")), ChatResponse)
        estimate = (await settle(app.manager.estimate(ask("", "hi")))).unwrap()
    assert estimate.output_tokens == 100


@pytest.mark.parametrize("where", ["request", "provider"])
async def test_a_timeout_is_the_whole_call_with_its_retries(where: str) -> None:
    client = ScriptedClient([RateLimitExceeded(retry_after=1.5), RateLimitExceeded(retry_after=1.5), "late"])
    settings = with_provider(timeout=2.0 if where == "provider" else None)
    request = attrs.evolve(ask("", "hi"), timeout=2.0 if where == "request" else None)
    async with managed(client, settings=settings) as app:
        began = app.clock.monotonic()
        outcome = await chat(app.client, request)
        assert app.clock.monotonic() - began <= 2.0
    assert isinstance(outcome, (RateLimitExceeded, TimeoutError))
    limits = [one.timeout for one in client.requests]
    assert limits == [2.0, 0.5]


async def test_retries_are_those_of_the_provider() -> None:
    client = ScriptedClient([NetworkError()] * 9)
    settings = with_provider(retries=RetrySettings(max_retries=3, base_delay=1, exponential_base=3, max_delay=100))
    async with managed(client, settings=settings) as app:
        began = app.clock.monotonic()
        await chat(app.client, ask("", "hi"))
        waited = app.clock.monotonic() - began
    assert len(client.requests) == 4
    assert 13 * 0.75 <= waited <= 13  # 1 + 3 + 9 seconds, less the jitter


async def test_what_a_provider_does_not_say_of_retries_is_as_for_all() -> None:
    usual = RetrySettings(max_retries=3, base_delay=7.0, exponential_base=1.0, kinds={"NetworkError": 1})
    own = RetryOverrides(base_delay=1.0, kinds={"ModelUnavailable": 2})
    client = ScriptedClient(
        [NetworkError(), NetworkError(), ModelUnavailable(), ModelUnavailable(), ModelUnavailable()]
    )
    settings = attrs.evolve(with_provider(retries=own), retries=usual)
    async with managed(client, settings=settings) as app:
        await chat(app.client, ask("", "hi"))
        assert len(client.requests) == 2  # one retry of a broken connection, as for all
        began = app.clock.monotonic()
        await chat(app.client, ask("", "hi"))
        assert 2 * 0.75 <= app.clock.monotonic() - began <= 2  # its own pause, without growth, as for all
    assert len(client.requests) == 2 + 3


def test_retries_of_a_provider_are_read_from_a_file_without_what_they_do_not_say() -> None:
    file = b"""
[retries]
max_retries = 5
max_delay = 20.0

[providers.work]
kind = "ollama"
retries = { base_delay = 0.25 }
"""
    settings = parse_settings({}, (("pointsman.toml", file),), Arguments()).unwrap()
    own = settings.providers["work"].retries
    assert own == RetryOverrides(base_delay=0.25)
    assert own.over(settings.retries) == RetrySettings(max_retries=5, base_delay=0.25, max_delay=20.0)


async def test_the_router_looks_at_a_request_as_each_candidate_would_have_it() -> None:
    settings = attrs.evolve(
        fake_settings("a", "b"),
        providers={
            "a": ProviderSettings(name="a", kind="custom", max_tokens=4000),
            "b": ProviderSettings(name="b", kind="custom", max_tokens=10),
        },
    )
    budget = Budget(name="day", usd=Decimal("0.002"))
    prices = {"a/m": priced("1"), "b/m": priced("1")}
    request = ChatRequest("auto", ask("", "hi").messages, options=CallOptions(strategy="cost"))
    async with managed({"a": scripted("a"), "b": scripted("b")}, prices, settings, budgets=(budget,)) as app:
        found = (await settle(app.manager.explain(request))).unwrap()
    assert [one.model for one in found.ranked] == ["b/m"]
