"""The whole server as one ASGI application: front door, gateway, API, events, page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, TypeAlias

import anyio
import anyio.to_thread
from returns.result import Success
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from pointsman.adapters import web
from pointsman.adapters.dialects.dialect import Dialect
from pointsman.adapters.dialects.routing import PathTable
from pointsman.adapters.web.api_endpoint import ApiContext, ApiEndpoint, failure_response
from pointsman.adapters.web.caller import api_caller, find_refusal
from pointsman.adapters.web.chat_socket import chat_socket
from pointsman.adapters.web.events import events
from pointsman.adapters.web.gateway import Gateway
from pointsman.adapters.web.metrics import Metrics
from pointsman.adapters.web.model_catalogue import Catalogue
from pointsman.adapters.web.open_connections import OpenConnections
from pointsman.adapters.web.openapi import document
from pointsman.adapters.web.openapi_whole import whole_document
from pointsman.adapters.web.page_assets import PAGE, Asset, PageAssets, page_assets
from pointsman.adapters.web.readiness import PLAIN_PATHS, health_routes
from pointsman.adapters.web.run_watch import RunWatch
from pointsman.adapters.web.security import SecurityMiddleware
from pointsman.adapters.web.site import WebServices
from pointsman.core.error import InvalidRequest
from pointsman.core.json import dumps
from pointsman.services.tasks.background import keep_running
from pointsman.services.tasks.together import tasks_together


def collect_endpoints() -> tuple[ApiEndpoint, ...]:
    """What every module `api_…` of this package declares: a new one is served because it is there."""
    modules = sorted(found.name for found in iter_modules(web.__path__) if found.name.startswith("api_"))
    tables: Iterable[tuple[ApiEndpoint, ...]] = (
        import_module(f"{web.__name__}.{name}").ENDPOINTS for name in modules if name != "api_endpoint"
    )
    return tuple(endpoint for table in tables for endpoint in table)


ENDPOINTS = collect_endpoints()
_Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


def web_app(site: WebServices, dialects: tuple[Dialect, ...]) -> SecurityMiddleware:
    """The server of `site`."""
    catalogue, metrics, open_connections = Catalogue(), Metrics(), OpenConnections(site)
    site.ending.held, site.others.count = open_connections, metrics.to_json
    context = ApiContext(site=site, catalogue=catalogue, open_connections=open_connections)
    gateway = Gateway(site, PathTable(dialects, bare=False), catalogue, open_connections)

    async def watch() -> None:
        with site.running.lease() as running:
            bus = running.events
        async with tasks_together() as group:
            group.start_soon(keep_running, "the look at runs", RunWatch(site.runs, bus).watch, anyio.sleep)
            group.start_soon(keep_running, "the look at what may be done", site.authority.follow, anyio.sleep)
            group.start_soon(keep_running, "the look at open connections", open_connections.watch, anyio.sleep)
            await keep_running("the counting of calls", partial(metrics.watch, bus), anyio.sleep)
            group.cancel_scope.cancel()

    @asynccontextmanager
    async def alive(app: Starlette) -> AsyncIterator[None]:
        async with tasks_together() as group:
            group.start_soon(keep_running, "the watches", watch, anyio.sleep)
            yield
            group.cancel_scope.cancel()

    inner = Starlette(
        routes=[*_api(context), *_plain(context, metrics, dialects), *page_routes()],
        lifespan=alive,
        exception_handlers={404: _nowhere, 405: _nowhere},
    )
    return SecurityMiddleware(site, gateway, inner, watch)


def _api(context: ApiContext) -> list[BaseRoute]:
    def handler(endpoint: ApiEndpoint) -> _Handler:
        async def handle(request: Request) -> Response:
            return await endpoint.handle(context, request)

        return handle

    async def socket(ws: WebSocket) -> None:
        await events(ws, context)

    # a path without parameters counts before one of the same length with them, wherever they are declared
    ordered = sorted(ENDPOINTS, key=lambda one: "{" in one.path)
    found: list[BaseRoute] = [Route(one.path, handler(one), methods=[one.method]) for one in ordered]

    async def talk(ws: WebSocket) -> None:
        await chat_socket(ws, context)

    return [*found, WebSocketRoute("/api/v1/events", socket), WebSocketRoute("/api/v1/chat/socket", talk)]


async def _sum_up(metrics: Metrics, site: WebServices) -> str:
    """The counts of all workers that answer, as Prometheus reads them."""
    whole = Metrics()
    for told in (metrics.to_json(), *await site.others.counts()):
        whole.add(told)
    return whole.text()


def _plain(context: ApiContext, metrics: Metrics, dialects: tuple[Dialect, ...]) -> list[BaseRoute]:
    described = dumps(whole_document(document(ENDPOINTS, context.site.version, PLAIN_PATHS), dialects))

    async def count_request(request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        known = await api_caller(context.site, headers)
        refused = known.map(lambda caller: find_refusal(caller, "observe")).value_or(None)
        error = refused if isinstance(known, Success) else known.failure()
        return failure_response(error) if error is not None else PlainTextResponse(await _sum_up(metrics, context.site))

    async def openapi(request: Request) -> Response:
        return Response(described, media_type="application/json")

    async def docs(request: Request) -> Response:
        return _send(request, (await _assets()).docs)

    return [
        *health_routes(context.site),
        Route("/metrics", count_request),
        Route("/openapi.json", openapi),
        Route("/docs", docs),
    ]


async def _assets() -> PageAssets:
    """Off the loop: the first call packs everything."""
    return await anyio.to_thread.run_sync(page_assets)


def _send(request: Request, asset: Asset) -> Response:
    body, headers = asset.answer(request.headers.get("accept-encoding", ""))
    return Response(body, headers=headers)


class _Modules(StaticFiles):
    """The page's files as they were written, asked for anew each time."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "no-cache"
        return response


def page_routes() -> list[BaseRoute]:
    """The page, its files under the name of their build, and as they were written."""

    async def page(request: Request) -> Response:
        return _send(request, (await _assets()).index)

    async def worker(request: Request) -> Response:
        return _send(request, (await _assets()).worker)

    async def asset(request: Request) -> Response:
        found = (await _assets()).find(f"v.{request.path_params['path']}")
        return _send(request, found) if found else await _nowhere(request, HTTPException(404))

    return [
        Route("/", page),
        Route("/worker.js", worker),
        Route("/static/v.{path:path}", asset),
        Mount("/static", _Modules(directory=PAGE, check_dir=False)),
    ]


async def _nowhere(request: Request, problem: Exception) -> Response:
    status = getattr(problem, "status_code", 404)
    if status == 405:
        detail = f"{request.url.path} does not take {request.method}"
    else:
        detail = f"there is no {request.method} {request.url.path}"
    return failure_response(
        InvalidRequest(detail=detail, status=status, local=True), request.headers.get("x-request-id")
    )
