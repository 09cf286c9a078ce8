"""The laws of `Router`. A law takes a new one, and a request for which it has a plan."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import attrs
from returns.result import Failure

from pointsman.core.chat.request import ChatRequest
from pointsman.services.ports.router import Router

Law: TypeAlias = Callable[[Router, ChatRequest], Awaitable[None]]


async def a_plan_names_models_each_once_and_says_why(router: Router, request: ChatRequest) -> None:
    plan = (await router.plan(request)).unwrap()
    assert plan.models
    assert len(set(plan.models)) == len(plan.models)
    assert all(provider and slash for provider, slash, _ in (model.partition("/") for model in plan.models))
    assert [one.model for one in plan.explanation.ranked] == list(plan.models)


async def a_look_takes_nobodys_turn(router: Router, request: ChatRequest) -> None:
    looks = [(await router.plan(request, advance=False)).unwrap().models for _ in range(5)]
    assert set(looks) == {looks[0]}
    assert (await router.plan(request)).unwrap().models == looks[0]


async def equal_requests_have_equal_scopes(router: Router, request: ChatRequest) -> None:
    again = attrs.evolve(request)
    assert router.scope(request) == router.scope(again)
    await router.plan(request)
    assert router.scope(request) == router.scope(again)


async def what_has_no_plan_is_a_failure_and_never_an_exception(router: Router, request: ChatRequest) -> None:
    for name in ("", "no such provider/x", "/", "a/b/c", "\x00", "Ω" * 5000):
        planned = await router.plan(attrs.evolve(request, model=name), advance=False)
        assert isinstance(planned, Failure) or planned.unwrap().models


LAWS: tuple[Law, ...] = (
    a_plan_names_models_each_once_and_says_why,
    a_look_takes_nobodys_turn,
    equal_requests_have_equal_scopes,
    what_has_no_plan_is_a_failure_and_never_an_exception,
)
