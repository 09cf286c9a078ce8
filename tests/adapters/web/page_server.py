"""A stub of pointsman's server for the page's tests: the whole HTTP contract, with state, without models.

Run it to look at the page: `python -m tests.adapters.web.page_server 8123`, then open the address it prints.
"""

from __future__ import annotations

import contextlib
import itertools
import sys
import time
from collections.abc import Awaitable, Callable

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from pointsman.adapters.web.web_app import page_routes
from tests.adapters.web import page_data as data
from tests.adapters.web import page_usage as figures
from tests.adapters.web.page_answers import Json
from tests.adapters.web.page_eval import GOING
from tests.adapters.web.page_routes import routes
from tests.adapters.web.page_state import CSRF, HEADERS, LINK, Answer, Refused, Stub


class WithHeaders:
    """Adds the server's headers to what the page's own routes answer."""

    def __init__(self, inner: ASGIApp) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(raw=message["headers"])
                for name, value in HEADERS.items():
                    given.setdefault(name, value)
            await send(message)

        await self.inner(scope, receive, told)


def signed_in(connection: Request | WebSocket) -> bool:
    return connection.cookies.get("pointsman") == "yes"


def endpoint(stub: Stub, answer: Answer, open_to_all: bool = False) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that checks cookie and CSRF, and wraps what it gives in an envelope."""

    async def respond(request: Request) -> Response:
        body: Json = await request.json() if await request.body() else {}
        stub.asked.append((request.method, request.url.path, body))
        try:
            if not open_to_all and not signed_in(request):
                raise Refused("AuthenticationFailed", "Sign in first.", 401)
            if not open_to_all and request.method != "GET" and request.headers.get("x-pointsman-csrf") != CSRF:
                raise Refused("AuthenticationFailed", "The request lacks its token; load the page again.", 403)
            given = await answer(request, body)
        except Refused as refused:
            return JSONResponse({"success": False, "error": refused.error}, refused.status, HEADERS)
        return given if isinstance(given, Response) else JSONResponse({"success": True, "data": given}, headers=HEADERS)

    return respond


async def socket(websocket: WebSocket) -> None:
    """Live events: a burst of plausible ones, again and again."""
    if not signed_in(websocket):
        await websocket.close(4401)
        return
    await websocket.accept()
    try:
        wanted = (await websocket.receive_json())["subscribe"]
        for number in itertools.count():
            for message in moment(number):
                if message["event"] in (*wanted, "notices_lost"):
                    await websocket.send_json(message)
            await anyio.sleep(0.05 if number < 8 else 1.5)
    except (WebSocketDisconnect, RuntimeError):
        return


def moment(number: int) -> list[Json]:
    """The events of one call."""
    record = figures.records(60)[number % 60]
    start = {"id": f"run-{number}", "model": record["model"], "task": record["task"], "conversation": None}
    done = {key: record[key] for key in ("model", "provider", "usage", "cost", "latency_ms")} | {
        "id": f"run-{number}",
        "error": None,
    }
    error = {"tag": "RateLimitExceeded", "message": "Too many requests; wait a little."}
    extra: list[tuple[str, Json]] = [
        ("cache_hit", {"model": record["model"], "age": 320.5, "saved": data.money(0.0021)}),
        ("retry", {"model": record["model"], "retry": 1, "delay": 0.8, "error": error}),
        ("fallback", {"model": record["model"], "next": "home/llama3.2", "error": error}),
        ("budget_warning", {"budget": "experiments", "share": 0.92}),
        ("provider_status_change", {"model": "lmstudio/qwen3-8b", "state": "open"}),
        ("function_calls", {"calls": [{"name": "calculator", "arguments": '{"expression": "17 * 23"}'}]}),
    ]
    going = {"run": GOING, "judged": 3, "total": 72, "healed": 2, "cost": data.money(0.1), "running": True}
    rows = [("response_start", start), extra[number % len(extra)], ("response_complete", done)]
    rows.append(("evaluation_progress", going))
    return [{"event": name, "time": time.time(), "data": fields} for name, fields in rows]


def make_app(stub: Stub) -> Starlette:
    """The stub as an application."""
    api = [Route(path, endpoint(stub, answer, free), methods=methods) for path, methods, answer, free in routes(stub)]
    middleware = [Middleware(WithHeaders)]
    return Starlette(routes=[WebSocketRoute("/api/v1/events", socket), *api, *page_routes()], middleware=middleware)


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8123
    print(f"http://127.0.0.1:{port}/#link={LINK}")
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.run(make_app(Stub(pace=0.03)), port=port, log_level="warning", ws="websockets-sansio")
