"""What the gateway itself costs, without sockets: CPU microseconds of a call and of a frame, in one process.

    python benchmarks/in_process.py             # the tree that is installed
    python benchmarks/in_process.py --profile   # and where the time of frames that come one a read goes

Requests go straight into the ASGI application, answers come from memory; routing, a budget, usage records in SQLite and
events are on. The least of many batches of 64 at once counts, so that what else the machine does matters little.
"""

from __future__ import annotations

import asyncio
import cProfile
import json
import pstats
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs

import pointsman.adapters.http1.proxies as proxies
from benchmarks.upstream import PIECES, WHOLE
from pointsman.adapters.http1.exchange import Header, HttpRequest
from pointsman.adapters.system.server_process import freeze_gc
from pointsman.adapters.web.web_app import web_app
from pointsman.layers.endpoints import DIALECT_NAMES, load_dialect
from pointsman.layers.serve_options import ServeOptions
from pointsman.layers.serving import serving
from pointsman.layers.settings.found import load_settings
from pointsman.layers.settings.sources import Arguments

BATCHES, AT_ONCE = 24, 64
BODY = WHOLE.partition(b"\r\n\r\n")[2]
FRAMES = [piece.partition(b"\r\n")[2].removesuffix(b"\r\n") for piece in PIECES]
FRAMES += [FRAMES[-1].replace(b'"content": " word199"', b"").replace(b"null}]", b'"stop"}]'), b"data: [DONE]\n\n"]
"""The frames of one stream, 203 with the marker at its end."""


@attrs.define
class Canned:
    """An answer from memory."""

    pieces: list[bytes]
    headers: Sequence[Header]
    status: int = 200
    _at: int = 0

    def __aiter__(self) -> Canned:
        return self

    async def __anext__(self) -> bytes:
        if self._at >= len(self.pieces):
            raise StopAsyncIteration
        self._at += 1
        return self.pieces[self._at - 1]

    async def aclose(self) -> None:
        return


@attrs.define
class Memory:
    """A transport that answers from memory: streams in the pieces that are set."""

    pieces: list[bytes] = attrs.field(factory=list)

    async def ask(self, question: HttpRequest) -> Canned:
        if b'"stream":true' in question.content or b'"stream": true' in question.content:
            return Canned(self.pieces, [(b"content-type", b"text/event-stream")])
        return Canned([BODY], [(b"content-type", b"application/json")])

    async def aclose(self) -> None:
        return


async def ask(app: Any, body: bytes, path: str) -> None:
    """One request to the application."""
    sent: list[Any] = [{"type": "http.request", "body": body, "more_body": False}]
    status = 0

    async def receive() -> Any:
        if sent:
            return sent.pop()
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:8787"), (b"content-type", b"application/json")],
    }
    await app(scope, receive, send)
    if status != 200:
        raise RuntimeError(f"it answered {status}")


async def least(app: Any, stream: bool, path: str = "/v1/chat/completions") -> float:
    """CPU microseconds of one request: the least of the batches."""
    message = {"role": "user", "content": "Which way to the station?"}
    body = json.dumps({"model": "bench/bench", "messages": [message], "max_tokens": 100, "stream": stream}).encode()
    found: list[float] = []
    for _ in range(BATCHES if stream else BATCHES * 8):
        began = time.process_time()
        await asyncio.gather(*(ask(app, body, path) for _ in range(AT_ONCE)))
        found.append((time.process_time() - began) / AT_ONCE * 1e6)
    return min(found)


async def figures(app: Any, memory: Memory, profile: bool) -> dict[str, float]:
    """All figures."""
    whole = b"".join(FRAMES)
    call = await least(app, stream=False)
    rows = {"a call": call}
    for name, pieces in (
        ("a stream in one read", [whole]),
        ("a stream in reads of 4 KB", [whole[at : at + 4096] for at in range(0, len(whole), 4096)]),
        ("a stream, one frame a read", FRAMES),
    ):
        memory.pieces = pieces
        rows[name] = await least(app, stream=True)
    rows["a frame, one a read"] = (rows["a stream, one frame a read"] - call) / len(FRAMES)
    rows["a stream, one frame a read, to Anthropic's client"] = await least(app, stream=True, path="/v1/messages")
    if profile:
        await _profiled(lambda: least(app, stream=True))
    return rows


async def _profiled(work: Callable[[], Any]) -> None:
    profiler = cProfile.Profile()
    profiler.enable()
    await work()
    profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(28)


async def main() -> None:
    """Print the table."""
    memory = Memory()
    proxies.transport_through = lambda *args, **kwargs: memory  # the one seam of sockets
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "pointsman.toml"
        config.write_text(
            'default_provider = "bench"\n[providers.bench]\nkind = "custom"\nbase_url = "http://127.0.0.1:9/v1"\n'
            'model = "bench"\n[models."bench/bench"]\ninput = 0.1\noutput = 0.4\nmax_output = 1000\n'
            '[budgets.all]\nusd = 1000000\nperiod = "day"\n'
        )
        environment = {"POINTSMAN_DATABASE": f"{folder}/p.db"}
        settings = load_settings(Arguments(), str(config), environment).unwrap()
        async with serving(settings, ServeOptions(port=0, config=str(config))) as served:
            app = web_app(served.unwrap().site, tuple(load_dialect(name) for name in DIALECT_NAMES))
            freeze_gc()
            rows = await figures(app, memory, "--profile" in sys.argv)
    for name, figure in rows.items():
        print(f"| {name} | {figure:.1f} µs |")


if __name__ == "__main__":
    asyncio.run(main())
