"""The gateway beside its peers in one run: latency at one client, throughput at 64, CPU a call and a chunk, memory.

    python benchmarks/gateway.py                    # pointsman alone
    python benchmarks/gateway.py --peers PYTHON     # and LiteLLM's proxy and a bare forwarder, run by PYTHON, in whose
                                                    # environment litellm[proxy] is installed
    python benchmarks/gateway.py --database URL     # and pointsman on a server of PostgreSQL
    python benchmarks/gateway.py bursts [--peers PYTHON]  # streams from an upstream that sends as fast as it can
    python benchmarks/gateway.py calls [--peers PYTHON]   # a call on a file, in memory, and only forwarded
    python benchmarks/gateway.py workers            # what a call costs with one worker and with two
    python benchmarks/gateway.py workers --pinned   # the same, the servers on one core and all else on another
    python benchmarks/gateway.py soak               # 100,000 calls, one in ten of whose clients vanishes

Every server is a process of its own, one worker, before `upstream.py` in another; CPU is that of the server's process.
pointsman has routing, a key, a budget, usage records in SQLite and events on, LiteLLM its master key.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import random
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import attrs

HERE = Path(__file__).parent
TICKS = os.sysconf("SC_CLK_TCK")
CORES = sorted(os.sched_getaffinity(0))
IN_MEMORY = ":memory:"
"""Where the stores are without a database."""
CALLS, STREAMS, CHUNKS, ROUNDS = 15000, 640, 202, 10
FORWARDER = """
import sys, aiohttp, uvicorn
from contextlib import asynccontextmanager
from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
upstream, port = sys.argv[1], int(sys.argv[2])
@asynccontextmanager
async def life(app):
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as app.state.client:
        yield
async def forward(request):
    body = await request.body()
    answer = await request.app.state.client.post(upstream + "/v1/chat/completions", data=body)
    if b'"stream": true' in body or b'"stream":true' in body:
        return StreamingResponse(answer.content.iter_any(), media_type="text/event-stream")
    return Response(await answer.read(), media_type="application/json")
app = Starlette(routes=[Route("/v1/chat/completions", forward, methods=["POST"])], lifespan=life)
uvicorn.run(app, port=port, log_level="error", access_log=False)
"""


@attrs.frozen
class Server:
    """A server under load: its process, its address and the key it wants."""

    name: str
    pid: int
    port: int
    key: str
    model: str

    def cpu(self) -> float:
        """CPU seconds of the process and its workers so far."""
        workers = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        spent = 0.0
        for pid in (self.pid, *workers):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            spent += (int(fields[11]) + int(fields[12])) / TICKS
        return spent

    def memory(self) -> float:
        """Resident memory in MB."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def free_port() -> int:
    """A port that is free at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextlib.contextmanager
def process(command: list[str], **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A process that ends with the scope."""
    started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})
    try:
        yield started
    finally:
        started.kill()
        started.wait()


@contextlib.contextmanager
def pointsman(upstream: int, database: str | None = None, workers: int = 1) -> Iterator[Server]:
    """`pointsman serve` with a virtual key that has a budget, on a new file unless `database` names a server."""
    with tempfile.TemporaryDirectory() as folder:
        config, port = Path(folder) / "pointsman.toml", free_port()
        config.write_text(
            f'default_provider = "bench"\n[providers.bench]\nkind = "custom"\nbase_url = "http://127.0.0.1:{upstream}/v1"\n'
            'model = "bench"\n[models."bench/bench"]\ninput = 0.1\noutput = 0.4\nmax_output = 1000\n'
            '[budgets.all]\nusd = 1000000\nperiod = "day"\n'
        )
        where = {"POINTSMAN_DATABASE": database or f"{folder}/p.db", "HOME": folder}
        command = [sys.executable, "-m", "pointsman", "serve", "--port", str(port), "--config", str(config)]
        if workers > 1:
            command += ["--workers", str(workers)]
        if "--pinned" in sys.argv:
            command = ["taskset", "--cpu-list", str(CORES[0]), *command]
        with process(command, **where) as started:
            assert started.stdout is not None
            line = ""
            while not line.startswith("Open"):
                line = started.stdout.readline()
            key = _virtual_key(f"http://127.0.0.1:{port}", line.partition("#link=")[2].split()[0])
            place = "in memory" if database == IN_MEMORY else "on PostgreSQL"
            yield Server(place if database else "pointsman", started.pid, port, key, "bench/bench")


