"""An upstream on loopback that writes down what it is asked, and answers what a test says, in the pieces it says."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs


@attrs.define
class Reply:
    """What is answered: a body in pieces, each a chunk of its own."""

    status: int = 200
    headers: dict[str, str] = attrs.field(factory=dict)
    pieces: list[bytes] = attrs.field(factory=lambda: [b"{}"])


@attrs.define
class Asked:
    """What came."""

    path: str
    headers: dict[str, str]
    data: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.data)


@attrs.define
class Upstream:
    """One server; `reply` is what the next request is answered."""

    address: str
    reply: Reply = attrs.field(factory=Reply)
    asked: list[Asked] = attrs.field(factory=list)


@contextmanager
def recording() -> Iterator[Upstream]:
    """A running upstream."""
    upstream = Upstream("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            upstream.asked.append(Asked(self.path, headers, data))
            reply = upstream.reply
            self.send_response(reply.status)
            for name, value in {"content-type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for piece in [piece for piece in reply.pieces if piece]:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")

        def do_GET(self) -> None:
            self.send_response(404)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server.daemon_threads = True
    upstream.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield upstream
    finally:
        server.shutdown()
        server.server_close()
