"""One path of the API as data: who may ask, what it takes and gives, and what it does."""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import attrs
from returns.result import Failure, Result, Success
from starlette.requests import Request
from starlette.responses import Response

from pointsman.adapters.web.asgi import ClientGone, Receive, TooLarge, read_body
from pointsman.adapters.web.caller import Caller, api_caller, forbidden
from pointsman.adapters.web.catalogue import Catalogue
from pointsman.adapters.web.envelope import data_body, error_body, status_of
from pointsman.adapters.web.key_ring import KeyRing
from pointsman.adapters.web.large_bodies import read_json
from pointsman.adapters.web.site import Site
from pointsman.adapters.web.views import plain
from pointsman.core.error import AuthenticationFailed, InvalidRequest, LLMError, cause_of
from pointsman.core.json import Json, as_object, dumps_text, loads
from pointsman.core.routing.backoff import whole_seconds
from pointsman.core.security.virtual_key import KeyScope

CSRF = "x-pointsman-csrf"


@attrs.frozen(kw_only=True)
class Desk:
    """What the endpoints stand on."""

    site: Site
    ring: KeyRing
    catalogue: Catalogue


@attrs.frozen(kw_only=True)
class Call:
    """One request, understood: `query` and `body` are values of the endpoint's types."""

    desk: Desk
    caller: Caller
    path: Mapping[str, str]
    query: Any
    body: Any
    given: frozenset[str] = frozenset()
    """The fields that the body has: absent is not null."""
    request: Request | None = attrs.field(repr=False)

    @property
    def receive(self) -> Receive:
        """Where a body comes from that no type describes."""
        assert self.request is not None, "it came over HTTP"
        return self.request.receive

    @property
    def site(self) -> Site:
        """What the server was given."""
        return self.desk.site


Run: TypeAlias = Callable[[Call], Awaitable[Result[Any, LLMError] | Response]]


@attrs.frozen(kw_only=True)
class Endpoint:
    """One method of one path. `scope` None is for everybody; `gives` is what stands in the envelope's `data`."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    summary: str
    run: Run
    scope: KeyScope | None = "admin"
    takes: Any = None
    gives: Any = None
    query: Any = None
    media: str = "application/json"
    """What an answer that is not an envelope is."""
    streams: bool = False
    """Whether it can be asked, by `stream`, to answer with server-sent events."""

    async def handle(self, desk: Desk, request: Request) -> Response:
        """Answer `request`."""
        mark = request.headers.get("x-request-id")
        understood = await self._understood(desk, request)
        if isinstance(understood, Failure):
            return failed(understood.failure(), mark)
        outcome = await self.run(understood.unwrap())
        if isinstance(outcome, Response):
            return outcome
        if isinstance(outcome, Failure):
            return failed(outcome.failure(), mark)
        return told(outcome.unwrap())

    async def _understood(self, desk: Desk, request: Request) -> Result[Call, LLMError]:
        headers = {name.lower(): value for name, value in request.headers.items()}
        known = await api_caller(desk.site, desk.ring, headers, request.query_params)
        if isinstance(known, Failure):
            return Failure(known.failure())
        caller = known.unwrap()
        refused = forbidden(caller, self.scope) if self.scope else None
        refused = refused or _csrf(self.method, caller, headers)
        if refused is not None:
            return Failure(refused)
        query = _query(self.query, request.query_params)
        if isinstance(query, Failure):
            return Failure(query.failure())
        body = await self._body(desk.site, request)
        if isinstance(body, Failure):
            return Failure(body.failure())
        return Success(
            Call(
                desk=desk,
                caller=caller,
                path=request.path_params,
                query=query.unwrap(),
                body=body.unwrap()[0],
                given=body.unwrap()[1],
                request=request,
            )
        )

    async def _body(self, site: Site, request: Request) -> Result[tuple[Any, frozenset[str]], LLMError]:
        if self.takes is None:
            return Success((None, frozenset()))
        try:
            data = await read_body(request.receive, site.policy.max_body)
        except TooLarge:
            return Failure(InvalidRequest(detail="the request is too large", status=413, local=True))
        except ClientGone:
            return Failure(InvalidRequest(detail="the client went away", status=499, local=True))
        return await read_json(data, site.policy.max_values, lambda: _read(site, data, self.takes))


def _read(site: Site, data: bytes, kind: Any) -> Result[tuple[Any, frozenset[str]], LLMError]:
    """The body as a `kind`, and the fields that it has."""
    text = data.decode("utf-8", "replace") or "{}"
    given = frozenset(as_object(loads(text).value_or({})))
    read = site.structure(text, kind, None)
    return read.map(lambda value: (value, given)).alt(lambda problems: invalid(*problems))


def invalid(*problems: str) -> InvalidRequest:
    """The request is wrong, in these ways."""
    return InvalidRequest(detail="; ".join(problems[:3]), problems=problems, status=400, local=True)


def told(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The envelope of a success."""
    return Response(data_body(plain(data)), status, headers, "application/json")


def failed(error: LLMError, mark: str | None = None) -> Response:
    """The envelope of a failure."""
    wait = cause_of(error).retry_after
    headers = {"retry-after": str(whole_seconds(wait))} if wait else None
    return Response(error_body(error, mark), status_of(error), headers, "application/json")


def _csrf(method: str, caller: Caller, headers: Mapping[str, str]) -> LLMError | None:
    """A change that comes with the page's cookie must come with the page's word, too."""
    if method == "GET" or caller.session is None or headers.get(CSRF) == caller.session.csrf:
        return None
    return AuthenticationFailed(
        detail=f"the header {CSRF} is missing or wrong; reload the page", status=403, local=True
    )


def _query(kind: Any, given: Mapping[str, str]) -> Result[Any, InvalidRequest]:
    """The query as a `kind`, an attrs class of plain fields; what it does not know is passed over."""
    if kind is None:
        return Success(None)
    values: dict[str, Any] = {}
    problems: list[str] = []
    hints = get_type_hints(kind)
    for field in attrs.fields(kind):
        if field.name not in given:
            continue
        read = _plain_value(hints[field.name], given[field.name])
        if isinstance(read, Failure):
            problems.append(f"{field.name}: {read.failure()}")
        else:
            values[field.name] = read.unwrap()
    return Failure(invalid(*problems)) if problems else Success(kind(**values))


def _plain_value(kind: Any, text: str) -> Result[Json, str]:
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(option for option in get_args(kind) if option is not type(None))
    if get_origin(kind) is Literal:
        known = get_args(kind)
        return Success(text) if text in known else Failure(f"{text!r} is not one of {', '.join(known)}")
    if kind is bool:
        return Success(text.lower() in ("1", "true", "yes", "on"))
    if kind in (int, float):
        return _number(kind, text)
    return Success(text)


def _number(kind: Any, text: str) -> Result[Json, str]:
    try:
        value: float = kind(text)
    except ValueError:
        return Failure(f"{dumps_text(text)} is not a number")
    return Success(value) if abs(value) < _MOST else Failure(f"{text} is too large")


_MOST = 1e15
