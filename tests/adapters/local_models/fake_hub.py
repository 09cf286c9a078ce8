"""A hub of models on loopback, which does to downloads what networks and bad servers do to them."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import attrs


@attrs.define
class FakeHub:
    """`files` by name, of the one repository `me/tiny`. What it is asked is in `asked`: path, range, authorization."""

    files: dict[str, bytes]
    address: str = ""
    elsewhere: str = ""
    """Where the bytes are, if not here."""
    cut_after: list[int] = attrs.field(factory=list)
    """So many bytes of each of the next answers are sent, then the connection is cut."""
    zeros: bool = False
    ranges: bool = True
    token: str = ""
    """Without it nothing is given."""
    hashes: bool = True
    asked: list[tuple[str, str, str]] = attrs.field(factory=list)

    def document(self) -> bytes:
        """What its API says of the repository."""
        files = [
            {
                "rfilename": name,
                "size": len(data),
                **({"lfs": {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}} if self.hashes else {}),
            }
            for name, data in self.files.items()
        ]
        about = {"id": "me/tiny", "sha": "abc123", "siblings": files, "cardData": {"license": "mit"}}
        return json.dumps(about).encode()


@contextmanager
def hub_of(**files: bytes) -> Iterator[FakeHub]:
    """A hub that holds `files`; `_` in their names stands for the dot before `gguf`."""
    hub = FakeHub({name.replace("_gguf", ".gguf"): data for name, data in files.items()})
    with served(hub):
        yield hub


@contextmanager
def served(hub: FakeHub) -> Iterator[None]:
    """`hub`, listening."""
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: whoever asked may have gone."""


class _Handler(BaseHTTPRequestHandler):
    hub: FakeHub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """The list of files, or one of them."""
        hub = self.hub
        hub.asked.append((self.path, self.headers.get("range", ""), self.headers.get("authorization", "")))
        if hub.token and self.headers.get("authorization") != f"Bearer {hub.token}":
            self._send(401, b"no")
        elif self.path == "/api/models/me/tiny?blobs=true":
            self._send(200, hub.document())
        elif self.path.rpartition("/")[2] not in hub.files:
            self._send(404, b"no")
        elif hub.elsewhere:
            self._send(302, b"", ("location", hub.elsewhere + self.path))
        else:
            self._file(hub.files[self.path.rpartition("/")[2]])

    def _file(self, data: bytes) -> None:
        data = bytes(len(data)) if self.hub.zeros else data
        begun = int(self.headers.get("range", "bytes=0-")[6:-1]) if self.hub.ranges else 0
        rest = data[begun:]
        if begun and not rest:
            self._send(416, b"", ("content-range", f"bytes */{len(data)}"))
        elif begun:
            self._send(206, rest, ("content-range", f"bytes {begun}-{len(data) - 1}/{len(data)}"))
        else:
            self._send(200, rest)

    def _send(self, status: int, content: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (*headers, ("content-length", str(len(content)))):
            self.send_header(name, value)
        self.end_headers()
        is_file = status in (200, 206) and not self.path.startswith("/api/")
        if is_file and self.hub.cut_after:
            self.wfile.write(content[: self.hub.cut_after.pop(0)])
            self.close_connection = True
        else:
            self.wfile.write(content)
