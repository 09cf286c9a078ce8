"""One path of the API as data: who may ask, and what it does. What it takes and gives, the handler's types say."""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import Generic, Literal, Never, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import attrs
from returns.result import Failure, Result, Success
from starlette.requests import Request
from starlette.responses import Response

from pointsman.adapters.web.access_log import note_caller
from pointsman.adapters.web.asgi import BodyTooLarge, ClientGone, Receive, read_body
from pointsman.adapters.web.caller import ANYBODY, Caller, api_caller, as_gateway_caller, find_refusal
from pointsman.adapters.web.envelope import data_body, error_body, status_of
from pointsman.adapters.web.large_bodies import read_json
from pointsman.adapters.web.model_catalogue import Catalogue
from pointsman.adapters.web.open_connections import OpenConnections
from pointsman.adapters.web.site import WebServices
from pointsman.core.error import AuthenticationFailed, InvalidRequest, LLMError, cause_of
from pointsman.core.json import JsonObject, as_object, dumps, dumps_text, loads
from pointsman.core.routing.backoff import whole_seconds
from pointsman.core.security.virtual_key import KeyScope

CSRF = "x-pointsman-csrf"

_Body = TypeVar("_Body", covariant=True)
_Query = TypeVar("_Query", covariant=True)


@attrs.frozen(kw_only=True)
class ApiContext:
    """What the endpoints stand on."""

    site: WebServices
    catalogue: Catalogue
    open_connections: OpenConnections


@attrs.frozen(kw_only=True)
class ApiCall(Generic[_Body, _Query]):
    """One request, understood: `body` and `query` are values of the types that the handler names."""

    context: ApiContext
    caller: Caller
    path: Mapping[str, str]
    query: _Query
    body: _Body
    given: frozenset[str] = frozenset()
    """Names present in the JSON body: they tell a field that is absent from one that is null."""
    request: Request | None = attrs.field(repr=False)

    @property
    def receive(self) -> Receive:
        """Where a body comes from that no type describes."""
        assert self.request is not None, "it came over HTTP"
        return self.request.receive

    @property
    def site(self) -> WebServices:
        """What the server was given."""
        return self.context.site


AnyCall: TypeAlias = ApiCall[object, object]
"""A call of which neither body nor query is read. A handler of it takes neither."""
ApiData: TypeAlias = attrs.AttrsInstance | JsonObject
"""What stands in the envelope's `data`."""
Run: TypeAlias = Callable[[ApiCall[Never, Never]], Awaitable[Result[ApiData, LLMError] | Response]]
"""A handler, whatever it takes and gives."""


@attrs.frozen(kw_only=True)
class NoData:
    """Nothing: that it went well is all there is to say."""


@attrs.frozen(kw_only=True)
class Signature:
    """What a handler takes and gives, by its own types; None for nothing that could be described."""

    body: type | None
    query: type | None
    answer: type | None


def signature_of(run: Run) -> Signature:
    """The types of `run`: of `call: ApiCall[Body, Query]` and of the `Result[Answer, LLMError]` that it gives."""
    hints = get_type_hints(run)
    body, query = get_args(hints["call"])
    returned = hints["return"]
    options = get_args(returned) if _is_union(returned) else (returned,)
    (answer,) = (get_args(option)[0] for option in options if get_origin(option) is Result)
    return Signature(body=_named_type(body), query=_named_type(query), answer=_named_type(answer))


def _named_type(kind: type) -> type | None:
    return None if kind in (object, Never, attrs.AttrsInstance, JsonObject) else kind


