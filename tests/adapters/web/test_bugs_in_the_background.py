"""Each task that runs beside a server fails, one after the other, and the server goes on answering."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from pointsman.adapters.sql import open_books
from pointsman.adapters.web import web_app
from pointsman.adapters.web.half_requests import HalfRequests
from pointsman.adapters.web.metrics import Metrics
from pointsman.adapters.web.open_connections import OpenConnections
from pointsman.adapters.web.run_watch import RunWatch
from pointsman.adapters.webhooks.courier import Courier
from pointsman.layers import app as layers_app
from pointsman.layers.running import RunningApp
from pointsman.services.authority.stored_authority import StoredAuthority
from tests.adapters.web.test_open_connections import CHAT, bearer, make_key
from tests.patience import GUARD, attempts
from tests.served import SETTINGS, running

HOOK = '\n[webhooks.desk]\nurl = "https://example.org/"\nevents = ["response_complete"]\nsecret = "0123456789abcdef"\n'
TASKS: dict[str, tuple[object, str]] = {
    "the look at settings": (RunningApp, "watch"),
    "the look at runs": (RunWatch, "watch"),
    "the look at what may be done": (StoredAuthority, "follow"),
    "the look at open connections": (OpenConnections, "watch"),
    "the counting of calls": (Metrics, "watch"),
    "usage and budgets": (open_books, "_keep_up"),
    "keeping openai loaded": (layers_app, "keep_alive"),
    "the look at half requests": (HalfRequests, "look"),
    "webhook desk": (Courier, "bring"),
}


def failing(seen: list[str], name: str) -> Callable[..., Any]:
    def fail(*given: object) -> None:
        seen.append(name)
        raise KeyError(name)

    async def work(*given: object) -> None:
        fail()

    return fail if name == "the look at half requests" else work


def ask(address: str) -> int:
    body = {"model": "openai/sim", "messages": [{"role": "user", "content": "Hi"}]}
    return httpx.post(f"{address}/v1/chat/completions", json=body, timeout=GUARD, trust_env=False).status_code


def test_a_server_outlives_its_tasks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []
    for name, (owner, attribute) in TASKS.items():
        monkeypatch.setattr(owner, attribute, failing(seen, name))
    settings = SETTINGS.replace("[providers.openai]\n", "[providers.openai]\nkeep_alive = 1000\n")
    with running(tmp_path / "home", settings + HOOK) as server:
        for _ in attempts():
            assert ask(server.address) == 200
            if set(seen) == set(TASKS):
                break
        assert set(seen) == set(TASKS)
        assert ask(server.address) == 200
    told = [message for message in caplog.messages if "a bug stopped it" in message]
    assert {message.partition(":")[0] for message in told} == set(TASKS)
    assert "Traceback" not in caplog.text


def test_an_app_that_a_bug_has_ended_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[Any] = []
    original = layers_app._open_services

    async def open_and_fail(layers: Any, settings: Any, stack: Any) -> Any:
        async def fail() -> None:
            await anyio.lowlevel.checkpoint()
            raise KeyError("a bug")

        opened = await original(layers, settings, stack)
        if not ended:
            ended.append(await stack.enter_async_context(anyio.create_task_group()))
            ended[0].start_soon(fail)
        return opened

    monkeypatch.setattr(layers_app, "_open_services", open_and_fail)
    with running(tmp_path / "home") as server:
        for _ in attempts():
            if ask(server.address) == 200:
                break
        assert ask(server.address) == 200
        assert ended


def test_a_socket_that_meets_a_bug_is_closed_and_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_app, "chat_socket", failing([], "socket"))
    with running(tmp_path / "home") as server, server.signed_in() as admin:
        key, url = make_key(admin, "asks", "chat"), server.address.replace("http", "ws") + CHAT
        with pytest.raises(InvalidStatus), connect(url, additional_headers=bearer(key), proxy=None):
            pass
        assert ask(server.address) == 401  # there is a key now, and this call brings none
