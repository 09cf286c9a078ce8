"""pointsman beside raw httpx and the openai SDK in one run: CPU a call, CPU a chunk, import time, memory.

    python benchmarks/run.py            # the table, as in benchmarks/README.md
    python benchmarks/run.py --quick    # fewer calls, noisier

Each client runs in a process of its own against `upstream.py` in another; medians of three. Read ratios.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
CLIENTS = ("httpx", "openai", "pointsman")
CHUNKS = 202
ROWS = (
    ("call, sequential", "calls", 1, 600),
    ("call, 64 concurrent", "calls", 64, 1200),
    ("call, 512 concurrent", "calls", 512, 1536),
    ("chunk, 1 stream", "stream", 1, 30),
    ("chunk, 64 streams", "stream", 64, 192),
)
TARGETS = {
    "call, sequential": "1.0 x httpx",
    "call, 64 concurrent": "0.30 x httpx, 0.45 x openai",
    "call, 512 concurrent": "0.25 x httpx, 0.30 x openai",
    "chunk, 64 streams": "0.15 x openai",
}


def measure(client: str, port: int, mode: str, concurrency: int, count: int) -> tuple[float, float]:
    """CPU microseconds for one call or chunk, and the peak memory in MB."""
    command = [sys.executable, str(HERE / "driver.py"), client, str(port), mode, str(concurrency), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    found = json.loads(done.stdout)
    units = found["count"] * (CHUNKS if mode == "stream" else 1)
    return found["cpu"] / units * 1e6, found["memory_mb"]


def import_ms(module: str) -> float:
    """CPU milliseconds to import `module` in a fresh process, above those of an empty one, median of five."""
    program = "import sys,time; t=time.process_time(); __import__(sys.argv[1]); print(time.process_time()-t)"
    runs = [
        float(subprocess.run([sys.executable, "-c", program, module], capture_output=True, check=True).stdout)
        for _ in range(5)
    ]
    return statistics.median(runs) * 1000


def main() -> None:
    """Print the table."""
    quick = "--quick" in sys.argv
    upstream = subprocess.Popen([sys.executable, str(HERE / "upstream.py")], stdout=subprocess.PIPE, text=True)
    try:
        assert upstream.stdout is not None
        port = int(upstream.stdout.readline())
        print("| CPU µs | " + " | ".join(CLIENTS) + " | / httpx | / openai | target |")
        print("|---|---|---|---|---|---|---|")
        memory: dict[str, float] = {}
        for title, mode, concurrency, count in ROWS:
            count = max(concurrency, count // 3) if quick else count
            found = {}
            for client in CLIENTS:
                runs = [measure(client, port, mode, concurrency, count) for _ in range(1 if quick else 3)]
                found[client] = statistics.median(run[0] for run in runs)
                memory.setdefault(client, runs[0][1])
            _row(title, found)
        _row("memory after the first calls, MB", memory, "0.8 x openai")
        _row("import, ms", {c: import_ms(c) for c in CLIENTS}, "0.3 x openai")
    finally:
        upstream.kill()


def _row(title: str, found: dict[str, float], target: str = "") -> None:
    ours = found["pointsman"]
    cells = " | ".join(f"{found[client]:.1f}" for client in CLIENTS)
    ratios = f"{ours / found['httpx']:.2f} | {ours / found['openai']:.2f}"
    print(f"| {title} | {cells} | {ratios} | {target or TARGETS.get(title, '')} |", flush=True)


if __name__ == "__main__":
    main()