@attrs.frozen(kw_only=True)
class ApiEndpoint:
    """One method of one path. `scope` None is for everybody."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    summary: str
    run: Run
    scope: KeyScope | None = "admin"
    media: str = "application/json"
    """What an answer that is not an envelope is; several with commas between."""
    files: tuple[str, ...] = ()
    """What the body may be where it is a file, told apart by its content."""
    streams: bool = False
    """Whether it can be asked, by `stream`, to answer with server-sent events."""
    bare: bool = False
    """Whether an answer that went well stands without an envelope, as programs of old want it."""
    as_gateway: bool = False
    """Whether who brings no key may ask as long as the gateway asks for none, though `scope` is not the gateway's."""
    takes: type | None = None
    """The body, where its type is made at run time and the handler can say no more than `AttrsInstance`."""
    gives: type | None = None
    """The answer, likewise, where the handler gives a `JsonObject`."""

    @cached_property
    def signature(self) -> Signature:
        """What it takes, and what stands in the envelope's `data`."""
        own = signature_of(self.run)
        return attrs.evolve(own, body=self.takes or own.body, answer=self.gives or own.answer)

    async def handle(self, context: ApiContext, request: Request) -> Response:
        """Answer `request`."""
        request_id = request.headers.get("x-request-id")
        call = await self._read_call(context, request)
        if isinstance(call, Failure):
            return failure_response(call.failure(), request_id)
        # `_read_call` has read body and query as the types that `run` takes.
        outcome = await self.run(cast("ApiCall[Never, Never]", call.unwrap()))
        if isinstance(outcome, Response):
            return outcome
        if isinstance(outcome, Failure):
            return failure_response(outcome.failure(), request_id)
        return bare_response(outcome.unwrap()) if self.bare else success_response(outcome.unwrap())

    async def _read_call(self, context: ApiContext, request: Request) -> Result[AnyCall, LLMError]:
        headers = {name.lower(): value for name, value in request.headers.items()}
        known = await api_caller(context.site, headers)
        if self.as_gateway and self.scope and known.value_or(None) == ANYBODY:
            known = await as_gateway_caller(context.site, headers, self.scope)
        if isinstance(known, Failure):
            return Failure(known.failure())
        caller = known.unwrap()
        note_caller(caller)
        refused = find_refusal(caller, self.scope) if self.scope else None
        refused = refused or _csrf(self.method, caller, headers)
        if refused is not None:
            return Failure(refused)
        query = _read_query(self.signature.query, request.query_params)
        if isinstance(query, Failure):
            return Failure(query.failure())
        body = await self._read_body(context.site, request)
        if isinstance(body, Failure):
            return Failure(body.failure())
        value, given = body.unwrap()
        return Success(
            ApiCall(
                context=context,
                caller=caller,
                path=request.path_params,
                query=query.unwrap(),
                body=value,
                given=given,
                request=request,
            )
        )

    async def _read_body(self, site: WebServices, request: Request) -> Result[tuple[object, frozenset[str]], LLMError]:
        kind = self.signature.body
        if kind is None:
            return Success((None, frozenset()))
        try:
            data = await read_body(request.receive, site.policy.max_body)
        except BodyTooLarge:
            return Failure(InvalidRequest(detail="the request is too large", status=413, local=True))
        except ClientGone:
            return Failure(InvalidRequest(detail="the client went away", status=499, local=True))
        return await read_json(data, site.policy.max_values, lambda: _read(site, data, kind))


def _read(site: WebServices, data: bytes, kind: type[object]) -> Result[tuple[object, frozenset[str]], LLMError]:
    """The body as a `kind`, and the fields that it has."""
    text = data.decode("utf-8", "replace") or "{}"
    given = frozenset(as_object(loads(text).value_or({})))
    read = site.structure(text, kind, None)
    return read.map(lambda value: (value, given)).alt(lambda problems: invalid(*problems))


def invalid(*problems: str) -> InvalidRequest:
    """The request is wrong, in these ways."""
    return InvalidRequest(detail="; ".join(problems[:3]), problems=problems, status=400, local=True)


def success_response(data: ApiData) -> Response:
    """The envelope of a success."""
    return Response(data_body(_as_object(data)), 200, None, "application/json")


def bare_response(data: ApiData) -> Response:
    """A success that is nothing but its data."""
    return Response(dumps(_as_object(data)), 200, None, "application/json")


def _as_object(data: ApiData) -> JsonObject:
    return data if isinstance(data, dict) else attrs.asdict(data)


def failure_response(error: LLMError, request_id: str | None = None) -> Response:
    """The envelope of a failure."""
    wait = cause_of(error).retry_after
    headers = {"retry-after": str(whole_seconds(wait))} if wait else None
    return Response(error_body(error, request_id), status_of(error), headers, "application/json")


def _csrf(method: str, caller: Caller, headers: Mapping[str, str]) -> LLMError | None:
    """A change that comes with the page's cookie must come with the page's word, too."""
    if method == "GET" or caller.has_word(headers.get(CSRF)):
        return None
    return AuthenticationFailed(
        detail=f"the header {CSRF} is missing or wrong; reload the page", status=403, local=True
    )


def _read_query(kind: type | None, given: Mapping[str, str]) -> Result[object, InvalidRequest]:
    """The query as a `kind`, an attrs class of plain fields; what it does not know is passed over."""
    if kind is None:
        return Success(None)
    values: dict[str, object] = {}
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


def _is_union(kind: object) -> bool:
    return get_origin(kind) in (Union, types.UnionType)


def _plain_value(kind: object, text: str) -> Result[object, str]:
    if _is_union(kind):
        kind = next(option for option in get_args(kind) if option is not type(None))
    if get_origin(kind) is Literal:
        known = get_args(kind)
        return Success(text) if text in known else Failure(f"{text!r} is not one of {', '.join(known)}")
    if kind is bool:
        return Success(text.lower() in ("1", "true", "yes", "on"))
    if kind is int or kind is float:
        return _number(int if kind is int else float, text)
    return Success(text)


def _number(kind: type[int] | type[float], text: str) -> Result[object, str]:
    try:
        value = kind(text)
    except ValueError:
        return Failure(f"{dumps_text(text)} is not a number")
    return Success(value) if abs(value) < _MOST else Failure(f"{text} is too large")


_MOST = 1e15
