"""Gateway and API as a part of somebody's own server: real sockets, an application around it, a simulator behind."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import anyio
import attrs
import httpx
import pytest
from returns.result import Failure, Success
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from websockets.asyncio.client import connect

from pointsman import Secret, ServeOptions, Settings, asgi_app, settle
from pointsman.adapters.simulator.listener import serve as simulate
from pointsman.adapters.system.clock import SystemClock
from pointsman.adapters.web.ending import Ending
from pointsman.adapters.web.security import Mounted, SecurityMiddleware
from pointsman.adapters.web.uvicorn_server import server_running
from pointsman.core.security.passwords import hash_password
from pointsman.layers.settings.found import load_settings
from pointsman.layers.settings.saved import check_to_save
from pointsman.layers.settings.sources import Arguments
from pointsman.layers.simulation import simulator
from pointsman.layers.stores import by_settings
from pointsman.services.settings.settings_service import SettingsService
from tests.patience import GUARD

CHROMIUM = Path("/usr/bin/chromium")
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
        async with asgi_app(settings, options) as opened:
            app = Starlette(routes=[Route("/hello", _say_hello), Mount("/llm", opened.unwrap())])
            with socket.socket() as listener:
                listener.bind(("127.0.0.1", 0))
                listener.listen()
                listener.setblocking(False)
                async with server_running(app, (listener,), Ending()):
                    yield f"http://127.0.0.1:{listener.getsockname()[1]}"


async def test_it_answers_under_a_prefix_of_another_application(tmp_path: Path) -> None:
    async with hosted(tmp_path) as address, httpx.AsyncClient(timeout=GUARD, trust_env=False) as client:
        assert (await client.get(f"{address}/hello")).text == "mine"
        answer = (await client.post(f"{address}/llm/v1/chat/completions", json=QUESTION)).json()
        assert "Which way?" in answer["choices"][0]["message"]["content"]
        assert (await client.get(f"{address}/llm/healthz")).text == "ok\n"
        assert (await client.get(f"{address}/llm/v1/nowhere")).status_code == 404
        streamed = await client.post(f"{address}/llm/v1/chat/completions", json={**QUESTION, "stream": True})
        assert streamed.text.endswith("data: [DONE]\n\n")


async def test_its_socket_tells_under_the_prefix_what_happens(tmp_path: Path) -> None:
    await set_password(tmp_path, "a long password")
    async with hosted(tmp_path) as address, httpx.AsyncClient(timeout=GUARD, trust_env=False) as client:
        signed = await client.post(f"{address}/llm/api/v1/session", json={"password": "a long password"})
        csrf = signed.json()["data"]["csrf"]
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        given = {"cookie": cookie, "origin": address}
        url = f"{address.replace('http', 'ws')}/llm/api/v1/events"
        async with connect(url, additional_headers=given, proxy=None) as told:
            await told.send(json.dumps({"subscribe": ["response_complete"], "csrf": csrf}))
            event: dict[str, Any] | None = None
            with anyio.fail_after(GUARD):
                while event is None:  # when it is listened to is not told
                    await client.post(f"{address}/llm/v1/chat/completions", json=QUESTION)
                    with anyio.move_on_after(0.1):
                        event = json.loads(await told.recv())
    assert event["event"] == "response_complete"


async def test_providers_that_a_program_has_built_stand_beside_those_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(
        '[providers.filed]\nkind = "custom"\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "m"\n'
    )
    async with simulate(simulator(), port=0) as upstream:
        built = Settings.custom(f"{upstream.address}/v1", "sim")
        settings = attrs.evolve(built, database=str(tmp_path / "p.db"), system="Be brief.")
        async with asgi_app(settings, ServeOptions(config=str(tmp_path / "settings.toml"), demo=False)) as opened:
            transport = httpx.ASGITransport(opened.unwrap())
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                models = (await client.get("/v1/models")).json()["data"]
                answer = (await client.post("/v1/chat/completions", json={**QUESTION, "model": "custom/sim"})).json()
    assert "Which way?" in answer["choices"][0]["message"]["content"]
    assert any(one["id"] == "custom/sim" for one in models)


async def test_one_that_others_can_reach_must_be_locked(tmp_path: Path) -> None:
    settings = attrs.evolve(Settings(), database=str(tmp_path / "p.db"))
    async with asgi_app(settings, ServeOptions(host="0.0.0.0", demo=False)) as opened:
        assert isinstance(opened, Failure)
        assert "password" in str(opened.failure())


async def set_password(home: Path, password: str) -> None:
    """Set the page's password, as `pointsman settings set-password` does before the server starts."""
    settings = attrs.evolve(Settings(), database=str(home / "p.db"))
    async with by_settings(settings) as opened:
        desk = SettingsService(opened.unwrap().settings, SystemClock(), check_to_save)
        assert isinstance(await settle(desk.set_password(hash_password(Secret(password), b"salt"), "ann")), Success)


