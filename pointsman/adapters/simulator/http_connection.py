"""One HTTP/1.1 connection of the simulator: requests are read with h11, planned replies sent as they are planned."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus

import anyio
import attrs
import h11

from pointsman.adapters.simulator.http_request import ReceivedRequest
from pointsman.adapters.simulator.reply import Ending, Reply, text_reply
from pointsman.adapters.simulator.responder import MOST_BODY, Responder
from pointsman.adapters.simulator.wire_form import TcpSocket

LONGEST_STALL = 600.0
"""Seconds after which a stalled reply is given up though the client still waits."""
_IDLE = 120.0
_DRAIN = 1.0
_HEAD = 65_536
_MOST_AHEAD = 1_048_576
_BEFORE_RESET = 0.05
"""Seconds between the last chunk and RST, for a reset discards what the client has not yet read."""


@attrs.frozen
class OversizedRequest:
    """The head of a request whose body was not taken."""

    call: ReceivedRequest


@attrs.define
class ClientConnection:
    """A client's connection, from its first request to its close."""

    wire: TcpSocket
    desk: Responder
    http: h11.Connection = attrs.field(factory=partial(h11.Connection, h11.SERVER, max_incomplete_event_size=_HEAD))

    async def serve(self) -> None:
        """Answer requests until either side has had enough, and close."""
        self.desk.counters.connections += 1
        ending: Ending = "cut"
        try:
            ending = await self._conversation()
        except ConnectionError:
            ending = "cut"
        finally:
            if ending == "reset":
                self.wire.reset()
            else:
                self.wire.close()

    async def _conversation(self) -> Ending:
        try:
            while (call := await self._next_call()) is not None:
                ending = await self._answer(call)
                if ending != "complete":
                    return ending
                if self.http.our_state is not h11.DONE or self.http.their_state is not h11.DONE:
                    break
                self.http.start_next_cycle()
        except h11.RemoteProtocolError as problem:
            await self._complain(problem)
        return "complete"

    async def _next_call(self) -> ReceivedRequest | OversizedRequest | None:
        """The next request, or None where the client has gone or stays silent for two minutes."""
        with anyio.move_on_after(_IDLE):
            head = await self._event()
            if not isinstance(head, h11.Request):
                return None
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
            call = ReceivedRequest(head.method.decode("ascii"), head.target.decode("latin-1"), headers)
            body = await self._body()
            return OversizedRequest(call) if body is None else attrs.evolve(call, body=body)
        return None

    async def _body(self) -> bytes | None:
        """The request's body, or None where it is too large."""
        body = bytearray()
        while isinstance(event := await self._event(), h11.Data):
            body += event.data
            if len(body) > MOST_BODY:
                return None
        return bytes(body)

    async def _event(self) -> object:
        while (event := self.http.next_event()) is h11.NEED_DATA:
            if self.http.they_are_waiting_for_100_continue:
                await self._send(h11.InformationalResponse(status_code=100, headers=[]))
            self.http.receive_data(await self.wire.receive())
        return event

    async def _answer(self, call: ReceivedRequest | OversizedRequest) -> Ending:
        """Reply to `call`; how the reply ended says whether the connection can go on."""
        if isinstance(call, OversizedRequest):
            await self._deliver(self.desk.too_large(call.call))
            await self._drain()
            return "cut"
        reply = self.desk.respond(call)
        self.desk.counters.by_status[reply.status] += 1
        if call.method == "HEAD":
            await self._send(self._head(reply))
            await self._send(h11.EndOfMessage())
            return "complete"
        if reply.at_once:
            await self._deliver(reply)
            return "complete"
        return await self._deliver_watched(reply)

    async def _deliver_watched(self, reply: Reply) -> Ending:
        """Deliver `reply` while listening, so that a client's leaving ends it at once; count how it went."""
        self.desk.counters.open_streams += reply.streamed
        stayed = await self._delivered_to_listener(reply)
        if not stayed:
            self.desk.counters.reply_ended(streamed=reply.streamed, client_left=True)
        return "cut" if not stayed or reply.ending in ("stall", "silent") else reply.ending

    async def _delivered_to_listener(self, reply: Reply) -> bool:
        """Whether the client stayed until the end of `reply`."""
        stayed = False

        async def listen() -> None:
            await self._heard_leaving()
            tasks.cancel_scope.cancel()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen)
            stayed = await self._try_sending(reply)
            tasks.cancel_scope.cancel()
        return stayed

    async def _try_sending(self, reply: Reply) -> bool:
        try:
            await self._deliver(reply)
        except ConnectionError:
            return False
        self.desk.counters.reply_ended(streamed=reply.streamed, client_left=False)
        return True

    async def _heard_leaving(self) -> None:
        """Return when the client has closed its side. What it sends meanwhile is kept for the next request."""
        ahead = 0
        while ahead <= _MOST_AHEAD:
            try:
                data = await self.wire.receive()
            except ConnectionError:
                return
            if not data:
                return
            ahead += len(data)
            self.http.receive_data(data)

    async def _deliver(self, reply: Reply) -> None:
        await anyio.sleep(LONGEST_STALL if reply.ending == "silent" else reply.latency)
        if reply.ending == "silent":
            return
        await self._send(self._head(reply))
        for number, chunk in enumerate(reply.chunks):
            if number or reply.streamed:
                await anyio.sleep(reply.pause if number else 0)
            await self._send(h11.Data(data=chunk))
        if reply.ending == "complete":
            await self._send(h11.EndOfMessage())
        elif reply.ending == "stall":
            await anyio.sleep(LONGEST_STALL)
        elif reply.ending == "reset":
            await anyio.sleep(_BEFORE_RESET)

    def _head(self, reply: Reply) -> h11.Response:
        headers = [*reply.headers.items(), ("x-simulated", "true"), ("server", "pointsman-simulator")]
        if not reply.streamed:
            length = sum(map(len, reply.chunks)) if reply.length is None else reply.length
            headers.append(("content-length", str(length)))
        return h11.Response(status_code=reply.status, headers=headers, reason=_reason(reply.status))

    async def _send(self, event: h11.Event) -> None:
        data = self.http.send(event)
        if data:
            await self.wire.send(data)

    async def _drain(self) -> None:
        """Read away what the client is still sending, for a second, so that it can read the reply."""
        self.wire.finish()
        with anyio.move_on_after(_DRAIN):
            while await self.wire.receive():
                continue

    async def _complain(self, problem: h11.RemoteProtocolError) -> None:
        """Answer what is not HTTP, where an answer can still be given."""
        if self.http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            status = problem.error_status_hint
            closing = {"connection": "close"}
            reply = text_reply(f"This is not a request that the simulator understands: {problem}\n", status=status)
            await self._deliver(attrs.evolve(reply, headers={**reply.headers, **closing}))


def _reason(status: int) -> bytes:
    try:
        return HTTPStatus(status).phrase.encode()
    except ValueError:
        return b""
