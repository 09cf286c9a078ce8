"""The response cache and single flight."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import anyio
import attrs
import pytest
from returns.result import Failure, Result

from pointsman import (
    CacheSettings,
    CallOptions,
    ChatRequest,
    ChatResponse,
    ModelUnavailable,
    Settings,
    ask,
    fake_settings,
)
from pointsman.adapters.memory.cache_store import MemoryCache
from pointsman.core.chat.event import Done, TextDelta
from pointsman.core.chat.original import OriginalResponse
from pointsman.core.chat.response import Finish
from pointsman.core.error import ChatError, StorageError, TimeoutError
from pointsman.core.notice import CacheHit
from pointsman.services.middleware.cache import Cached
from pointsman.services.ports.cache_store import CacheEntry
from pointsman.testing import ScriptedClient, VirtualClock
from tests.managed import Gated, answer, chat, managed, priced, stream

ON = CacheSettings(enabled=True, ttl=60.0)
TEXT = "a rather long text that comes in several pieces"
PRICES = {"fake/m": priced("10")}


def settings(cache: CacheSettings = ON) -> Settings:
    return attrs.evolve(fake_settings("fake"), cache=cache)


def asked(text: str = "hello", **options: Any) -> ChatRequest:
    return ask("fake/m", text, attrs.evolve(CallOptions(), **options))


async def test_a_second_equal_question_costs_nothing_and_says_what_it_saved() -> None:
    inner, clock = ScriptedClient(lambda request: answer()), VirtualClock()
    async with managed(inner, PRICES, settings(), clock) as app:
        first = await chat(app.client, asked())
        clock.advance(5)
        second = await chat(app.client, asked())
    assert isinstance(first, ChatResponse)
    assert isinstance(second, ChatResponse)
    assert (first.is_cached, first.cost.usd) == (False, Decimal("0.002"))
    assert (second.is_cached, second.cache_age, second.cost.usd) == (True, 5.0, Decimal(0))
    assert second.saved == first.cost
    assert (second.text, second.usage, second.route) == (first.text, first.usage, first.route)
    assert len(inner.requests) == 1


async def test_a_stream_is_answered_from_the_cache_as_a_stream() -> None:
    inner = ScriptedClient(lambda request: answer(TEXT))
    async with managed(inner, PRICES, settings()) as app:
        first = await stream(app.client, asked())
        second = await stream(app.client, asked())
        whole = await chat(app.client, asked())
    assert "".join(e.text for e in second if isinstance(e, TextDelta)) == TEXT
    assert isinstance(first[-1], Done)
    assert isinstance(second[-1], Done)
    assert not first[-1].response.is_cached
    assert second[-1].response.is_cached
    assert isinstance(whole, ChatResponse)
    assert whole.is_cached
    assert len(inner.requests) == 1


@pytest.mark.parametrize(
    ("first", "second", "calls"),
    [
        ({}, {"cache": "off"}, 2),
        ({"cache": "off"}, {}, 2),
        ({}, {"cache": "refresh"}, 2),
        ({}, {"tenant": "other"}, 2),
        ({"tenant": "one"}, {"tenant": "one"}, 1),
        ({}, {"tags": ("x",), "conversation": "c"}, 1),
        ({"cache_ttl": 0.0}, {}, 2),
    ],
)
async def test_what_a_call_says_of_the_cache_is_obeyed(
    first: dict[str, Any], second: dict[str, Any], calls: int
) -> None:
    inner = ScriptedClient(lambda request: answer())
    async with managed(inner, PRICES, settings()) as app:
        await chat(app.client, asked(**first))
        await chat(app.client, asked(**second))
    assert len(inner.requests) == calls


async def test_an_answer_expires() -> None:
    inner, clock = ScriptedClient(lambda request: answer()), VirtualClock()
    async with managed(inner, PRICES, settings(), clock) as app:
        await chat(app.client, asked(cache_ttl=10.0))
        clock.advance(9)
        hit = await chat(app.client, asked())
        clock.advance(2)
        miss = await chat(app.client, asked())
    assert isinstance(hit, ChatResponse)
    assert isinstance(miss, ChatResponse)
    assert (hit.is_cached, miss.is_cached) == (True, False)


@pytest.mark.parametrize("finish", [Finish.LENGTH, Finish.CONTENT_FILTER, Finish.CONTEXT_FULL, Finish.PAUSED, None])
async def test_a_truncated_answer_is_never_kept(finish: Finish | None) -> None:
    inner = ScriptedClient(lambda request: attrs.evolve(answer(), finish_reason=finish))
    async with managed(inner, PRICES, settings()) as app:
        await chat(app.client, asked())
        again = await chat(app.client, asked())
    assert isinstance(again, ChatResponse)
    assert not again.is_cached
    assert len(inner.requests) == 2


async def test_an_error_is_never_kept() -> None:
    inner = ScriptedClient([ModelUnavailable(), ModelUnavailable(), ModelUnavailable(), "fine"])
    async with managed(inner, PRICES, settings()) as app:
        assert isinstance(await chat(app.client, asked()), ModelUnavailable)
        assert isinstance(await chat(app.client, asked()), ChatResponse)


async def at_once(client: Cached, count: int, gate: anyio.Event) -> list[ChatResponse | ChatError]:
    found: list[ChatResponse | ChatError] = []

    async def one() -> None:
        found.append(await chat(client, asked()))

    async with anyio.create_task_group() as group:
        for _ in range(count):
            group.start_soon(one)
        await anyio.wait_all_tasks_blocked()
        gate.set()
    return found


async def test_ten_equal_requests_at_once_make_one_call() -> None:
    inner, hits = Gated(lambda request: answer()), list[object]()
    client = Cached(inner, MemoryCache(), VirtualClock(), publish=hits.append)
    found = await at_once(client, 10, inner.gate)
    assert len(inner.requests) == 1
    assert sorted(isinstance(one, ChatResponse) and one.is_cached for one in found) == [False] + [True] * 9
    assert [type(hit) for hit in hits] == [CacheHit] * 9


async def test_those_who_wait_share_an_error_but_not_a_timeout() -> None:
    inner = Gated(lambda request: ModelUnavailable(detail="down"))
    found = await at_once(Cached(inner, MemoryCache(), VirtualClock()), 3, inner.gate)
    assert len(inner.requests) == 1
    assert all(isinstance(one, ModelUnavailable) for one in found)
    inner = Gated([TimeoutError(timeout_ms=1, phase="total"), "fine", "never"])
    found = await at_once(Cached(inner, MemoryCache(), VirtualClock()), 3, inner.gate)
    assert len(inner.requests) == 2
    assert sum(isinstance(one, ChatResponse) for one in found) == 2


async def test_those_who_wait_get_no_headers_of_the_one_who_asked() -> None:
    theirs = OriginalResponse("openai-chat", b"{}", (("x-request-id", "req_1"),), status=503)
    inner = Gated(lambda request: ModelUnavailable(detail="down", original=theirs))
    errors = await at_once(Cached(inner, MemoryCache(), VirtualClock()), 3, inner.gate)
    assert sorted(isinstance(one, ModelUnavailable) and one.original is theirs for one in errors) == [
        False,
        False,
        True,
    ]
    inner = Gated(lambda request: attrs.evolve(answer(), original=theirs))
    answers = await at_once(Cached(inner, MemoryCache(), VirtualClock()), 3, inner.gate)
    assert sorted(one.original is theirs for one in answers) == [False, False, True]


async def test_when_the_first_is_cancelled_the_next_one_asks() -> None:
    inner = Gated(lambda request: answer())
    client = Cached(inner, MemoryCache(), VirtualClock())
    found: list[ChatResponse | ChatError] = []

    async def one() -> None:
        found.append(await chat(client, asked()))

    async with anyio.create_task_group() as group:
        scope = anyio.CancelScope()

        async def leaving() -> None:
            with scope:
                await one()

        group.start_soon(leaving)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(one)
        await anyio.wait_all_tasks_blocked()
        scope.cancel()
        await anyio.wait_all_tasks_blocked()
        inner.gate.set()
    assert [isinstance(one, ChatResponse) for one in found] == [True]
    assert len(inner.requests) == 1


async def test_a_store_that_fails_costs_the_cache_and_nothing_else() -> None:
    @attrs.define
    class Broken(MemoryCache):
        async def find(self, key: str, now: float) -> Result[CacheEntry | None, StorageError]:
            return Failure(StorageError(detail="disk"))

        async def keep(self, key: str, entry: CacheEntry, now: float) -> Result[None, StorageError]:
            return Failure(StorageError(detail="disk"))

    inner = ScriptedClient(lambda request: answer())
    client = Cached(inner, Broken(), VirtualClock())
    assert isinstance(await chat(client, asked()), ChatResponse)
    assert isinstance(await chat(client, asked()), ChatResponse)
    assert len(inner.requests) == 2
