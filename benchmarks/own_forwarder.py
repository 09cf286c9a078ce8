"""A server that only forwards, by what the gateway is asked and asks with: what a call costs around the gateway itself.

python benchmarks/own_forwarder.py UPSTREAM PORT   # `gateway.py calls` runs it
"""

from __future__ import annotations

import socket
import sys

import anyio
import attrs

from pointsman.adapters.http1.exchange import HttpRequest, Limits, Origin
from pointsman.adapters.http1.pool import PoolTransport
from pointsman.adapters.system.server_process import freeze_gc
from pointsman.adapters.web.asgi import Receive, Scope, Send, answer, read_body
from pointsman.adapters.web.ending import Ending
from pointsman.adapters.web.uvicorn_server import server_running

LIMITS = Limits(connect=10.0, pool=10.0, total=600.0)


@attrs.frozen
class Forwarder:
    """An ASGI application that asks `upstream` the same, and answers what it answers."""

    upstream: Origin
    pool: PoolTransport = attrs.field(factory=PoolTransport)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            for said in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{said}.complete"})
            return
        asked = self.question(await read_body(receive, 2**20))
        data = b"".join([piece async for piece in await self.pool.ask(asked)])
        await answer(send, 200, data, [(b"content-type", b"application/json")])

    def question(self, body: bytes) -> HttpRequest:
        """What goes on."""
        length = (b"content-length", b"%d" % len(body))
        headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json"), length]
        target = b"/v1/chat/completions"
        return HttpRequest(
            method=b"POST", origin=self.upstream, target=target, headers=headers, content=body, limits=LIMITS
        )


async def main() -> None:
    """Serve until killed."""
    app, port = Forwarder(("http", "127.0.0.1", int(sys.argv[1]))), int(sys.argv[2])
    listener = socket.create_server(("127.0.0.1", port), backlog=4096)
    listener.setblocking(False)
    async with server_running(app, (listener,), Ending()):
        freeze_gc()
        await anyio.sleep_forever()


if __name__ == "__main__":
    anyio.run(main, backend_options={"use_uvloop": True})
