"""Live events over a web socket: what happens inside, as far as the listener has subscribed to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

import anyio
import attrs
from anyio.streams.memory import MemoryObjectReceiveStream
from returns.result import Failure
from starlette.websockets import WebSocket, WebSocketDisconnect

from pointsman.adapters.web import views
from pointsman.adapters.web.api_endpoint import ApiContext
from pointsman.adapters.web.caller import Caller, api_caller
from pointsman.adapters.web.open_connections import UNAUTHORIZED, OpenConnection
from pointsman.core.chat.event import Done, Failed, Started, ToolCallStarted
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, dumps_text, loads
from pointsman.core.notice import (
    EVENT_NAMES,
    AnalyticsUpdate,
    FunctionCalls,
    Notice,
    NoticesLost,
    ResponseChunk,
    ResponseComplete,
    tenant_of,
)
from pointsman.services.event_exchange import RemoteEvent
from pointsman.services.tasks.together import background_tasks, tasks_together

KINDS: dict[str, type[Notice]] = {kind.name: kind for kind in get_args(Notice) if kind is not NoticesLost}
_MOST_WAITING = 500
_MALFORMED = 4400
_LONGEST_REASON = 120
"""Of a frame that closes, in bytes (RFC 6455, 5.5)."""
HELLO_SECONDS = 2.0
"""How long a first message is waited for."""
USUAL = frozenset(KINDS) - {"response_chunk"}
"""What a listener is sent who does not say what they want: all but the pieces of answers."""


async def events(socket: WebSocket, context: ApiContext) -> None:
    """Serve one listener until they go."""
    headers = {name.lower(): value for name, value in socket.headers.items()}
    known = await api_caller(context.site, headers)
    await socket.accept()
    if isinstance(known, Failure) or "read" not in known.unwrap().scopes:
        await socket.close(UNAUTHORIZED, "sign in on the page, or bring a key with the scope read")
        return
    try:
        with context.open_connections.hold(known.unwrap(), "read", is_socket=True) as held:
            await _serve(socket, context, held)
        if held.ended is not None:
            await socket.close(held.close_code, held.reason)
    except WebSocketDisconnect:
        return


async def _serve(socket: WebSocket, context: ApiContext, held: OpenConnection) -> None:
    wanted = await _read_subscription(socket, held.caller)
    if wanted is None:
        return
    async with tasks_together() as group:
        group.start_soon(_until_gone, socket, group.cancel_scope)
        await _tell(socket, context, held, wanted)


async def _read_subscription(socket: WebSocket, caller: Caller) -> frozenset[str] | None:
    """What the listener wants; None, and the end, where the first message does not say it properly.

    A key need not send one: who names no events, or nothing within `HELLO_SECONDS`, is sent the `USUAL` ones.
    """
    hello: JsonObject = {}
    with anyio.move_on_after(HELLO_SECONDS):
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return None
        hello = as_object(loads(message.get("text") or "").value_or({}))  # what came as bytes says nothing
    if not caller.has_word(hello.get("csrf")):
        await socket.close(UNAUTHORIZED, "the word csrf is missing or wrong; reload the page")
        return None
    wanted = frozenset(as_text(name) for name in as_list(hello.get("subscribe")))
    if not wanted <= EVENT_NAMES or not isinstance(hello.get("subscribe", []), list):
        await socket.close(_MALFORMED, f"subscribe is a list of {', '.join(sorted(KINDS))}"[:_LONGEST_REASON])
        return None
    return wanted or USUAL


async def _until_gone(socket: WebSocket, scope: anyio.CancelScope) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            scope.cancel()
            return


def kinds_of(wanted: Iterable[str]) -> frozenset[type[Notice]]:
    """The notices that the events `wanted` are made of."""
    return frozenset(KINDS[name] for name in wanted)


async def _tell(socket: WebSocket, context: ApiContext, held: OpenConnection, wanted: frozenset[str]) -> None:
    """Send what is `wanted`: to a key that may not do everything only what is of its own calls."""
    with context.site.running.lease() as app:
        bus = app.events
    one_at_a_time = anyio.Lock()

    async def send(name: str, tenant: str, time: float, data: JsonObject) -> None:
        only = held.caller.rights.only_tenant
        if name == NoticesLost.name or only in (None, tenant):
            async with one_at_a_time:
                await socket.send_text(dumps_text({"event": name, "time": time, "data": data}))

    async def tell_of_others(events: MemoryObjectReceiveStream[RemoteEvent]) -> None:
        async for event in events:
            await send(event.name, event.tenant, event.time, event.data)

    with (
        bus.listen(*kinds_of(wanted), most=_MOST_WAITING) as notices,
        context.site.exchange.listen(wanted) as events,
    ):
        async with background_tasks() as group:
            group.start_soon(tell_of_others, events)
            async for notice in notices:
                if isinstance(notice, NoticesLost) or notice.name in wanted:
                    await send(notice.name, tenant_of(notice), context.site.clock.now(), data_of(notice))


_OWN_ID = {Started: "response_id", ToolCallStarted: "call_id"}
"""What the id of an event itself is called: `id` is that of the call in all its notices."""


def data_of(notice: Notice) -> JsonObject:
    """A notice as the data of an event; no prompt and no answer but for chunks, which were asked for by name."""
    if isinstance(notice, ResponseChunk):
        if isinstance(notice.event, (Done, Failed)):
            return {"id": notice.id, "event": type(notice.event).__name__}
        name, event = views.event(notice.event)
        own = {_OWN_ID.get(type(notice.event), key) if key == "id" else key: value for key, value in event.items()}
        return {**own, "id": notice.id, "event": name}
    if isinstance(notice, ResponseComplete):
        return _complete(notice)
    if isinstance(notice, FunctionCalls):
        calls: list[Json] = [{"name": call.name, "arguments": call.arguments} for call in notice.calls]
        return {"id": notice.id, "calls": calls}
    if isinstance(notice, AnalyticsUpdate):
        lost = views.error(notice.lost) if notice.lost else None
        return {"record": attrs.asdict(views.record(notice.record)), "lost": lost}
    found: JsonObject = {}
    for field in attrs.fields(type(notice)):
        value = getattr(notice, field.name)
        if field.name == "error":
            value = views.error(value) if value is not None else None
        elif attrs.has(type(value)):
            value = attrs.asdict(views.money(value))
        found[field.name] = value
    return found


def _complete(notice: ResponseComplete) -> JsonObject:
    response, error = notice.response, notice.error
    known = response or error
    return {
        "id": notice.id,
        "provider": (known.provider or None) if known else None,
        "model": ((known.model if known else None) or notice.model) or None,
        "usage": attrs.asdict(views.tokens(response.usage)) if response else None,
        "cost": attrs.asdict(views.money(response.cost)) if response else None,
        "latency_ms": response.latency_ms if response else None,
        "error": views.error(error) if error else None,
    }
