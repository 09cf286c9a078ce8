"""A server of a test: a function that is given each connection."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ssl import SSLContext, SSLError
from typing import cast

import anyio
from anyio.abc import ByteStream, SocketAttribute, SocketListener, SocketStream
from anyio.streams.tls import TLSStream


@asynccontextmanager
async def accepting(
    handle: Callable[[ByteStream], Awaitable[None]],
    host: str = "127.0.0.1",
    port: int = 0,
    tls: SSLContext | None = None,
) -> AsyncIterator[int]:
    """Have `handle` serve who connects while the scope lasts; gives the port.

    Nobody who is accepted in the moment of the end is lost, as may be when asyncio's own `sock_accept` is cancelled
    (https://bugs.python.org/issue41317).
    """

    async def serve(stream: SocketStream) -> None:
        if tls is None:
            await handle(stream)
            return
        try:
            wrapped = await TLSStream.wrap(stream, ssl_context=tls, server_side=True, standard_compatible=False)
        except (anyio.EndOfStream, anyio.BrokenResourceError, SSLError):
            await anyio.aclose_forcefully(stream)
            return
        await handle(wrapped)

    async def accept() -> None:
        while True:
            await anyio.wait_readable(waiting)
            with anyio.CancelScope(shield=True):  # there is one: it does not wait
                accepted.append(await listener.accept())
            group.start_soon(serve, accepted[-1])

    accepted: list[SocketStream] = []
    async with await anyio.create_tcp_listener(local_host=host, local_port=port) as several:
        listener = cast(SocketListener, several.listeners[0])
        waiting: socket.socket = listener.extra(SocketAttribute.raw_socket)
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(accept)
                yield listener.extra(SocketAttribute.local_port)
                group.cancel_scope.cancel()
        finally:
            for stream in accepted:
                await anyio.aclose_forcefully(stream)
