"""uvicorn, run inside a task group: it says when it is ready, ends as `Ending` says, and leaves signals alone."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import anyio
import anyio.abc
import uvicorn
from starlette.types import ASGIApp

from pointsman.adapters.web.acceptor import Acceptor, most_connections
from pointsman.adapters.web.ending import Ending
from pointsman.adapters.web.half_requests import HalfRequests, counting_protocol
from pointsman.services.tasks.background import run_guarded
from pointsman.services.tasks.together import background_tasks, tasks_together

_LINGER = 1.0
"""Seconds for which connections without a request are left open: one may be on its way, and would be lost."""
_TICKS = 10
"""Ticks of uvicorn, ten a second, between two looks at requests that are not whole."""
_LOOK = 0.02
"""Seconds between two looks whether all has ended."""
_FAREWELL = 5.0
"""Seconds in which what is cut short is told so, and settled."""
_FLUSH = 2.0
"""Seconds in which who reads slowly may have what was sent."""


class _Server(uvicorn.Server):
    """Accepts by `Acceptor`, and ends by `Ending`."""

    def __init__(
        self,
        config: uvicorn.Config,
        ending: Ending,
        half_requests: HalfRequests,
        ready: Callable[[], None],
        at_once: int | None,
    ) -> None:
        super().__init__(config)
        self._half_requests = half_requests
        self._ending, self._ready = ending, ready
        self._at_once = at_once
        self._acceptors: list[Acceptor] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self.lifespan.startup()
        self.servers: list[asyncio.base_events.Server] = []
        for listener in sockets or ():
            await self._accept(listener)
        self.started = True
        self._ready()

    async def _accept(self, listener: socket.socket) -> None:
        connections = self.server_state.connections
        acceptor = Acceptor(listener, self._make_protocol, lambda: len(connections), most_connections(), self._at_once)
        try:
            acceptor.open()
        except NotImplementedError:  # the event loop of Windows cannot be told when there is something to accept
            server = await asyncio.get_running_loop().create_server(self._make_protocol, sock=listener)
            self.servers.append(server)
        else:
            self._acceptors.append(acceptor)

    def _make_protocol(self) -> asyncio.Protocol:
        make = cast("Callable[..., asyncio.Protocol]", self.config.http_protocol_class)
        return make(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS == 0:
            await run_guarded("the look at half requests", self._look_at_half_requests)
        return await super().on_tick(counter)

    async def _look_at_half_requests(self) -> None:
        self._half_requests.look(self.server_state.connections, asyncio.get_running_loop().time())

    async def main_loop(self) -> None:
        async with tasks_together() as group:
            group.start_soon(super().main_loop)  # it sets the clock of the answers
            await self._ending.begun.wait()
            self._stop_accepting()
            await self._drain()
            await self._cut()
            group.cancel_scope.cancel()

    def _stop_accepting(self) -> None:
        for acceptor in self._acceptors:
            acceptor.close()
        for server in self.servers:
            server.close()

    async def _drain(self) -> None:
        """Until nothing is under way, for as long as there is time."""
        with anyio.move_on_after(self._ending.drain):
            async with tasks_together() as group:
                group.start_soon(self._until_quiet, group.cancel_scope)
                await self._ending.hastened.wait()
                group.cancel_scope.cancel()

    async def _until_quiet(self, scope: anyio.CancelScope) -> None:
        state = self.server_state
        with anyio.move_on_after(_LINGER):
            while state.tasks or state.connections:
                await self._look()
        while state.tasks:
            await self._look()
        scope.cancel()

    async def _look(self) -> None:
        await anyio.sleep(_LOOK)
        self._ending.end_idle()

    async def _cut(self) -> None:
        """Tell what is left that it ends here."""
        self._ending.cut()
        with anyio.move_on_after(_FAREWELL):
            while self.server_state.tasks:
                await self._look()

    async def shutdown(self, sockets: Sequence[socket.socket] | None = None) -> None:
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with anyio.move_on_after(_FLUSH):
            while self.server_state.connections:
                await self._look()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for task in tuple(self.server_state.tasks):
            task.cancel()
        await self.lifespan.shutdown()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def server_running(
    app: ASGIApp,
    listeners: Sequence[socket.socket],
    ending: Ending,
    *,
    shares_listeners: bool = False,
    half_requests: HalfRequests | None = None,
) -> AsyncIterator[anyio.abc.TaskGroup]:
    """`app`, served on `listeners` until it has come to its `ending`, which it does with the scope at the latest.

    Where it shares them with other processes, it takes one connection at a time, so that the others get theirs. What
    is begun in the task group that it gives goes on as long.
    """
    ready = anyio.Event()
    server = _Server(
        _config_of(app), ending, half_requests or HalfRequests(), ready.set, 1 if shares_listeners else None
    )

    async def serve() -> None:
        with anyio.CancelScope(shield=True):  # it ends when it is told to
            try:
                await server.serve(sockets=list(listeners))
            finally:
                ending.over.set()

    async with background_tasks() as group:
        group.start_soon(serve)  # not `start`, which would wait for it to no end where it is cancelled meanwhile
        try:
            await ready.wait()
            yield group
        finally:
            await ending.end()


def _config_of(app: ASGIApp) -> uvicorn.Config:
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    return uvicorn.Config(
        app,
        http=counting_protocol(),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        ws_max_size=2**20,
        h11_max_incomplete_event_size=2**17,
    )
