"""The manager as a router: every request goes where the explanation said, and on when that fails."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman import (
    AuthenticationFailed,
    Budget,
    BudgetExceeded,
    CallOptions,
    ChatRequest,
    ChatResponse,
    ConfigurationError,
    ContentFiltered,
    ContextTooLarge,
    Explanation,
    FallbackExhausted,
    Image,
    ModelUnavailable,
    QuotaExhausted,
    RetrySettings,
    RoutingSettings,
    ask,
    fake_settings,
    settle,
)
from pointsman.core.chat.event import Done, Failed
from pointsman.core.chat.message import user
from pointsman.core.chat.options import STRATEGIES, Strategy
from pointsman.core.chat.part import Bytes, Opaque, Reasoning, Text
from pointsman.core.error import ChatError
from pointsman.core.notice import FallbackTaken, ProviderStatusChange
from pointsman.core.routing.breaker import BreakerPolicy
from pointsman.core.routing.policy import TASKS
from pointsman.services.ports.client import Client
from pointsman.testing import Reply, ScriptedClient, VirtualClock
from pointsman.testing.laws.examples import examples
from tests.managed import answer, chat, managed, priced, scripted, stream

PRICES = {
    "openai/m": priced("5"),
    "anthropic/m": priced("10"),
    "ollama/m": priced("0"),
}
NO_RETRIES = RetrySettings(max_retries=0)


def three() -> dict[str, Client]:
    return {name: scripted(name) for name in ("openai", "anthropic", "ollama")}


def failing(name: str, error: ChatError) -> ScriptedClient:
    return ScriptedClient(lambda request: error, provider=name)


@pytest.mark.parametrize(
    ("task", "first"),
    [("analysis", "anthropic"), ("ui_generation", "openai"), ("config_management", "ollama"), ("general", "ollama")],
)
async def test_the_tables_of_the_tasks(task: str, first: str) -> None:
    async with managed(three(), PRICES) as app:
        response = await chat(app.client, ask("auto", "hello", CallOptions(task=task)))
    assert isinstance(response, ChatResponse)
    assert response.text == f"from {first}"
    assert response.route is not None
    assert response.route.task == task


@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("Write a python function that sorts", "coding"),
        ("Please fix the bug in this class", "coding"),
        ("Why does this fail?\n```\nx = 1\n```", "coding"),
        ("Compare the two offers", "analysis"),
        ("Write a letter to my landlord", "general"),
        ("What does the class of 1968 think?", "general"),
    ],
)
async def test_the_task_is_read_from_the_words_where_none_is_named(text: str, task: str) -> None:
    async with managed(three(), PRICES) as app:
        found = (await settle(app.manager.explain(ask("auto", text)))).unwrap()
        named = (await settle(app.manager.explain(ask("auto", text, CallOptions(task="general"))))).unwrap()
    assert (found.task, named.task) == (task, "general")


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("task", [*TASKS, None, "something_else"])
async def test_each_request_goes_where_the_explanation_said(strategy: Strategy, task: str | None) -> None:
    async with managed(three(), PRICES) as app:
        for _ in range(4):
            request = ask("", "hello", CallOptions(strategy=strategy, task=task))
            explained = (await settle(app.manager.explain(request))).unwrap()
            again = (await settle(app.manager.explain(request))).unwrap()
            response = await chat(app.client, request)
            assert isinstance(response, ChatResponse)
            assert explained == again == response.route
            assert response.text == f"from {explained.ranked[0].model.partition('/')[0]}"


async def test_what_is_named_by_hand_always_wins() -> None:
    async with managed(three(), PRICES, routing=RoutingSettings(always=True)) as app:
        named = await chat(app.client, ask("anthropic/m", "hello", CallOptions(task="config_management")))
        ordered = await chat(app.client, ask("", "hello", CallOptions(strategy="cost", order=("openai/m", "ollama"))))
        free = await chat(app.client, ask("", "hello"))
    assert isinstance(named, ChatResponse)
    assert isinstance(ordered, ChatResponse)
    assert isinstance(free, ChatResponse)
    assert (named.provider, ordered.provider, free.provider) == ("anthropic", "openai", "ollama")
    assert ordered.route is not None
    assert [one.model for one in ordered.route.ranked] == ["openai/m", "ollama/m"]


async def test_without_routing_the_default_provider_is_asked() -> None:
    async with managed(three(), PRICES) as app:
        response = await chat(app.client, ask("", "hello"))
    assert isinstance(response, ChatResponse)
    assert response.provider == "openai"


async def test_who_cannot_see_is_passed_over_before_it_costs_anything() -> None:
    clients = three()
    blind = {**PRICES, "ollama/m": priced("0", lacks=frozenset({"vision"})), "openai/m": priced("5", context_length=10)}
    picture = ChatRequest("auto", (user(Image(Bytes(b"x", "image/png")), "what is it?"),))
    async with managed(clients, blind) as app:
        response = await chat(app.client, picture)
    assert isinstance(response, ChatResponse)
    assert response.provider == "anthropic"
    assert response.route is not None
    reasons = {one.model: one.reason for one in response.route.passed_over}
    assert reasons["ollama/m"] == "it cannot do vision"
    assert "do not fit its window of 10" in reasons["openai/m"]


async def test_when_nobody_can_do_it_the_error_says_why_of_each() -> None:
    blind = {name: priced("1", lacks=frozenset({"vision"})) for name in PRICES}
    picture = ChatRequest("auto", (user(Image(Bytes(b"x", "image/png"))),))
    async with managed(three(), blind) as app:
        error = await chat(app.client, picture)
        failed = await stream(app.client, picture)
    assert isinstance(error, ConfigurationError)
    assert len(error.problems) == 3
    assert isinstance(failed[-1], Failed)


async def test_a_failure_goes_on_to_the_next_and_is_told() -> None:
    clients: dict[str, Client] = {**three(), "ollama": failing("ollama", ModelUnavailable(detail="down"))}
    async with managed(clients, PRICES, retries=NO_RETRIES) as app:
        with app.events.listen(FallbackTaken) as told:
            response = await chat(app.client, ask("auto", "hello"))
            events = await stream(app.client, ask("auto", "hello"))
            notices = [told.receive_nowait(), told.receive_nowait()]
    assert isinstance(response, ChatResponse)
    assert (response.provider, response.used_fallback, response.retry_count) == ("openai", True, 1)
    assert isinstance(events[-1], Done)
    assert events[-1].response.fallback_provider == "openai"
    assert [(n.model, n.next) for n in notices if isinstance(n, FallbackTaken)] == [("ollama/m", "openai/m")] * 2


async def test_when_all_fail_every_attempt_stands_in_the_error() -> None:
    clients: dict[str, Client] = {name: failing(name, ModelUnavailable(detail="down")) for name in three()}
    async with managed(clients, PRICES, retries=NO_RETRIES) as app:
        error = await chat(app.client, ask("auto", "hello"))
        alone = await chat(app.client, ask("openai/m", "hello"))
    assert isinstance(error, FallbackExhausted)
    assert [(a.provider, a.error.tag if a.error else "") for a in error.attempts] == [
        ("ollama", "ModelUnavailable"),
        ("openai", "ModelUnavailable"),
        ("anthropic", "ModelUnavailable"),
    ]
    assert isinstance(alone, ModelUnavailable)


async def test_after_an_overflow_only_larger_windows_are_asked() -> None:
    facts = {
        "ollama/m": priced("0", context_length=4000),
        "openai/m": priced("5", context_length=4000),
        "anthropic/m": priced("10", context_length=200_000),
    }
    clients: dict[str, Client] = {**three(), "ollama": failing("ollama", ContextTooLarge(limit=4000))}
    async with managed(clients, facts, retries=NO_RETRIES) as app:
        response = await chat(app.client, ask("auto", "hello"))
    assert isinstance(response, ChatResponse)
    assert response.provider == "anthropic"
    assert [attempt.provider for attempt in response.attempts] == ["ollama", "anthropic"]


async def test_chains_for_overflow_and_filter_replace_what_is_left() -> None:
    routing = RoutingSettings(context_fallback=("anthropic/m",), filter_fallback=("ollama/m", "anthropic/m"))
    clients: dict[str, Client] = {**three(), "openai": failing("openai", ContextTooLarge())}
    async with managed(clients, PRICES, routing=routing, retries=NO_RETRIES) as app:
        overflow = await chat(app.client, ask("openai/m", "hello"))
    clients = {
        **three(),
        "openai": failing("openai", ContentFiltered()),
        "ollama": failing("ollama", ContentFiltered()),
    }
    async with managed(clients, PRICES, routing=routing, retries=NO_RETRIES) as app:
        filtered = await chat(app.client, ask("openai/m", "hello"))
    assert isinstance(overflow, ChatResponse)
    assert isinstance(filtered, ChatResponse)
    assert [a.provider for a in overflow.attempts] == ["openai", "anthropic"]
    assert [a.provider for a in filtered.attempts] == ["openai", "ollama", "anthropic"]


async def test_a_conversation_stays_with_who_understands_its_state() -> None:
    clients = three()
    thought = Reasoning("hm", Opaque("anthropic", "signature", "xyz"))
    talk = ChatRequest(
        "auto", (user("one"), attrs.evolve(user(""), role="assistant", parts=(thought, Text("two"))), user("3"))
    )
    async with managed(clients, PRICES) as app:
        routes = app.manager.planner.routes
        assert all(not candidate.origins for candidate in routes.candidates)
        with_origins = tuple(
            attrs.evolve(c, origins=frozenset({"anthropic"}) if c.provider == "anthropic" else frozenset())
            for c in routes.candidates
        )
        planner = attrs.evolve(app.manager.planner, routes=attrs.evolve(routes, candidates=with_origins))
        plan = (await planner.plan(talk)).unwrap()
    assert plan.models[0] == "anthropic/m"
    assert "reasoning state" in plan.explanation.ranked[0].reason


async def test_an_open_circuit_is_passed_over_and_tried_again_after_its_time() -> None:
    clock = VirtualClock()
    down = ModelUnavailable(detail="overloaded")
    replies: list[Reply] = [down, down, answer("back", provider="ollama")]
    clients: dict[str, Client] = {**three(), "ollama": ScriptedClient(replies, provider="ollama")}
    policy = BreakerPolicy(failures=2, cool_down=30.0)
    async with managed(clients, PRICES, clock=clock, retries=NO_RETRIES, breaker=policy) as app:
        with app.events.listen(ProviderStatusChange) as told:
            for _ in range(2):
                await chat(app.client, ask("auto", "hello"))
            refused = await chat(app.client, ask("ollama/m", "hello"))
            explained = (await settle(app.manager.explain(ask("auto", "hello")))).unwrap()
            clock.advance(31)
            back = await chat(app.client, ask("ollama/m", "hello"))
            states = [n.state for n in _waiting(told) if isinstance(n, ProviderStatusChange)]
    assert isinstance(refused, ModelUnavailable)
    assert refused.local
    assert refused.retry_after == 30
    assert refused.detail.startswith("it failed 2 times in a row and has been left alone for 0 s; the last failure was")
    assert "ModelUnavailable: overloaded" in refused.detail
    assert isinstance(explained, Explanation)
    assert explained.passed_over[0].model == "ollama/m"
    assert "30 s" in explained.passed_over[0].reason
    assert isinstance(back, ChatResponse)
    assert states == ["open", "half_open", "closed"]


@pytest.mark.parametrize("error", [AuthenticationFailed(detail="wrong key"), QuotaExhausted(detail="empty")])
async def test_a_refused_key_and_an_empty_account_are_told_each_time_and_open_no_circuit(error: ChatError) -> None:
    inner = ScriptedClient([error, error, error, error], provider="fake")
    async with managed(inner, retries=NO_RETRIES, breaker=BreakerPolicy(failures=2)) as app:
        outcomes = [await chat(app.client, ask("fake/m", "hello")) for _ in range(4)]
    assert [getattr(outcome, "tag", "") for outcome in outcomes] == [error.tag] * 4
    assert len(inner.requests) == 4


def _waiting(told: object) -> list[object]:
    found = []
    while told.statistics().current_buffer_used:  # type: ignore[attr-defined]  # a memory stream
        found.append(told.receive_nowait())  # type: ignore[attr-defined]
    return found


async def test_who_is_too_dear_for_the_budget_is_passed_over() -> None:
    budget = (
        Budget(name="small", tokens=None, usd=PRICES["openai/m"].price.rates.input)
        if PRICES["openai/m"].price
        else None
    )
    assert budget is not None
    dear = {**PRICES, "openai/m": priced("100000"), "anthropic/m": priced("1")}
    async with managed(three(), dear, budgets=(budget,)) as app:
        request = ask("auto", "hello", CallOptions(task="ui_generation"))
        response = await chat(app.client, request)
        named = await chat(app.client, ask("openai/m", "hello"))
    assert isinstance(response, ChatResponse)
    assert response.provider == "anthropic"
    assert response.route is not None
    assert "more than is left of the budget 'small'" in response.route.passed_over[0].reason
    assert isinstance(named, BudgetExceeded)


async def test_the_timeout_is_for_all_attempts_together() -> None:
    clock = VirtualClock()

    def slow(request: ChatRequest) -> Reply:
        clock.advance(4)
        return ModelUnavailable()

    clients: dict[str, Client] = {name: ScriptedClient(slow, provider=name) for name in three()}
    async with managed(clients, PRICES, clock=clock) as app:
        began = clock.time
        error = await chat(app.client, attrs.evolve(ask("auto", "hello"), timeout=10.0))
    assert isinstance(error, (FallbackExhausted, ModelUnavailable))
    assert clock.time - began <= 14
    timeouts = [r.timeout for client in clients.values() if isinstance(client, ScriptedClient) for r in client.requests]
    assert timeouts == sorted((t for t in timeouts if t is not None), reverse=True)
    assert timeouts[0] == 10.0
    assert len(timeouts) <= 3


@settings(max_examples=examples(30))
@given(weights=st.lists(st.integers(0, 5), min_size=3, max_size=3).filter(any))
def test_weights_are_kept_to(weights: list[int]) -> None:
    import anyio

    async def run() -> None:
        named: Mapping[str, float] = dict(zip(three(), map(float, weights), strict=True))
        async with managed(three(), PRICES, fake_settings(*three()), routing=RoutingSettings(weights=named)) as app:
            counts = dict.fromkeys(named, 0)
            for _ in range(60):
                response = await chat(app.client, ask("auto", "hi", CallOptions(strategy="weighted")))
                assert isinstance(response, ChatResponse)
                counts[response.provider] += 1
        for name, weight in named.items():
            assert abs(counts[name] - 60 * weight / sum(weights)) <= 3

    anyio.run(run)


async def test_what_was_refused_on_this_side_says_nothing_of_the_model() -> None:
    inner = ScriptedClient(lambda request: ModelUnavailable(local=True))
    async with managed(inner, {"fake/m": priced("1")}, breaker=BreakerPolicy(failures=1)) as app:
        for _ in range(3):
            assert isinstance(await chat(app.client, ask("fake/m", "hello")), ModelUnavailable)
    assert len(inner.requests) == 3