async def test_the_page_is_found_under_the_prefix_by_links_of_its_own(tmp_path: Path) -> None:
    async with hosted(tmp_path) as address, httpx.AsyncClient(timeout=GUARD, trust_env=False) as client:
        bare = await client.get(f"{address}/llm")
        assert (bare.status_code, httpx.URL(bare.headers["location"]).path) == (307, "/llm/")
        for page in ("/llm/", "/llm/docs"):
            text = (await client.get(f"{address}{page}")).text
            links = re.findall(r'(?:href|src)="([^"#]+)"', text)
            assert links
            for link in links:
                assert (await client.get(str(httpx.URL(f"{address}{page}").join(link)))).status_code == 200, link


async def test_the_bare_prefix_leads_to_the_page_in_servers_that_do_not_add_the_slash() -> None:
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        raise AssertionError("nobody reads the body of a redirect")

    scope = {"type": "http", "method": "GET", "path": "/my llm", "root_path": "/my llm", "headers": []}
    await Mounted(cast(SecurityMiddleware, None))(scope, receive, send)
    assert (sent[0]["status"], dict(sent[0]["headers"])[b"location"]) == (307, b"/my%20llm/")


@pytest.mark.long
@pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium on this machine")
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
async def test_the_page_works_under_the_prefix_in_a_browser(tmp_path: Path) -> None:
    from playwright.async_api import async_playwright, expect

    await set_password(tmp_path, "a long enough password")
    async with hosted(tmp_path) as address, async_playwright() as browsers:
        browser = await browsers.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page, wrong = await browser.new_page(), list[str]()
        page.on("response", lambda answer: wrong.append(answer.url) if answer.status >= 400 else None)
        page.on("request", lambda asked: wrong.append(asked.url) if "/llm" not in asked.url else None)
        page.on("websocket", lambda socket: wrong.append(socket.url) if "/llm/api/" not in socket.url else None)
        await page.goto(f"{address}/llm")
        await page.get_by_label("Password", exact=True).fill("a long enough password")
        await page.get_by_role("button", name="Sign in").click()
        box = page.get_by_role("textbox", name="Message")
        await expect(box).to_be_visible()
        await box.fill("Which way?")
        await box.press("Enter")
        await expect(page.get_by_text("I counted").first).to_be_visible()
        await page.goto(f"{address}/llm/#/providers")
        await expect(page.get_by_role("heading", name="openai")).to_be_visible()
        await page.goto(f"{address}/llm/docs")
        await expect(page.get_by_text("/api/v1/llm-providers").first).to_be_visible()
        await browser.close()
    assert wrong == []


async def test_settings_built_in_code_are_those_that_it_has() -> None:
    async with (
        simulate(simulator(), port=0) as upstream,
        asgi_app(Settings.custom(f"{upstream.address}/v1", "sim")) as opened,
        httpx.AsyncClient(transport=httpx.ASGITransport(opened.unwrap()), base_url="http://127.0.0.1") as caller,
    ):
        answered = await caller.post("/v1/chat/completions", json=QUESTION)
    assert answered.status_code == 200
    assert answered.json()["choices"][0]["message"]["content"]