def _virtual_key(address: str, link: str) -> str:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def post(path: str, body: dict[str, Any], csrf: str = "") -> Any:
        headers = {"content-type": "application/json", "x-pointsman-csrf": csrf}
        asked = urllib.request.Request(address + path, json.dumps(body).encode(), headers)
        with opener.open(asked) as answer:
            return json.load(answer)["data"]

    csrf = post("/api/v1/session", {"link": link})["csrf"]
    return str(post("/api/v1/keys", {"name": "bench", "budget": "1000000"}, csrf)["key"])


@contextlib.contextmanager
def litellm(upstream: int, python: str) -> Iterator[Server]:
    """LiteLLM's proxy, one worker."""
    with tempfile.TemporaryDirectory() as folder:
        config, port = Path(folder) / "config.yaml", free_port()
        config.write_text(
            "model_list:\n  - model_name: bench\n    litellm_params:\n      model: openai/bench\n"
            f"      api_base: http://127.0.0.1:{upstream}/v1\n      api_key: x\n"
            "general_settings:\n  master_key: sk-bench\n"
        )
        command = [str(Path(python).parent / "litellm"), "--config", str(config), "--port", str(port)]
        quiet = {"LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "HOME": folder}
        with process([*command, "--num_workers", "1"], **quiet) as started:
            _wait(port, "/health/liveliness")
            yield Server("litellm", started.pid, port, "sk-bench", "bench")


@contextlib.contextmanager
def forwarder(upstream: int, python: str) -> Iterator[Server]:
    """Starlette, uvicorn and aiohttp, which only forward."""
    port = free_port()
    with process([python, "-c", FORWARDER, f"http://127.0.0.1:{upstream}", str(port)]) as started:
        _wait(port, "/")
        yield Server("forwarder", started.pid, port, "", "bench")


@contextlib.contextmanager
def own_forwarder(upstream: int) -> Iterator[Server]:
    """The gateway's own server and HTTP client, which only forward."""
    port = free_port()
    with process([sys.executable, str(HERE / "own_forwarder.py"), str(upstream), str(port)]) as started:
        _wait(port, "/")
        yield Server("only forwarding", started.pid, port, "", "bench")


def _wait(port: int, path: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=1)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"nothing came up at {port}")


def request(server: Server, *, stream: bool, path: str = "/v1/chat/completions") -> bytes:
    """One question as bytes; a path of another dialect takes the same body."""
    message = {"role": "user", "content": "Which way to the station?"}
    body = json.dumps({"model": server.model, "messages": [message], "max_tokens": 100, "stream": stream}).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\nauthorization: Bearer {server.key}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> int:
    """Ask on an open connection and read the answer whole; gives its status."""
    writer.write(data)
    head = await reader.readuntil(b"\r\n\r\n")
    fields = head.lower()
    if b"content-length:" in fields:
        await reader.readexactly(int(fields.partition(b"content-length:")[2].split(b"\r\n")[0]))
    else:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    return int(head.split(b" ", 2)[1])


