"""Whoever chooses a model for a caller, it is one that the caller may be answered by."""

from __future__ import annotations

from typing import Any

import pytest
from returns.result import Failure

from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.chat.event import Done, Failed
from pointsman.core.chat.options import CallOptions
from pointsman.core.chat.request import ChatRequest, ask
from pointsman.core.effect import settle
from pointsman.core.error import AuthenticationFailed, ChatError, ContentFiltered, ContextTooLarge, ModelUnavailable
from pointsman.core.routing.experiment import Experiment, Variant
from pointsman.core.settings import RoutingSettings
from pointsman.services.ports.client import COUNT_TOKENS
from pointsman.testing import ScriptedClient
from tests.managed import managed

ONLY_A = CallOptions(allowed_models=("a/*",))


def failing(error: ChatError) -> ScriptedClient:
    return ScriptedClient(lambda request: error, provider="a")


def saying(name: str) -> ScriptedClient:
    return ScriptedClient(lambda request: f"from {name}", provider=name)


def asked(model: str, **options: Any) -> ChatRequest:
    return ask(model, "Hi", CallOptions(allowed_models=("a/*",), **options))


@pytest.mark.parametrize(
    ("error", "settings"),
    [
        (ModelUnavailable(detail="down"), {"fallback": ("b/m",)}),
        (ContextTooLarge(detail="long"), {"routing": RoutingSettings(context_fallback=("b/m",))}),
        (ContentFiltered(detail="no"), {"routing": RoutingSettings(filter_fallback=("b/m",))}),
    ],
    ids=["fallback", "context_fallback", "filter_fallback"],
)
async def test_no_fallback_leads_to_a_model_that_is_closed(error: Any, settings: Any) -> None:
    first, second = failing(error), saying("b")
    async with managed({"a": first, "b": second}, **settings) as app:
        found = await settle(app.client.chat(asked("a/m")))
        assert isinstance(found, Failure)
        assert type(found.failure()) is type(error)
        async with app.client.stream(asked("a/m")) as events:
            last = [event async for event in events][-1]
        assert isinstance(last, Failed)
        assert second.requests == []
        open_to_all = await settle(app.client.chat(ask("a/m", "Hi")))
        assert open_to_all.unwrap().text == "from b"


async def test_no_hedge_and_no_order_asks_a_model_that_is_closed() -> None:
    first, second = failing(ModelUnavailable(detail="down")), saying("b")
    async with managed({"a": first, "b": second}, fallback=("b/m",)) as app:
        assert isinstance(await settle(app.client.chat(asked("a/m", hedge_after=0.0))), Failure)
        assert isinstance(await settle(app.client.chat(asked("a/m", order=("b/m",)))), Failure)
        assert second.requests == []


async def test_the_router_chooses_among_what_is_open() -> None:
    a, b = saying("a"), saying("b")
    async with managed({"b": b, "a": a}) as app:
        answer = (await settle(app.client.chat(asked("auto", strategy="round_robin")))).unwrap()
        assert answer.text == "from a"
        assert answer.route is not None
        assert [(one.model.partition("/")[0], one.reason) for one in answer.route.passed_over] == [
            ("b", "the key does not open it")
        ]
        closed = CallOptions(allowed_models=("c/*",))
        assert isinstance(await settle(app.client.chat(ask("auto", "Hi", closed))), Failure)
        assert b.requests == []


async def test_what_is_named_by_a_hook_or_a_program_is_refused_at_the_provider_for_every_operation() -> None:
    b = saying("b")
    async with managed({"b": b}) as app:
        for found in (
            await settle(app.client.chat(asked("b/m"))),
            await settle(app.client.embed(EmbeddingRequest("b/m", ("Hi",), options=ONLY_A))),
        ):
            assert isinstance(found, Failure)
            error = found.failure()
            assert isinstance(error, AuthenticationFailed)
            assert (error.status, error.local) == (403, True)
        async with app.client.stream(asked("b/m")) as events:
            assert [type(event) for event in [one async for one in events]] == [Failed]
        assert b.requests == []
        assert app.manager.planner.cooling("b/m") == 0.0


async def test_a_count_of_tokens_falls_back_to_nobody_who_is_closed() -> None:
    a, b = failing(ModelUnavailable(detail="down")), saying("b")
    async with managed({"a": a, "b": b}, fallback=("b/m",)) as app:
        plan = (await app.manager.planner.plan_operation(asked("a/m"))).unwrap()
        assert plan == ("a/m",)
        assert COUNT_TOKENS.name
        assert (
            await app.manager.planner.plan_operation(EmbeddingRequest("a/m", ("Hi",), options=ONLY_A))
        ).unwrap() == ("a/m",)


async def test_who_may_not_be_answered_by_a_variant_takes_no_part_in_the_experiment() -> None:
    a, b = saying("a"), saying("b")
    moved = Experiment(name="move", variants=(Variant(name="b", model="b/m"),), shadow=("b/m",))
    async with managed({"a": a, "b": b}, experiments=(moved,)) as app:
        assert (await settle(app.client.chat(asked("a/m")))).unwrap().text == "from a"
        async with app.client.stream(asked("a/m")) as events:
            assert isinstance([event async for event in events][-1], Done)
        assert b.requests == []
        assert (await settle(app.client.chat(ask("a/m", "Hi")))).unwrap().text == "from b"
