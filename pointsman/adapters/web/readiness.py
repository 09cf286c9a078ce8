"""Whether the server lives, and whether it is to be asked, part by part. To who brings no key it says no reason."""

from __future__ import annotations

from typing import Literal

import anyio
import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Success
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pointsman.adapters.web.caller import find_caller, find_refusal
from pointsman.adapters.web.site import WebServices
from pointsman.core.effect import settle
from pointsman.core.error import LLMError, TimeoutError
from pointsman.core.json import dumps

_PATIENCE = 1.0
"""Seconds within which the database has to answer: who asks whether all is well asks again and again."""


@attrs.frozen(kw_only=True)
class PartReadiness:
    """One part: `status` in a word, and to who may read, in `detail`, why it is not `ok`."""

    ok: bool
    status: str
    detail: str | None = None


@attrs.frozen(kw_only=True)
class PartsReadiness:
    """The `server` takes connections; the `database` answers, and where it cannot be written (which its status says),
    calls are kept in the file beside it, else it is not `ok`; `providers` are there to be asked; an `engine` runs
    models on this machine, which is started when it is asked for, so that it is always `ok`. What is `shared` with
    other processes may be away: then this one goes on by its share, so that it is `ok` all the same."""

    server: PartReadiness
    database: PartReadiness
    providers: PartReadiness
    engine: PartReadiness
    shared: PartReadiness


@attrs.frozen(kw_only=True)
class Readiness:
    """Whether the server is to be asked: with status 503 where a part of it is not `ok`."""

    ready: bool
    parts: PartsReadiness


@attrs.frozen(kw_only=True)
class PlainPath:
    """A path outside the API: what it says, of which type, and with which statuses."""

    path: str
    summary: str
    media: str
    statuses: tuple[int, ...] = (200,)
    gives: type | None = None


PLAIN_PATHS = (
    PlainPath(path="/healthz", summary="Whether the server lives", media="text/plain"),
    PlainPath(
        path="/readyz",
        summary="Whether the server is to be asked, by part",
        media="application/json",
        statuses=(200, 503),
        gives=Readiness,
    ),
)
"""As the OpenAPI document has them."""


def health_routes(site: WebServices) -> list[Route]:
    """`/healthz` and `/readyz`."""

    async def health(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(request: Request) -> Response:
        found = await read_readiness(site, with_reasons=await _may_read(site, request))
        status = 200 if found.ready else 503
        return Response(dumps(attrs.asdict(found)), status, {"cache-control": "no-store"}, "application/json")

    return [Route("/healthz", health), Route("/readyz", ready)]


async def read_readiness(site: WebServices, *, with_reasons: bool) -> Readiness:
    """How all parts are at this moment."""
    parts = PartsReadiness(
        server=PartReadiness(ok=not site.ending.is_begun, status="stopping" if site.ending.is_begun else "serving"),
        database=await _database(site, with_reasons=with_reasons),
        providers=_providers(site),
        engine=_engine(site),
        shared=_limits(site),
    )
    fine = parts.server.ok and parts.database.ok and parts.providers.ok
    return Readiness(ready=fine, parts=parts)


async def _database(site: WebServices, *, with_reasons: bool) -> PartReadiness:
    problem, is_kept = await _database_problem(site), False
    status = "answers" if problem is None else problem.tag
    if problem is None:
        written = await settle(site.running.stores.check_writing())
        problem, is_kept = unwrap_or_failure(written), isinstance(written, Success)
        status = status if problem is None else "cannot be written"
    detail = None if problem is None or not with_reasons else str(problem)
    return PartReadiness(ok=problem is None or is_kept, status=status, detail=detail)


async def _database_problem(site: WebServices) -> LLMError | None:
    with anyio.move_on_after(_PATIENCE):
        kept = await settle(site.running.stores.settings.read())
        return kept.failure() if isinstance(kept, Failure) else None
    return TimeoutError(detail="the database does not answer", timeout_ms=int(_PATIENCE * 1000), phase="total")


def _providers(site: WebServices) -> PartReadiness:
    with site.running.lease() as app:
        count = len(app.clients)
    status: Literal["simulated", "configured", "missing"] = "configured" if count else "missing"
    return PartReadiness(ok=count > 0, status="simulated" if site.running.demo else status)


def _engine(site: WebServices) -> PartReadiness:
    with site.running.lease() as app:
        is_used = any(one.kind == "local" and one.enabled for one in app.settings.providers.values())
    return PartReadiness(ok=True, status="starts when it is asked" if is_used else "not used")


def _limits(site: WebServices) -> PartReadiness:
    limiter = site.running.stores.limiter
    if limiter is None:
        return PartReadiness(ok=True, status="not used: each process counts for itself")
    if limiter.is_away:
        return PartReadiness(ok=True, status=f"away: one share of {limiter.processes}")
    return PartReadiness(ok=True, status=f"shared by {limiter.processes}")


async def _may_read(site: WebServices, request: Request) -> bool:
    """Whether who asks is told reasons. A look at a key that takes too long tells them to nobody."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    with anyio.move_on_after(_PATIENCE):
        known = await find_caller(site, headers)
        return isinstance(known, Success) and find_refusal(known.unwrap(), "read") is None
    return False
