"""uvicorn, run inside a task group: it says when it is ready, stops when it is told to, and leaves signals alone."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Callable, Iterator

import anyio
import anyio.abc
import attrs
import uvicorn
from starlette.types import ASGIApp

GRACE = 3.0
"""Seconds that calls under way have to come to their end when the server is stopped."""


@attrs.frozen(eq=False)
class Life:
    """When the server is to stop, and when it has."""

    stopping: anyio.Event = attrs.field(factory=anyio.Event)
    stopped: anyio.Event = attrs.field(factory=anyio.Event)

    async def end(self) -> None:
        """Stop, in order, whatever else is happening."""
        self.stopping.set()
        with anyio.move_on_after(GRACE + 2, shield=True):
            await self.stopped.wait()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def run_server(
    app: ASGIApp,
    listener: socket.socket,
    life: Life,
    *,
    task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Serve `app` on `listener` until `life` ends."""
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        timeout_graceful_shutdown=int(GRACE),
        ws_max_size=2**20,
        h11_max_incomplete_event_size=2**17,
    )
    server = _Server(config, task_status.started)

    async def stop() -> None:
        await life.stopping.wait()
        server.should_exit = True

    with anyio.CancelScope(shield=True):  # it ends when it is told to
        async with anyio.create_task_group() as group:
            group.start_soon(stop)
            await server.serve(sockets=[listener])
            group.cancel_scope.cancel()
    life.stopped.set()
