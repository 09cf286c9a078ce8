"""One client under load, in a process of its own. Prints CPU seconds, calls and memory as JSON.

python benchmarks/driver.py CLIENT PORT calls|stream CONCURRENCY COUNT
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

TEXT = "Which way to the station?"
BODY = {"model": "bench", "messages": [{"role": "user", "content": TEXT}]}
Pair = tuple[Callable[[], Awaitable[int]], Callable[[], Awaitable[int]]]


@asynccontextmanager
async def raw_httpx(url: str) -> AsyncIterator[Pair]:
    """httpx as it comes, its pool large enough, json.loads."""
    import httpx

    limits = httpx.Limits(max_connections=2000, max_keepalive_connections=2000)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:

        async def call() -> int:
            answer = await client.post(f"{url}/chat/completions", json=BODY)
            return len(json.loads(answer.content)["choices"])

        async def stream() -> int:
            seen = 0
            async with client.stream("POST", f"{url}/chat/completions", json={**BODY, "stream": True}) as answer:
                async for line in answer.aiter_lines():
                    if line.startswith("data: {"):
                        seen += len(json.loads(line[6:])["choices"])
            return seen

        yield call, stream


@asynccontextmanager
async def openai_sdk(url: str) -> AsyncIterator[Pair]:
    """The openai package."""
    from openai import AsyncOpenAI

    async with AsyncOpenAI(api_key="x", base_url=url, max_retries=0, timeout=60) as client:
        messages: Any = BODY["messages"]

        async def call() -> int:
            return len((await client.chat.completions.create(model="bench", messages=messages)).choices)

        async def stream() -> int:
            seen = 0
            async for chunk in await client.chat.completions.create(model="bench", messages=messages, stream=True):
                seen += len(chunk.choices)
            return seen

        yield call, stream


@asynccontextmanager
async def pointsman_client(url: str) -> AsyncIterator[Pair]:
    """The bare pointsman client: no retries around it."""
    from returns.result import Success

    from pointsman import Done, ProviderSettings, Settings, ask, settle
    from pointsman.adapters.system.clock import SystemClock
    from pointsman.layers.http_clients import http_clients

    provider = ProviderSettings(name="custom", kind="custom", base_url=url, model="bench")
    async with http_clients(Settings(providers={"custom": provider}), SystemClock()) as opened:
        client = opened.unwrap()["custom"]
        request = ask("bench", TEXT)

        async def call() -> int:
            answer = await settle(client.chat(request))
            if not isinstance(answer, Success):
                raise RuntimeError(str(answer.failure()))
            return len(answer.unwrap().parts)

        async def stream() -> int:
            seen, ended = 0, False
            async with client.stream(request) as events:
                async for event in events:
                    seen += 1
                    ended = isinstance(event, Done)
            if not ended:
                raise RuntimeError("the stream did not end well")
            return seen

        yield call, stream


CLIENTS = {"httpx": raw_httpx, "openai": openai_sdk, "pointsman": pointsman_client}


async def main(name: str, port: int, mode: str, concurrency: int, count: int) -> None:
    """Warm up, then measure CPU time of this process over `count` calls or streams."""
    async with CLIENTS[name](f"http://127.0.0.1:{port}/v1") as (call, stream):
        todo = call if mode == "calls" else stream
        await asyncio.gather(*[todo() for _ in range(concurrency)])
        left = count

        async def worker() -> None:
            nonlocal left
            while left > 0:
                left -= 1
                if not await todo():
                    raise RuntimeError("an answer was empty")

        began = time.process_time()
        await asyncio.gather(*[worker() for _ in range(concurrency)])
        spent = time.process_time() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu": spent, "count": count, "memory_mb": memory}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5])))
