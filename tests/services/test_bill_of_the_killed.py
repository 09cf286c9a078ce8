"""Processes that are killed in the middle of their calls: what the vendor bills is booked once, and nothing is held.

The vendor is a server that bills by what it was sent, and ends as the model's name says.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import anyio
import attrs
import pytest

from pointsman import CallOptions, live, open_app, settle
from pointsman.core.money.budget import accounts
from pointsman.core.money.settlement import NO_AMOUNT, Amount
from pointsman.core.money.usage_record import LOST
from tests.patience import GUARD
from tests.services.bill_process import BUDGETS, TENANTS, settings_for

ROOT = Path(__file__).parents[2]


@attrs.define
class Vendor:
    """What it has billed in all, in tokens, and for how many calls."""

    address: str = ""
    tokens: int = 0
    calls: int = 0
    lock: threading.Lock = attrs.field(factory=threading.Lock)

    def bill(self, body: dict[str, object]) -> tuple[int, int]:
        """Tokens in and out of a request: its words, and as many as it allows."""
        messages, most = body["messages"], body.get("max_tokens") or body.get("max_completion_tokens")
        assert isinstance(messages, list)
        words, given = len(str(messages[-1]["content"]).split()), most if isinstance(most, int) else 0
        if body["model"] != "refused":
            with self.lock:
                self.tokens += words + given
                self.calls += 1
        return words, given


@contextmanager
def selling() -> Iterator[Vendor]:
    vendor = Vendor()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            words, given = vendor.bill(body)
            ending, usage = body["model"], {"prompt_tokens": words, "completion_tokens": given}
            if ending == "slow":
                time.sleep(0.3)
            if ending == "refused":
                self.say(429, b'{"error":{"message":"too many"}}')
            elif body.get("stream"):
                self.stream(usage)
            else:
                choice = {"index": 0, "message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"}
                answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
                data = json.dumps(answer if ending == "silent" else {**answer, "usage": usage}).encode()
                self.say(200, data, cut=ending == "cut")

        def say(self, status: int, data: bytes, *, cut: bool = False) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[:10] if cut else data)
            self.close_connection = cut

        def stream(self, usage: dict[str, int]) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("connection", "close")
            self.end_headers()
            base = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
            delta = {**base, "choices": [{"index": 0, "delta": {"content": "word "}, "finish_reason": None}]}
            for _ in range(5):
                self.wfile.write(b"data: " + json.dumps(delta).encode() + b"\n\n")
            end = {**base, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": usage}
            self.wfile.write(b"data: " + json.dumps(end).encode() + b"\n\ndata: [DONE]\n\n")
            self.close_connection = True

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # the client was killed
                self.close_connection = True

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    vendor.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield vendor
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def calling(path: Path, vendor: Vendor, seed: int, backend: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.services.bill_process", str(path), vendor.address, str(seed), backend]
    return subprocess.Popen(command, cwd=ROOT)


def until_billed(vendor: Vendor, calls: int) -> None:
    """Wait for so many more calls."""
    wanted, given_up = vendor.calls + calls, time.monotonic() + GUARD
    while vendor.calls < wanted:
        assert time.monotonic() < given_up
        time.sleep(0.01)


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(GUARD)


def journals(path: Path) -> set[str]:
    return {one.name for one in path.parent.glob("*-calls/*.calls")}


@pytest.mark.parametrize(
    ("rounds", "backend"),
    [
        (1, "asyncio"),
        pytest.param(15, "asyncio", marks=pytest.mark.long),
        pytest.param(15, "trio", marks=pytest.mark.long),
    ],
)
def test_what_was_sent_before_a_kill_is_booked_once(tmp_path: Path, rounds: int, backend: str) -> None:
    """Two processes; one is killed, and the other takes over what it has left; then that is killed too."""
    path, survivor = tmp_path / "stores.db", None
    with selling() as vendor:
        for number in range(rounds):
            victim = survivor or calling(path, vendor, 2 * number, backend)
            until_billed(vendor, 20)
            left = journals(path)
            survivor = calling(path, vendor, 2 * number + 1, backend)
            until_billed(vendor, 20)
            kill(victim)
            given_up = time.monotonic() + GUARD
            while left & journals(path):
                assert time.monotonic() < given_up, "the survivor takes over what the dead one has left"
                time.sleep(0.05)
        assert survivor is not None
        until_billed(vendor, 20)
        kill(survivor)
    anyio.run(check_books, path, vendor)


async def check_books(path: Path, vendor: Vendor) -> None:
    """As who comes later sees them."""
    async with open_app(live, settings_for(str(path), vendor.address)) as opened:
        app = opened.unwrap()
        records = (await settle(app.manager.usage_log.read())).unwrap()
        every = {one.key: one for t in TENANTS for one in accounts(BUDGETS, CallOptions(tenant=t), "openai", "m", 0.0)}
        balances = (await settle(app.manager.ledger.balances(list(every), 0.0))).unwrap()
    spent = dict(zip(every, balances, strict=True))
    for account, balance in spent.items():
        tenant = account.split("|")[2]
        told = [one.ledger_amount for one in records if tenant in ("", one.tenant)]
        assert balance.reserved == NO_AMOUNT
        assert balance.spent == sum(told, start=Amount())
    assert vendor.tokens <= spent["all|all||"].spent.tokens
    assert vendor.tokens * 10**7 <= spent["all|all||"].spent.picodollars
    outcomes = Counter(record.outcome for record in records)
    assert outcomes[LOST] > 0
    assert max(Counter(record.id for record in records).values()) == 1