async def load(
    server: Server, concurrency: int, count: int, *, stream: bool = False, path: str = "/v1/chat/completions"
) -> list[float]:
    """Milliseconds of each of `count` calls; all must be good."""
    data, times, left = request(server, stream=stream, path=path), list[float](), count

    async def worker() -> None:
        nonlocal left
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=2**20)
        while left > 0:
            left -= 1
            began = time.perf_counter()
            status = await ask(reader, writer, data)
            if status != 200:
                raise RuntimeError(f"{server.name} answered {status}")
            times.append((time.perf_counter() - began) * 1000)
        writer.close()

    await asyncio.gather(*[worker() for _ in range(concurrency)])
    return times


async def measured(server: Server, calls: int) -> dict[str, float]:
    """All figures of one server, once."""
    one = await load(server, 1, max(20, calls // 10))
    before, began = server.cpu(), time.perf_counter()
    await load(server, 64, calls)
    wall, spent = time.perf_counter() - began, server.cpu() - before
    before = server.cpu()
    streams = max(64, STREAMS * calls // CALLS)
    await load(server, 64, streams, stream=True)
    chunk = (server.cpu() - before) / (streams * CHUNKS)
    return {
        "p50 at one client, ms": statistics.median(one),
        "calls a second at 64": calls / wall,
        "CPU s for 1000 calls at 64": spent / calls * 1000,
        "CPU µs a chunk, 64 streams": chunk * 1e6,
        "memory, MB": server.memory(),
    }


async def warmed(server: Server) -> None:
    """Some calls of each kind."""
    await load(server, 8, 64)
    await load(server, 2, 8, stream=True)


def compare(peers: str | None, calls: int, database: str | None) -> None:
    """Print the table: medians of rounds in which the servers take turns, since the machine's speed changes."""
    rounds: dict[str, list[dict[str, float]]] = {}
    with process([sys.executable, str(HERE / "upstream.py")]) as upstream, contextlib.ExitStack() as stack:
        assert upstream.stdout is not None
        port = int(upstream.stdout.readline())
        opened = [pointsman(port), *((forwarder(port, peers), litellm(port, peers)) if peers else ())]
        opened += [pointsman(port, database)] if database else []
        servers = [stack.enter_context(one) for one in opened]
        for server in servers:
            asyncio.run(warmed(server))
        for _ in range(ROUNDS):
            for server in servers:
                few = calls // 10 if server.name == "litellm" else calls
                rounds.setdefault(server.name, []).append(asyncio.run(measured(server, few // ROUNDS)))
    print(f"| one worker | {' | '.join(rounds)} |\n|---|{'---|' * len(rounds)}")
    for title in rounds["pointsman"][0]:
        found = [statistics.median(one[title] for one in rows) for rows in rounds.values()]
        print(f"| {title} | {' | '.join(f'{figure:.2f}' for figure in found)} |")
    if peers:
        ours, theirs = ([one["calls a second at 64"] for one in rounds[name]] for name in ("pointsman", "forwarder"))
        ratio = statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))
        print(f"throughput at 64 / forwarder: {ratio:.2f}")


async def spent_at_64(server: Server, calls: int) -> float:
    """CPU seconds of a thousand calls."""
    before = server.cpu()
    await load(server, 64, calls)
    return (server.cpu() - before) / calls * 1000


def compare_cpu(calls: int, opening: Callable[[int], list[AbstractContextManager[Server]]]) -> None:
    """Print what a call costs at the servers that `opening` gives, which take turns, beside the first of them."""
    spent = cpu_of(calls, opening)
    first = next(iter(spent))
    for name, found in spent.items():
        print(
            f"{name}: {statistics.median(found):.3f} CPU s for 1000 calls at 64, {times(spent, name, first)} the first"
        )


def cpu_of(calls: int, opening: Callable[[int], list[AbstractContextManager[Server]]]) -> dict[str, list[float]]:
    """CPU seconds of a thousand calls at each server, round by round, in which they take turns."""
    spent: dict[str, list[float]] = {}
    with process([sys.executable, str(HERE / "upstream.py")]) as upstream, contextlib.ExitStack() as stack:
        assert upstream.stdout is not None
        servers = [stack.enter_context(one) for one in opening(int(upstream.stdout.readline()))]
        for server in servers:
            asyncio.run(warmed(server))
        for _ in range(ROUNDS):
            for server in servers:
                spent.setdefault(server.name, []).append(asyncio.run(spent_at_64(server, calls // ROUNDS)))
    return spent


def times(spent: dict[str, list[float]], one: str, other: str) -> str:
    """The median of the ratios of all rounds."""
    return f"{statistics.median(mine / its for mine, its in zip(spent[one], spent[other], strict=True)):.2f} times"


async def spent_apart(one: Server, other: Server, calls: int) -> float:
    """CPU seconds of a thousand calls at two servers that share nothing, half of the clients at each."""
    before = one.cpu() + other.cpu()
    await asyncio.gather(load(one, 32, calls // 2), load(other, 32, calls // 2))
    return (one.cpu() + other.cpu() - before) / calls * 1000


def compare_workers(calls: int, database: str | None) -> None:
    """Print what a call costs at two workers, beside one process, and beside two that share nothing but the machine:
    where cores are few or shared, two cost more than one whatever they do. On a file, or on the server `database`.
    """
    separator, spent = "&" if "?" in (database or "") else "?", dict[str, list[float]]()
    places = [f"{database}{separator}schema=bench{number}_{os.getpid()}" if database else None for number in range(5)]
    with process([sys.executable, str(HERE / "upstream.py")]) as upstream, contextlib.ExitStack() as stack:
        assert upstream.stdout is not None
        port, counts = int(upstream.stdout.readline()), (1, 2, 1, 1)
        opened = [pointsman(port, place, count) for place, count in zip(places[:4], counts, strict=True)]
        one, workers, left, right = (stack.enter_context(each) for each in opened)
        file = stack.enter_context(pointsman(port)) if database else one
        for server in (one, workers, left, right, file):
            asyncio.run(warmed(server))
        for _ in range(ROUNDS):
            spent.setdefault("one process", []).append(asyncio.run(spent_at_64(one, calls // ROUNDS)))
            spent.setdefault("two workers", []).append(asyncio.run(spent_at_64(workers, calls // ROUNDS)))
            spent.setdefault("two apart", []).append(asyncio.run(spent_apart(left, right, calls // ROUNDS)))
            spent.setdefault("on a file", []).append(asyncio.run(spent_at_64(file, calls // ROUNDS)))
    for name, found in spent.items():
        print(f"{name}: {statistics.median(found):.3f} CPU s for 1000 calls at 64")
    for name, other in itertools.combinations(("two workers", "two apart", "one process", "on a file"), 2):
        if database or other != "on a file":
            print(f"{name}: {times(spent, name, other)} {other}")


async def burst_rate(server: Server, path: str) -> float:
    """Events a second at 64 streams. Those of the upstream are counted: another dialect may join several into one."""
    began = time.perf_counter()
    await load(server, 64, STREAMS, stream=True, path=path)
    return STREAMS * CHUNKS / (time.perf_counter() - began)


def bursts(peers: str | None) -> None:
    """Print events a second of each way through, medians of rounds in which they take turns, and ratios by round."""
    rates: dict[str, list[float]] = {}
    with process([sys.executable, str(HERE / "upstream.py"), "bursts"]) as upstream, contextlib.ExitStack() as stack:
        assert upstream.stdout is not None
        port = int(upstream.stdout.readline())
        ours = stack.enter_context(pointsman(port))
        ways = {
            "pointsman, same dialect": (ours, "/v1/chat/completions"),
            "pointsman, Anthropic's client": (ours, "/v1/messages"),
        }
        if peers:
            ways["forwarder"] = (stack.enter_context(forwarder(port, peers)), "/v1/chat/completions")
        for server, path in ways.values():
            asyncio.run(load(server, 4, 16, stream=True, path=path))
        for _ in range(ROUNDS):
            for name, (server, path) in ways.items():
                rates.setdefault(name, []).append(asyncio.run(burst_rate(server, path)))
    for name, found in rates.items():
        line = f"{name}: {statistics.median(found):,.0f} events a second"
        if peers and name != "forwarder":
            ratio = statistics.median(one / other for one, other in zip(found, rates["forwarder"], strict=True))
            line += f", {ratio:.2f} of the forwarder's"
        print(line)


async def vanish(server: Server, count: int, chance: random.Random) -> tuple[int, int]:
    """`count` calls at 64, a tenth of whose clients goes away at some moment; how many stayed, and how many went."""
    whole, streamed = request(server, stream=False), request(server, stream=True)
    left, stayed, gone = count, 0, 0

    async def worker() -> None:
        nonlocal left, stayed, gone
        while left > 0:
            left -= 1
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=2**20)
            data = streamed if chance.random() < 0.3 else whole
            if chance.random() < 0.1:
                torn = chance.random() < 0.3
                writer.write(data[: chance.randrange(len(data))] if torn else data)
                if not torn and chance.random() < 0.5:
                    await reader.read(chance.randrange(1, 2000))
                writer.transport.abort()
                gone += 1
                continue
            if await ask(reader, writer, data) != 200:
                raise RuntimeError("a call failed")
            writer.close()
            stayed += 1

    await asyncio.gather(*[worker() for _ in range(64)])
    return stayed, gone


def soak(count: int) -> None:
    """Memory by fifths, what is left open, and whether every call has its record."""
    with process([sys.executable, str(HERE / "upstream.py")]) as upstream:
        assert upstream.stdout is not None
        with pointsman(int(upstream.stdout.readline())) as server:
            memory, stayed, gone, chance = list[float](), 0, 0, random.Random(7)
            for _ in range(5):
                here = asyncio.run(vanish(server, count // 5, chance))
                stayed, gone = stayed + here[0], gone + here[1]
                memory.append(server.memory())
            time.sleep(3)
            open_files = len(os.listdir(f"/proc/{server.pid}/fd"))
            database = (
                Path(f"/proc/{server.pid}/environ").read_text().partition("POINTSMAN_DATABASE=")[2].split("\0")[0]
            )
            with contextlib.closing(sqlite3.connect(database)) as connection:
                outcomes = dict(connection.execute("SELECT outcome, count(*) FROM usage GROUP BY outcome").fetchall())
                reserved = sum(len(json.loads(row[0])) for row in connection.execute("SELECT opened FROM process"))
            shown = ", ".join(f"{one:.0f}" for one in memory)
            print(f"{stayed} calls answered, {gone} clients went away; resident MB by fifths: {shown}")
            print(f"records {outcomes}, reservations left {reserved}, files and sockets open {open_files}")
            if outcomes.get("ok", 0) < stayed:
                raise SystemExit("usage records are missing")


def main() -> None:
    """Do what the command line says."""
    words = sys.argv[1:]
    calls = int(words[words.index("--calls") + 1]) if "--calls" in words else CALLS
    if "soak" in words:
        soak(int(words[words.index("--calls") + 1]) if "--calls" in words else 100_000)
        return
    peers = words[words.index("--peers") + 1] if "--peers" in words else None
    database = words[words.index("--database") + 1] if "--database" in words else None
    if "--pinned" in words:
        os.sched_setaffinity(0, {CORES[-1]})
    if "workers" in words:
        compare_workers(calls, database)
        return
    if "calls" in words:
        compare_cpu(
            calls,
            lambda port: [
                pointsman(port, IN_MEMORY),
                pointsman(port),
                own_forwarder(port),
                *([forwarder(port, peers)] if peers else []),
            ],
        )
        return
    if "bursts" in words:
        bursts(peers)
        return
    compare(peers, calls, database)


if __name__ == "__main__":
    main()
