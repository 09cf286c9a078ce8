"""A recording forwarder on loopback: all that is asked and answered, byte for byte. It knows no dialect, no gateway."""

from __future__ import annotations

import http.client
import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import attrs

_OWN_OF_EACH_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length", "host", "accept-encoding")
_SILENCE = 60.0
"""Seconds without a byte after which a call is given up."""


@attrs.define
class Exchange:
    """One request and its answer. Names of headers are in lower case; `path` holds the query, too."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int = 0
    response_headers: Mapping[str, str] = attrs.field(factory=dict)
    response: bytearray = attrs.field(factory=bytearray)

    @property
    def json(self) -> Any:
        """The body that was sent, decoded."""
        return json.loads(self.body)

    @property
    def query(self) -> dict[str, list[str]]:
        """The query, decoded."""
        return parse_qs(urlsplit(self.path).query, keep_blank_values=True)


@attrs.frozen
class ScriptedAnswer:
    """What is answered, in place of the target, to the next POST whose path contains `path`.

    `write` makes the body from what was asked, so that an answer can call a tool in the form in which it was offered.
    """

    path: str
    write: Callable[[Exchange], bytes]
    content_type: str = "text/event-stream"


@attrs.define
class Recorder:
    """Forwards to `target`, an address without a path, and keeps each exchange in `exchanges`, oldest first."""

    target: str
    address: str = ""
    exchanges: list[Exchange] = attrs.field(factory=list)
    script: deque[ScriptedAnswer] = attrs.field(factory=deque)

    def posts(self) -> list[Exchange]:
        """The exchanges that carried a body."""
        return [exchange for exchange in self.exchanges if exchange.method == "POST"]

    def clear(self) -> None:
        """Forget everything, also what was still to be answered by script."""
        self.exchanges.clear()
        self.script.clear()

    def next_answer(self, exchange: Exchange) -> ScriptedAnswer | None:
        """The scripted answer to `exchange`, taken off the script; None where the target is to be asked."""
        if exchange.method == "POST" and self.script and self.script[0].path in exchange.path:
            return self.script.popleft()
        return None


class _Server(ThreadingHTTPServer):
    """A server that knows its recorder."""

    daemon_threads = True

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.recorder = recorder

    def handle_error(self, request: object, client_address: object) -> None:
        """A side that went away is no concern of the recorder's: what was recorded is there."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _exchange(self) -> None:
        exchange = Exchange(self.command, self.path, _lower_case(self.headers.items()), self._body())
        self.server.recorder.exchanges.append(exchange)
        scripted = self.server.recorder.next_answer(exchange)
        if scripted is None:
            self._forward(exchange)
        else:
            self._answer(exchange, 200, {"content-type": scripted.content_type}, iter([scripted.write(exchange)]))

    do_GET = do_HEAD = do_POST = do_DELETE = do_PUT = do_PATCH = do_OPTIONS = _exchange

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _forward(self, exchange: Exchange) -> None:
        headers = {name: value for name, value in exchange.headers.items() if name not in _OWN_OF_EACH_HOP}
        connection = http.client.HTTPConnection(urlsplit(self.server.recorder.target).netloc, timeout=_SILENCE)
        try:
            connection.request(exchange.method, exchange.path, exchange.body or None, headers)
            response = connection.getresponse()
            pieces = iter(lambda: response.read1(65536), b"")
            self._answer(exchange, response.status, _lower_case(response.getheaders()), pieces)
        finally:
            connection.close()

    def _answer(self, exchange: Exchange, status: int, headers: Mapping[str, str], pieces: Iterator[bytes]) -> None:
        exchange.status, exchange.response_headers = status, headers
        self.send_response_only(status)
        for name, value in headers.items():
            if name not in _OWN_OF_EACH_HOP:
                self.send_header(name, value)
        bodyless = exchange.method == "HEAD" or status in (204, 304)
        self.send_header(*(("content-length", "0") if bodyless else ("transfer-encoding", "chunked")))
        self.end_headers()
        if not bodyless:
            self._send(exchange, pieces)

    def _send(self, exchange: Exchange, pieces: Iterator[bytes]) -> None:
        for piece in pieces:
            exchange.response += piece
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")


@contextmanager
def recording(target: str) -> Iterator[Recorder]:
    """A recorder before `target`, on a free port, in threads of its own."""
    recorder = Recorder(target)
    with _Server(recorder) as server:
        recorder.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield recorder
        finally:
            server.shutdown()
            thread.join()


def _lower_case(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}
