"""An upstream on loopback that ends its answers in every way there is, and keeps a bill of its own."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import attrs

from tests.patience import GUARD

ENDINGS = ("told", "told", "told", "silent", "free", "refused", "cut", "garbage", "hangs", "above")
UNBILLED = ("free", "refused")
LATER = "later"
"""An ending of its own: a stream that goes on once it may, whoever has left it."""
ABOVE = 7
"""Tokens more than was allowed, in the usage of an answer that ends `above`."""


@attrs.define(eq=False)
class BillingUpstream:
    """What it was sent by each vendor's name, in tokens: `billed` of what was allowed, and `above` of what was not."""

    chance: random.Random
    endings: tuple[str, ...] = ENDINGS
    address: str = ""
    billed: dict[str, int] = attrs.field(factory=dict)
    above: int = 0
    begun: int = 0
    has_ended: threading.Event = attrs.field(factory=threading.Event)
    may_go_on: threading.Event = attrs.field(factory=threading.Event)
    _changed: threading.Condition = attrs.field(factory=threading.Condition)

    def begin(self, vendor: str, words: int, most: int) -> tuple[str, int, int]:
        """How this answer is to end, its tokens, and those that its usage will tell. It is billed at once."""
        with self._changed:
            ending, output = self.chance.choice(self.endings), self.chance.randint(0, most)
            if ending not in UNBILLED:
                self.billed[vendor] = self.billed.get(vendor, 0) + words + output
            more = most + ABOVE - output if ending == "above" else 0
            self.above += more
            self.begun += 1
            self._changed.notify_all()
        return ending, output, 0 if ending == "free" else output + more

    def wait_for(self, count: int) -> None:
        """Until so many answers have begun."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.begun >= count, GUARD)


@contextmanager
def billing_upstream(seed: int, endings: tuple[str, ...] = ENDINGS) -> Iterator[BillingUpstream]:
    """A running one; its vendors are the first parts of the paths that are asked."""
    upstream = BillingUpstream(random.Random(seed), endings)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            words = len(body["messages"][-1]["content"].split())
            most = body.get("max_completion_tokens") or body["max_tokens"]
            ending, output, told = upstream.begin(self.path.split("/")[1], words, most)
            usage = {"prompt_tokens": words, "completion_tokens": told, "total_tokens": words + told}
            if ending == "free":
                usage = dict.fromkeys(usage, 0)
            known = usage if ending in ("told", "free", "above", LATER) else None
            if ending == "refused":
                self.answer(429, {"error": {"message": "slow down"}})
            elif body.get("stream"):
                self.stream(ending, "some words " * output, known)
            else:
                self.give(ending, "some words " * output, known)

        def give(self, ending: str, text: str, usage: dict[str, int] | None) -> None:
            if ending == "hangs":
                upstream.has_ended.wait(GUARD)
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            whole = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
            self.answer(200, whole | ({"usage": usage} if usage else {}), cut=ending in ("cut", "garbage"))

        def stream(self, ending: str, text: str, usage: dict[str, int] | None) -> None:
            self.close_connection = True
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("connection", "close")
            self.end_headers()
            self.piece([{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}], None)
            if ending == "hangs":
                upstream.has_ended.wait(GUARD)
            if ending == LATER:
                upstream.may_go_on.wait(GUARD)
            if ending == "garbage":
                self.wfile.write(b"data: {half a docu\n\n")
            if ending not in ("cut", "garbage", "hangs"):
                self.piece([{"index": 0, "delta": {}, "finish_reason": "stop"}], usage)
                self.wfile.write(b"data: [DONE]\n\n")

        def piece(self, choices: list[dict[str, object]], usage: dict[str, int] | None) -> None:
            head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
            self.wfile.write(b"data: " + json.dumps({**head, "choices": choices, "usage": usage}).encode() + b"\n\n")
            self.wfile.flush()

        def answer(self, status: int, document: dict[str, object], cut: bool = False) -> None:
            data = json.dumps(document).encode()
            self.close_connection = cut
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if cut else data)

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # who asked has gone
                self.close_connection = True

        def log_message(self, format: str, *values: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    upstream.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield upstream
    finally:
        upstream.has_ended.set()
        upstream.may_go_on.set()
        server.shutdown()
        thread.join()
        server.server_close()
