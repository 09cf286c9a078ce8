"""Tools, prompts, memory and the trail of changes."""

from __future__ import annotations

from typing import Any

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.web import views
from pointsman.adapters.web.api_endpoint import Call, Endpoint, invalid
from pointsman.adapters.web.view_types import AuditView
from pointsman.core.chat.overrides import OVERRIDES
from pointsman.core.effect import settle
from pointsman.core.error import LLMError
from pointsman.core.memory import Memory, MemoryScope


@attrs.frozen(kw_only=True)
class Tools:
    """The tools of this server: name, description, JSON Schema of the parameters, approval."""

    tools: list[dict[str, Any]]


@attrs.frozen(kw_only=True)
class Prompts:
    """The prompt templates."""

    prompts: list[dict[str, Any]]


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
class AuditQuery:
    """At most how many, those before which id."""

    limit: int = 100
    before: int | None = None


@attrs.frozen(kw_only=True)
class Trail:
    """Who changed what, the latest first."""

    entries: list[AuditView]


async def tools(call: Call) -> Result[Any, LLMError]:
    """What `tools` of a chat may name."""
    found = [
        {
            "name": tool.spec.name,
            "description": tool.spec.description,
            "parameters": tool.spec.parameters,
            "approval": tool.approval,
        }
        for tool in call.site.tools.values()
    ]
    return Success(Tools(tools=found))


async def prompts(call: Call) -> Result[Any, LLMError]:
    """What there is."""
    with call.site.running.lease() as app:
        found = [
            {
                "name": one.name,
                "version": one.version,
                "description": one.description,
                "variables": [variable.name for variable in one.needed],
                "system": one.system,
                "text": one.text,
            }
            for one in app.manager.prompts.listed
        ]
    return Success(Prompts(prompts=found))


async def memories(call: Call) -> Result[Any, LLMError]:
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


async def remember(call: Call) -> Result[Any, LLMError]:
    """Keep a fact."""
    asked: NewMemory = call.body
    if not asked.text.strip() or not 0 <= asked.importance <= 1:
        return Failure(invalid("text: it is empty, or the importance is not between 0 and 1"))
    with call.site.running.lease() as app:
        made = Memory(
            id=app.chance.token()[:12],
            text=asked.text.strip(),
            created=call.site.clock.now(),
            importance=asked.importance,
            user=call.caller.tenant,
        )
        return (await settle(app.manager.memories.remember(made))).map(lambda _: _memory(made))


async def forget(call: Call) -> Result[Any, LLMError]:
    """Delete a fact, for good."""
    with call.site.running.lease() as app:
        gone = await settle(app.manager.memories.forget(call.path["id"]))
        return gone.map(lambda there: {"forgotten": there})


async def audit(call: Call) -> Result[Any, LLMError]:
    """Who changed what."""
    limit = min(1000, max(1, call.query.limit))
    found = await settle(call.site.desk.audit(limit, call.query.before))
    return found.map(lambda entries: Trail(entries=[views.audit(one) for one in entries]))


@attrs.frozen(kw_only=True)
class Overrides:
    """What a user wants otherwise than everybody; null is as everybody has it."""

    model: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    system: str | None = None


async def overrides(call: Call) -> Result[Any, LLMError]:
    """Of one user: `admin`, or `key:` and the name of a key."""
    own = call.site.running.overrides.get(call.path["user"], {})
    return Success(Overrides(**{name: own.get(name) for name in OVERRIDES}))  # type: ignore[arg-type]


async def override(call: Call) -> Result[Any, LLMError]:
    """Change what is given; null forgets it."""
    for name in sorted(call.given):
        done = await settle(
            call.site.desk.override(call.path["user"], name, getattr(call.body, name), call.caller.name)
        )
        if isinstance(done, Failure):
            return Failure(done.failure())
    reloaded = await call.site.running.reload()
    return Failure(reloaded.failure()) if isinstance(reloaded, Failure) else await overrides(call)


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/users/{user}/overrides",
        summary="What a user wants otherwise than everybody",
        run=overrides,
        gives=Overrides,
    ),
    Endpoint(
        method="PATCH",
        path="/api/v1/users/{user}/overrides",
        summary="Change what a user wants otherwise",
        run=override,
        takes=Overrides,
        gives=Overrides,
    ),
    Endpoint(
        method="GET", path="/api/v1/tools", summary="The tools of this server", run=tools, scope="chat", gives=Tools
    ),
    Endpoint(
        method="GET", path="/api/v1/prompts", summary="The prompt templates", run=prompts, scope="chat", gives=Prompts
    ),
    Endpoint(
        method="GET",
        path="/api/v1/memory",
        summary="What is remembered",
        run=memories,
        scope="read",
        gives=Memories,
        query=MemorySearch,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/memory",
        summary="Remember something",
        run=remember,
        takes=NewMemory,
        gives=MemoryView,
    ),
    Endpoint(method="DELETE", path="/api/v1/memory/{id}", summary="Forget something", run=forget),
    Endpoint(method="GET", path="/api/v1/audit", summary="Who changed what", run=audit, gives=Trail, query=AuditQuery),
)
