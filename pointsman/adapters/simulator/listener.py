"""Serves a simulator over TCP: listens, accepts, and gives each connection its task. Knows no dialect."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio
import anyio.abc
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.simulator.http_connection import ClientConnection
from pointsman.adapters.simulator.request_log import RecordedRequest
from pointsman.adapters.simulator.responder import Responder
from pointsman.adapters.simulator.simulator import Simulator
from pointsman.adapters.simulator.stats import Stats
from pointsman.adapters.simulator.wire_form import TcpSocket
from pointsman.core.error import ConfigurationError, configuration_error
from pointsman.services.tasks.together import background_tasks

_BACKLOG = 512
_REST = 0.1


@attrs.frozen
class RunningSimulator:
    """A simulator that listens at `address`, such as `http://127.0.0.1:8765`."""

    address: str
    _desk: Responder

    def base_url(self, kind: str) -> str:
        """The base URL for the SDK of a dialect: `openai-chat`, `openai-responses`, `anthropic`, `gemini` …"""
        found = (one.sdk_base for one in self._desk.simulator.dialects if one.name == kind)
        return self.address + next(found, "")

    def requests(self) -> tuple[RecordedRequest, ...]:
        """The last requests, the oldest first, without their keys."""
        return tuple(self._desk.requests.held)

    def stats(self) -> Stats:
        """The counters now."""
        return self._desk.counters.snapshot()


@asynccontextmanager
async def serve(simulator: Simulator, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[RunningSimulator]:
    """Serve `simulator` while the block runs; port 0 takes a free one. Raises OSError where it cannot listen."""
    listener = _listening(host, port)
    desk = Responder.of(simulator)
    try:
        async with background_tasks() as tasks:
            tasks.start_soon(_accepting, listener, desk, tasks)
            yield RunningSimulator(_address(listener), desk)
    finally:
        listener.close()


async def run_forever(
    simulator: Simulator, host: str, port: int, on_start: Callable[[RunningSimulator], None]
) -> Result[None, ConfigurationError]:
    """Serve until cancelled, and call `on_start` once it listens; a failure where it cannot listen."""
    try:
        listener = _listening(host, port)
    except OSError as problem:
        detail = f"cannot listen on {host}:{port}: {problem.strerror or problem}; choose another port or stop the other"
        return Failure(configuration_error(detail))
    desk = Responder.of(simulator)
    with listener:
        on_start(RunningSimulator(_address(listener), desk))
        async with anyio.create_task_group() as tasks:
            await _accepting(listener, desk, tasks)
    return Success(None)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    listener.setblocking(False)
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def _accepting(listener: socket.socket, desk: Responder, tasks: anyio.abc.TaskGroup) -> None:
    """Take connections for ever. Where the system has no sockets left, wait a moment and go on."""
    while True:
        await anyio.wait_readable(listener)
        try:
            accepted, _ = listener.accept()
            wire = TcpSocket.over(accepted)
        except (BlockingIOError, ConnectionError):
            continue
        except OSError:
            await anyio.sleep(_REST)
            continue
        tasks.start_soon(ClientConnection(wire, desk).serve)
