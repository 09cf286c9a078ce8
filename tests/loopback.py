"""A server on loopback for upstreams of our own, which end answers as no vendor does."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class QuietHandler(BaseHTTPRequestHandler):
    """HTTP/1.1 that writes no log, and takes it as it comes that who asked has gone."""

    protocol_version = "HTTP/1.1"

    def read_json(self) -> Any:
        """The body."""
        return json.loads(self.rfile.read(int(self.headers["content-length"])))

    def begin_stream(self) -> None:
        """The head of server-sent events; the connection ends with them."""
        self.close_connection = True
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()

    def write_event(self, document: dict[str, object]) -> None:
        """One of them, at once."""
        self.wfile.write(b"data: " + json.dumps(document).encode() + b"\n\n")
        self.wfile.flush()

    def write_json(
        self,
        status: int,
        document: dict[str, object],
        cut: bool = False,
        halfway: Callable[[], object] | None = None,
    ) -> None:
        """A whole answer; `cut`: half of it, and the connection ends. `halfway` is called when half has been sent."""
        data = json.dumps(document).encode()
        self.close_connection = cut
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2])
        if halfway is not None:
            self.wfile.flush()
            halfway()
        if not cut:
            self.wfile.write(data[len(data) // 2 :])

    def handle(self) -> None:
        """As it comes."""
        try:
            super().handle()
        except OSError:  # who asked has gone
            self.close_connection = True

    def log_message(self, format: str, *values: object) -> None:
        """Nothing."""


@contextmanager
def serve_on_loopback(handler: type[QuietHandler], *let_end: threading.Event) -> Iterator[str]:
    """The address of a server with this handler; at the end, nothing waits for `let_end` any more."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        for event in let_end:
            event.set()
        server.shutdown()
        thread.join()
        server.server_close()
