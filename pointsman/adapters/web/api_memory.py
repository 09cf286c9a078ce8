"""What is remembered: for everybody, and for each key."""

from __future__ import annotations

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, invalid
from pointsman.core.effect import settle
from pointsman.core.error import LLMError
from pointsman.core.memory import Memory, MemoryScope


@attrs.frozen(kw_only=True)
class MemoryView:
    """What is remembered, and for whom."""

    id: str
    text: str
    time: float
    importance: float
    scope: str


@attrs.frozen(kw_only=True)
class Memories:
    """The latest first; with a search, those that fit best."""

    memories: list[MemoryView]


@attrs.frozen(kw_only=True)
class MemorySearch:
    """Words to search."""

    search: str = ""


@attrs.frozen(kw_only=True)
class NewMemory:
    """A fact in a sentence; `importance` is 0 to 1."""

    text: str
    importance: float = 0.5


@attrs.frozen(kw_only=True)
class MemoryDeletion:
    """Whether there was such a memory."""

    forgotten: bool


async def memories(call: ApiCall[object, MemorySearch]) -> Result[Memories, LLMError]:
    """What is remembered for everybody, or for the key."""
    scope = MemoryScope(user=call.caller.tenant)
    with call.site.running.lease() as app:
        store = app.manager.memories
        if call.query.search.strip():
            recalled = await settle(store.recall(call.query.search, 50, scope, call.site.clock.now()))
            return recalled.map(lambda found: Memories(memories=[_memory(one.memory) for one in found]))
        every = await settle(store.all(scope))
        return every.map(lambda found: Memories(memories=[_memory(one) for one in found]))


def _memory(one: Memory) -> MemoryView:
    scope = f"user {one.user}" if one.user else f"conversation {one.conversation}" if one.conversation else "everybody"
    return MemoryView(id=one.id, text=one.text, time=one.created, importance=one.importance, scope=scope)


async def remember(call: ApiCall[NewMemory, object]) -> Result[MemoryView, LLMError]:
    """Keep a fact."""
    asked: NewMemory = call.body
    if not asked.text.strip() or not 0 <= asked.importance <= 1:
        return Failure(invalid("text: it is empty, or the importance is not between 0 and 1"))
    with call.site.running.lease() as app:
        made = Memory(
            id=app.random.new_id()[:12],
            text=asked.text.strip(),
            created=call.site.clock.now(),
            importance=asked.importance,
            user=call.caller.tenant,
        )
        return (await settle(app.manager.memories.remember(made))).map(lambda _: _memory(made))


async def forget(call: AnyCall) -> Result[MemoryDeletion, LLMError]:
    """Delete a fact, for good: one's own, or any where one may do everything."""
    only = call.caller.rights.only_tenant
    with call.site.running.lease() as app:
        if only is not None:
            every = await settle(app.manager.memories.all(MemoryScope(user=only)))
            if isinstance(every, Failure):
                return Failure(every.failure())
            if not any(one.id == call.path["id"] and one.user == only for one in every.unwrap()):
                return Success(MemoryDeletion(forgotten=False))
        gone = await settle(app.manager.memories.forget(call.path["id"]))
        return gone.map(lambda there: MemoryDeletion(forgotten=there))


ENDPOINTS = (
    ApiEndpoint(
        method="GET",
        path="/api/v1/memory",
        summary="What is remembered",
        run=memories,
        scope="read",
    ),
    ApiEndpoint(
        method="POST",
        path="/api/v1/memory",
        summary="Remember something",
        run=remember,
        scope="chat",
    ),
    ApiEndpoint(method="DELETE", path="/api/v1/memory/{id}", summary="Forget something", run=forget, scope="chat"),
)
