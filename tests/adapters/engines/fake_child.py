"""What a child serves that has no engine: a small server. The real `engine_child.py` runs it.

What it does, the last message says: `die` breaks off in the middle, `long` goes on for long, `which adapter` is
answered by the one that the request chose, all else is repeated. A model whose path has `broken` in it does
not load, one with `silent` makes the process end without a word.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def serve(spec: Mapping[str, object]) -> Mapping[str, object]:
    """Listen on a free port of loopback."""
    path = str(spec["path"])
    if "broken" in path:
        raise RuntimeError("the model is broken")
    if "silent" in path:
        print("error loading model: the tensors are made of cheese", flush=True)
        os._exit(5)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    _Handler.spec = dict(spec)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    is_folder = "folder" in path
    return {
        "address": f"http://127.0.0.1:{server.server_address[1]}",
        "has_tools": False,
        "has_grammar": not is_folder,
        "adapters": "none" if "stiff" in path else "by name" if is_folder else "by id",
    }


class _Handler(BaseHTTPRequestHandler):
    spec: dict[str, object]
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """A chat or vectors, for who has the key."""
        data = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/v1/audio/transcriptions":
            segment = {"id": 0, "start": 0.0, "end": 0.5, "text": "All aboard."}
            heard = {"text": "All aboard.", "duration": 0.5, "segments": [segment]} if b"RIFF" in data else {}
            self._whole(heard)
            return
        body = json.loads(data)
        if self.headers.get("authorization") != f"Bearer {self.spec['key']}":
            self._whole({"error": {"message": "no"}}, 401)
        elif self.path == "/v1/embeddings":
            count = len(body["input"]) if isinstance(body["input"], list) else 1
            self._whole({"data": [{"index": at, "embedding": [1.0, 0.5]} for at in range(count)], "model": "x"})
        elif body.get("stream"):
            self._stream(self._words(body))
        else:
            text = self._schema_answer(body) or " ".join(self._words(body))
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            self._whole({"id": "chatcmpl-1", "model": self.spec["name"], "choices": [choice]})

    def _words(self, body: dict[str, Any]) -> list[str]:
        said = body["messages"][-1]["content"]
        if said == "which adapter":
            adapters: Any = self.spec["adapters"]
            return [adapters[one["id"]]["name"] for one in body.get("lora", ())] or body["model"].split("@")[1:]
        return ["word"] * 100_000 if said == "long" else str(said).split()

    def _schema_answer(self, body: dict[str, Any]) -> str:
        """What a grammar would make: the first of the ways that the schema allows, with its constants."""
        schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
        if schema is None:
            return ""
        way = schema.get("anyOf", [schema])[0]
        return json.dumps({"tool": way["properties"]["tool"]["const"], "arguments": {"expression": "2+2"}})

    def _whole(self, document: object, status: int = 200) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _stream(self, words: list[str]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for word in words:
            if word == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            self._event({"content": f"{word} "})
            time.sleep(0.002)
        self._event({}, "stop")
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, delta: object, finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        document = {"id": "chatcmpl-1", "model": self.spec["name"], "choices": [choice]}
        try:
            self.wfile.write(b"data: " + json.dumps(document).encode() + b"\n\n")
        except OSError:
            threading.current_thread().join(0)
            raise SystemExit from None
