"""The whole server as one ASGI application: front door, gateway, API, events, page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import anyio
from returns.result import Success
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from pointsman.adapters.dialects.dialect import Dialect
from pointsman.adapters.dialects.routing import PathTable
from pointsman.adapters.web import (
    api_chat,
    api_conversations,
    api_keys,
    api_llm,
    api_models,
    api_more,
    api_providers,
    api_session,
    api_texts,
    api_usage,
)
from pointsman.adapters.web.api_endpoint import Desk, Endpoint, failed
from pointsman.adapters.web.caller import api_caller, forbidden
from pointsman.adapters.web.catalogue import Catalogue
from pointsman.adapters.web.chat_socket import chat_socket
from pointsman.adapters.web.docs import DOCS
from pointsman.adapters.web.events import events
from pointsman.adapters.web.gateway import Gateway
from pointsman.adapters.web.key_ring import KeyRing
from pointsman.adapters.web.metrics import Metrics
from pointsman.adapters.web.openapi import document
from pointsman.adapters.web.security import Front
from pointsman.adapters.web.site import Site
from pointsman.core.effect import settle
from pointsman.core.error import InvalidRequest
from pointsman.core.json import dumps

ENDPOINTS: tuple[Endpoint, ...] = (
    *api_session.ENDPOINTS,
    *api_providers.ENDPOINTS,
    *api_models.ENDPOINTS,
    *api_chat.ENDPOINTS,
    *api_texts.ENDPOINTS,
    *api_conversations.ENDPOINTS,
    *api_usage.ENDPOINTS,
    *api_keys.ENDPOINTS,
    *api_more.ENDPOINTS,
    *api_llm.ENDPOINTS,
)
PAGE = Path(__file__).parent / "page"
_Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


def web_app(site: Site, dialects: tuple[Dialect, ...]) -> Front:
    """The server of `site`."""
    ring, catalogue, metrics = KeyRing(site.running.stores.keys, site.clock), Catalogue(), Metrics()
    desk = Desk(site=site, ring=ring, catalogue=catalogue)
    gateway = Gateway(site, PathTable(dialects, bare=False), ring, catalogue)

    async def watch() -> None:
        with site.running.lease() as running:
            bus = running.events
        await metrics.watch(bus)

    @asynccontextmanager
    async def alive(app: Starlette) -> AsyncIterator[None]:
        async with anyio.create_task_group() as group:
            group.start_soon(watch)
            yield
            group.cancel_scope.cancel()

    inner = Starlette(
        routes=[*_api(desk), *_plain(desk, metrics), *_page()],
        lifespan=alive,
        exception_handlers={404: _nowhere, 405: _nowhere},
    )
    return Front(site, gateway, inner, watch)


def _api(desk: Desk) -> list[BaseRoute]:
    def handler(endpoint: Endpoint) -> _Handler:
        async def handle(request: Request) -> Response:
            return await endpoint.handle(desk, request)

        return handle

    async def socket(ws: WebSocket) -> None:
        await events(ws, desk)

    found: list[BaseRoute] = [Route(one.path, handler(one), methods=[one.method]) for one in ENDPOINTS]

    async def talk(ws: WebSocket) -> None:
        await chat_socket(ws, desk)

    return [*found, WebSocketRoute("/api/v1/events", socket), WebSocketRoute("/api/v1/chat/socket", talk)]


def _plain(desk: Desk, metrics: Metrics) -> list[BaseRoute]:
    described = dumps(document(ENDPOINTS, desk.site.version))

    async def health(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(request: Request) -> Response:
        kept = await settle(desk.site.running.stores.settings.read())
        fine = isinstance(kept, Success)
        return PlainTextResponse("ready\n" if fine else "the database does not answer\n", 200 if fine else 503)

    async def counted(request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        known = await api_caller(desk.site, desk.ring, headers, {})
        refused = known.map(lambda caller: forbidden(caller, "read")).value_or(None)
        error = refused if isinstance(known, Success) else known.failure()
        return PlainTextResponse(metrics.text()) if error is None else failed(error)

    async def openapi(request: Request) -> Response:
        return Response(described, media_type="application/json")

    async def docs(request: Request) -> Response:
        return Response(DOCS, media_type="text/html")

    return [
        Route("/healthz", health),
        Route("/readyz", ready),
        Route("/metrics", counted),
        Route("/openapi.json", openapi),
        Route("/docs", docs),
    ]


def _page() -> list[BaseRoute]:
    async def page(request: Request) -> Response:
        return FileResponse(PAGE / "index.html", headers={"cache-control": "no-cache"})

    found: list[BaseRoute] = [Route("/", page)]
    return [*found, Mount("/static", StaticFiles(directory=PAGE, check_dir=False))]


async def _nowhere(request: Request, problem: Exception) -> Response:
    status = getattr(problem, "status_code", 404)
    if status == 405:
        detail = f"{request.url.path} does not take {request.method}"
    else:
        detail = f"there is no {request.method} {request.url.path}"
    return failed(InvalidRequest(detail=detail, status=status, local=True), request.headers.get("x-request-id"))
