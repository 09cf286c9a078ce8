"""What fails beside an answer is told: the call goes on without it, with a warning and an event, never in silence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs
import pytest
from returns.future import FutureResult
from returns.result import Failure, Result

from pointsman import ChatError, ChatResponse, EmbeddingRequest, EmbeddingResponse, StorageError, ask, settle
from pointsman.adapters.memory.memory_store import MemoryMemories
from pointsman.core.chat.event import Done
from pointsman.core.error import ModelUnavailable
from pointsman.core.memory import Memory, MemoryScope
from pointsman.core.money.budget import Budget
from pointsman.core.notice import Degraded
from pointsman.services.event_bus import EventBus
from pointsman.services.interceptors.budget import BudgetKeeper
from pointsman.services.memory.embedded_memories import EmbeddedMemories
from pointsman.services.middleware.cache import Cached
from pointsman.services.middleware.prompt import Enhanced, PromptEnhancer
from pointsman.services.middleware.semantic_cache import Likeness, SemanticallyCached
from pointsman.testing import ScriptedClient, VirtualClock
from tests.managed import answer, chat, managed, stream

LOST = StorageError(detail="disk full")
QUESTION = ask("fake/m", "hello")


class _Broken:
    """Whatever is asked of it fails."""

    def __getattr__(self, name: str) -> object:
        return lambda *_, **__: FutureResult.from_failure(LOST)


def broken() -> Any:
    """In the place of any store."""
    return _Broken()


@contextmanager
def heard(bus: EventBus) -> Iterator[list[Degraded]]:
    """The notices of what failed, once the scope has ended."""
    notices: list[Degraded] = []
    with bus.listen(Degraded) as stream:
        yield notices
        while stream.statistics().current_buffer_used:
            notice = stream.receive_nowait()
            assert isinstance(notice, Degraded)
            notices.append(notice)


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_broken_cache_is_an_event_and_a_warning_on_the_answer(streamed: bool) -> None:
    bus = EventBus()
    client = Cached(ScriptedClient(lambda request: answer()), broken(), VirtualClock(), publish=bus.publish)
    with heard(bus) as notices:
        if streamed:
            last = (await stream(client, QUESTION))[-1]
            assert isinstance(last, Done)
            response: object = last.response
        else:
            response = await chat(client, QUESTION)
    assert isinstance(response, ChatResponse)
    assert [warning.subject for warning in response.warnings] == ["the cache"]
    assert "disk full" in response.warnings[0].text
    assert {notice.error for notice in notices} == {LOST}


@pytest.mark.parametrize("streamed", [False, True])
async def test_memories_that_cannot_be_read_are_an_event_and_a_warning(streamed: bool) -> None:
    bus = EventBus()
    enhancer = PromptEnhancer(store=broken(), clock=VirtualClock(), memories=3, publish=bus.publish)
    client = Enhanced(ScriptedClient(lambda request: answer()), enhancer)
    with heard(bus) as notices:
        outcome = (await stream(client, QUESTION))[-1] if streamed else await chat(client, QUESTION)
    response = outcome.response if isinstance(outcome, Done) else outcome
    assert isinstance(response, ChatResponse)
    assert [warning.subject for warning in response.warnings] == ["the memories"]
    assert [(notice.part, notice.error) for notice in notices] == [("the memories", LOST)]


@attrs.define
class Unembedding(ScriptedClient):
    """It chats, and makes no vectors."""

    async def call_embed(self, request: EmbeddingRequest) -> Result[EmbeddingResponse, ChatError]:
        return Failure(ModelUnavailable(detail="no vectors"))


async def test_a_memory_without_its_meaning_is_an_event() -> None:
    bus = EventBus()
    memories = EmbeddedMemories(MemoryMemories(), Unembedding(), "m", bus.publish)
    with heard(bus) as notices:
        await settle(memories.remember(Memory(id="1", text="Levers are red.", created=0.0)))
        found = (await settle(memories.recall("red", 1, MemoryScope(), 0.0))).unwrap()
    assert len(found) == 1
    assert [notice.part for notice in notices] == ["the meaning of memories"] * 2


async def test_a_semantic_cache_that_cannot_embed_is_an_event() -> None:
    bus, inner = EventBus(), Unembedding(lambda request: answer())
    client = SemanticallyCached(
        inner, inner, Likeness(model="m", max_temperature=1.0), VirtualClock(), publish=bus.publish
    )
    with heard(bus) as notices:
        assert isinstance(await chat(client, QUESTION), ChatResponse)
    assert [notice.part for notice in notices] == ["the semantic cache"]


async def test_a_ledger_that_cannot_be_read_for_a_plan_is_an_event() -> None:
    bus, budgets = EventBus(), (Budget(name="day", tokens=5),)
    async with managed(ScriptedClient()) as app:
        keeper = BudgetKeeper(budgets, broken(), app.manager.book, VirtualClock(), bus.publish)
        with heard(bus) as notices:
            assert await keeper.foresee(QUESTION, [("fake", "m")]) == {}
    assert [notice.part for notice in notices] == ["the ledger"]
