"""Gateway and API as a part of somebody's own server: real sockets, an application around it, a simulator behind."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import attrs
import httpx
import pytest
from returns.result import Failure
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from pointsman import ServeOptions, Settings, asgi_app
from pointsman.adapters.simulator.listener import serve as simulate
from pointsman.adapters.web.uvicorn_server import Life, run_server
from pointsman.layers.live import load_settings
from pointsman.layers.settings.sources import Arguments
from pointsman.layers.simulation import simulator
from tests.patience import GUARD

QUESTION = {"model": "sim", "messages": [{"role": "user", "content": "Which way?"}]}


@pytest.fixture
def anyio_backend() -> str:
    """uvicorn runs on asyncio alone."""
    return "asyncio"


async def _say_hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("mine")


@asynccontextmanager
async def hosted(home: Path) -> AsyncIterator[str]:
    """The address of a server of somebody's own, in which the gateway stands under `/llm`."""
    async with simulate(simulator(), port=0) as upstream:
        (home / "settings.toml").write_text(
            'default_provider = "openai"\n[providers.openai]\nkind = "openai"\napi_key = "sk-1"\nmodel = "sim"\n'
            f'base_url = "{upstream.address}/v1"\n'
        )
        settings = load_settings(
            Arguments(), str(home / "settings.toml"), {"POINTSMAN_DATABASE": str(home / "p.db")}
        ).unwrap()
        options = ServeOptions(config=str(home / "settings.toml"), demo=False)
        async with asgi_app(settings, options) as opened, anyio.create_task_group() as group:
            app = Starlette(routes=[Route("/hello", _say_hello), Mount("/llm", opened.unwrap())])
            with socket.socket() as listener:
                listener.bind(("127.0.0.1", 0))
                listener.listen()
                life = Life()
                await group.start(run_server, app, listener, life)
                try:
                    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
                finally:
                    await life.end()


async def test_it_answers_under_a_prefix_of_another_application(tmp_path: Path) -> None:
    async with hosted(tmp_path) as address, httpx.AsyncClient(timeout=GUARD, trust_env=False) as client:
        assert (await client.get(f"{address}/hello")).text == "mine"
        answer = (await client.post(f"{address}/llm/v1/chat/completions", json=QUESTION)).json()
        assert "Which way?" in answer["choices"][0]["message"]["content"]
        assert (await client.get(f"{address}/llm/healthz")).text == "ok\n"
        assert (await client.get(f"{address}/llm/v1/nowhere")).status_code == 404
        streamed = await client.post(f"{address}/llm/v1/chat/completions", json={**QUESTION, "stream": True})
        assert streamed.text.endswith("data: [DONE]\n\n")


async def test_one_that_others_can_reach_must_be_locked(tmp_path: Path) -> None:
    settings = attrs.evolve(Settings(), database=str(tmp_path / "p.db"))
    async with asgi_app(settings, ServeOptions(host="0.0.0.0", demo=False)) as opened:
        assert isinstance(opened, Failure)
        assert "password" in str(opened.failure())
