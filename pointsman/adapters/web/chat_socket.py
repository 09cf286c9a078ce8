"""Chat over a web socket: several at once, each with a name of the client's own, each of which can be cancelled."""

from __future__ import annotations

import anyio
import attrs
from returns.result import Failure, Result, Success
from starlette.websockets import WebSocket, WebSocketDisconnect

from pointsman.adapters.web import views
from pointsman.adapters.web.api_chat import ChatInput, asked_stream
from pointsman.adapters.web.api_endpoint import ApiCall, ApiContext, invalid
from pointsman.adapters.web.caller import admit_again, find_caller
from pointsman.adapters.web.ending import TAKEN_OVER
from pointsman.adapters.web.large_bodies import read_json, read_off_loop
from pointsman.adapters.web.open_connections import UNAUTHORIZED, OpenConnection
from pointsman.core.error import InvalidRequest, LLMError
from pointsman.core.json import Json, JsonObject, as_object, as_text, dumps_text, loads
from pointsman.services.tasks.together import tasks_together

_MOST = 16
"""How many answers may be under way on one socket."""


@attrs.define(eq=False)
class ChatSocket:
    """One connection.

    The client sends `{"id": …, "ask": ChatInput}` (with the page's cookie also `"csrf"`), and `{"cancel": id}`; it is
    sent `{"id": …, "event": …, "data": …}`, the events of `POST /api/v1/chat`, the last one `Done`, `Failed` or
    `Cancelled`. What is no such message (bytes, no JSON, too much of it, neither word in it) is answered by `Failed`
    with an empty id. Every `ask` counts as a call and is asked with what the key opens then; once that is nothing,
    answers under way fail and the socket closes.
    """

    socket: WebSocket
    context: ApiContext
    held: OpenConnection
    _scopes: dict[str, anyio.CancelScope] = attrs.field(factory=dict)
    _turn: anyio.Lock = attrs.field(factory=anyio.Lock)

    async def run(self) -> None:
        """Serve it until the client goes; what is under way then is cancelled."""
        async with tasks_together() as group:
            try:
                while (message := await self.socket.receive())["type"] != "websocket.disconnect":
                    read = await _read_message(message.get("text"), self.context.site.policy.max_values)
                    if isinstance(read, Failure):
                        await self._send("", "Failed", {"error": views.error(read.failure())})
                    elif "ask" in read.unwrap():
                        self.held.is_idle = False
                        group.start_soon(self._answer, as_text(read.unwrap().get("id")), read.unwrap())
                    elif (cancelled := self._scopes.get(as_text(read.unwrap()["cancel"]))) is not None:
                        cancelled.cancel()
            except WebSocketDisconnect:  # found out while sending
                pass
            group.cancel_scope.cancel()

    async def end(self, why: LLMError) -> None:
        """Tell every answer under way why it ends, and close: who asked may no longer be here, or the server ends."""
        try:
            for id in tuple(self._scopes):
                await self._send(id, "Failed", {"error": views.error(why)})
            await self.socket.close(self.held.close_code, self.held.reason)
        except WebSocketDisconnect:
            return

    async def _answer(self, id: str, told: JsonObject) -> None:
        problem = self._problem(id, told)
        if problem is not None:
            await self._send(id, "Failed", {"error": views.error(problem)})
            self.held.is_idle = not self._scopes
            return
        with anyio.CancelScope() as scope:
            self._scopes[id] = scope
            try:
                await self._ask(id, dumps_text(told["ask"]))
            finally:
                if self.held.ended is None:  # else it is told so by `end`
                    del self._scopes[id]
        if scope.cancelled_caught:
            await self._send(id, "Cancelled", {})
        self.held.is_idle = not self._scopes

    async def _ask(self, id: str, text: str) -> None:
        site = self.context.site
        read = await read_off_loop(lambda: site.structure(text, ChatInput, None), len(text))
        if isinstance(read, Failure):
            await self._send(id, "Failed", {"error": views.error(invalid(*read.failure()))})
            return
        admitted = await admit_again(site, self.held.caller, self.held.scope)
        if isinstance(admitted, Failure):
            await self._send(id, "Failed", {"error": views.error(admitted.failure())})
            return
        caller, asked = admitted.unwrap(), read.unwrap()
        call = ApiCall(context=self.context, caller=caller, path={}, query=None, body=asked, request=None)
        async with asked_stream(call, asked) as events:
            async for event in events:
                await self._send(id, *views.event(event))

    def _problem(self, id: str, told: JsonObject) -> LLMError | None:
        if self.context.site.ending.is_begun:
            return TAKEN_OVER
        if not self.held.caller.has_word(told.get("csrf")):
            return invalid("csrf: it is missing or wrong; reload the page")
        if not id or id in self._scopes:
            return invalid("id: it is missing, or an answer of that name is under way")
        return invalid(f"ask: at most {_MOST} answers at once") if len(self._scopes) >= _MOST else None

    async def _send(self, id: str, event: str, data: JsonObject) -> None:
        async with self._turn:
            await self.socket.send_text(dumps_text({"id": id, "event": event, "data": data}))


async def _read_message(text: str | None, most: int) -> Result[JsonObject, InvalidRequest]:
    """One message, within the bounds of a body: an object that asks or cancels."""
    if text is None:
        return Failure(invalid("messages are text that holds JSON, and these were bytes"))
    data = text.encode("utf-8", "replace")
    read = await read_json(data, most, lambda: loads(data).alt(invalid))
    return read.bind(_known_message)


def _known_message(value: Json) -> Result[JsonObject, InvalidRequest]:
    told = as_object(value)
    if "ask" in told or "cancel" in told:
        return Success(told)
    return Failure(invalid('a message is {"id": …, "ask": {…}} or {"cancel": id}'))


async def chat_socket(socket: WebSocket, context: ApiContext) -> None:
    """Serve one client until they go."""
    headers = {name.lower(): value for name, value in socket.headers.items()}
    known = await find_caller(context.site, headers)
    await socket.accept()
    if isinstance(known, Failure) or "chat" not in known.unwrap().scopes:
        await socket.close(UNAUTHORIZED, "sign in on the page, or bring a key with the scope chat")
        return
    with context.open_connections.hold(known.unwrap(), "chat", is_socket=True) as held:
        chat = ChatSocket(socket, context, held)
        await chat.run()
    if held.ended is not None:
        await chat.end(held.ended)
