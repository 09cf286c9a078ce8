"""All HTTP for all providers: one request out, one reply in, bounded, timed, redacted.

It knows endpoints and wire requests; it does not know what a chat is.
"""

from __future__ import annotations

import codecs
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TypeVar
from urllib.parse import urlencode

import anyio
import attrs
import httpx
import orjson

from pointsman.adapters.client.endpoint import Endpoint
from pointsman.adapters.client.network_errors import CAUGHT, network_fault
from pointsman.adapters.client.redaction import redact_record
from pointsman.adapters.client.vendor_headers import vendor_headers
from pointsman.adapters.dialects.dialect import ErrorReply, WireRequest
from pointsman.adapters.dialects.rate_limit_headers import rate_limits
from pointsman.adapters.http1.content_coding import Unpacked, coding_of, coding_problem
from pointsman.adapters.http1.exchange import (
    AwaitedResponse,
    Header,
    HttpRequest,
    HttpResponse,
    Limits,
    Origin,
    ResumableResponse,
    Transport,
    header_of,
)
from pointsman.adapters.http1.form_body import form_body
from pointsman.adapters.http1.pool import origin_of
from pointsman.core.chat.original import OriginalResponse, Pairs
from pointsman.core.effect import is_failure
from pointsman.core.error import Fault, InvalidResponse, ProviderError
from pointsman.core.json import Json, dumps, loads, parse_json
from pointsman.core.routing.rate import RateLimits
from pointsman.core.security.secret import redact_bytes
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.sending import current_sending

_ERROR_BODY = 2**20
_Record = TypeVar("_Record")
_ERROR_SECONDS = 10.0
"""How long the words of an error are waited for; its status alone says most."""


@attrs.define
class PendingResponse:
    """An answer whose head has come: its status is 2xx, its body is still to be read, once."""

    content_type: str
    answer: HttpResponse
    limits: RateLimits | None = None
    headers: Pairs = ()
    """The vendor's own, where the answer is to be kept as it came."""

    coding: str = ""

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes; unpacked, in pieces of bounded size."""
        return Unpacked(self.answer, self.coding) if self.coding else self.answer

    def outlive_cancelling(self) -> None:
        """Have it stay open where its reader is cancelled, if its transport can. Who says so closes it in any case."""
        if isinstance(self.answer, ResumableResponse):
            self.answer.outlive_cancelling()

    async def close(self) -> None:
        """Let go of the connection; cuts it if the body was not read to its end."""
        await self.answer.aclose()


@attrs.frozen
class WholeAnswer:
    """The JSON of an answer, and what the headers told of the provider's rate limits."""

    body: Json
    limits: RateLimits | None
    dialect: str
    data: bytes | None = attrs.field(default=None, repr=False)
    """The bytes of `body`, where the request was a client's own on its way."""
    headers: Pairs = ()
    """The vendor's own, likewise."""

    def original_of(self, response: object) -> OriginalResponse | None:
        """It as it came, beside `response`, which was read of it; None where no client sent the request so."""
        return None if self.data is None else OriginalResponse(self.dialect, self.data, self.headers, response)


@attrs.frozen
class _Destination:
    """Where the requests of one path go."""

    origin: Origin
    target: bytes
    headers: tuple[Header, ...] = attrs.field(repr=False)
    """Those that every request there has."""


@attrs.frozen
class Driver:
    """Sends wire requests to one endpoint through a shared transport.

    What is answered whole has one limit, the total: the first byte comes when all of it is done. A stream has a limit
    to its first byte, one of silence, and the total.
    """

    endpoint: Endpoint
    transport: Transport
    clock: Clock
    _places: dict[tuple[str, bool], _Destination] = attrs.field(factory=dict, init=False, repr=False)
    _base: tuple[Header, ...] = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        headers = (*_COMMON, *self.endpoint.auth_header(), *((n, v.reveal()) for n, v in self.endpoint.headers))
        # a frozen class sets its derived fields this way
        object.__setattr__(self, "_base", tuple((n.encode("latin-1", "replace"), _bytes(v)) for n, v in headers))

    async def fetch(self, wire: WireRequest, model: str, seconds: float | None = None) -> Json | ProviderError:
        """The JSON body of a 2xx answer to `wire`, within `seconds` (default: the endpoint's total)."""
        return (await self.fetch_with_limits(wire, model, seconds))[0]

    async def fetch_with_limits(
        self, wire: WireRequest, model: str, seconds: float | None = None
    ) -> tuple[Json | ProviderError, RateLimits | None]:
        """As `fetch`, and what the headers told of the provider's rate limits."""
        fetched = await self.fetch_whole(wire, model, seconds)
        return (fetched, None) if isinstance(fetched, Fault) else (fetched.body, fetched.limits)

    async def fetch_whole(
        self, wire: WireRequest, model: str, seconds: float | None = None
    ) -> WholeAnswer | ProviderError:
        """The 2xx answer to `wire`, within `seconds` (default: the endpoint's total)."""
        reply = await self.open(wire, model, seconds or self.endpoint.timeouts.total)
        if not isinstance(reply, PendingResponse):
            return reply
        data = await self.read(reply, model)
        return self.whole_of(wire, model, reply, data) if isinstance(data, bytes) else data

    def whole_of(
        self, wire: WireRequest, model: str, reply: PendingResponse, data: bytes
    ) -> WholeAnswer | ProviderError:
        """The JSON of `data`, which is all of the body of `reply`."""
        data = redact_bytes(data, self.endpoint.secrets)
        body = self._json(data, model)
        if isinstance(body, Fault):
            return body
        name = self.endpoint.dialect.name
        return WholeAnswer(body, reply.limits, name, data if wire.is_forwarded else None, reply.headers)

    async def open(
        self,
        wire: WireRequest,
        model: str,
        total: float | None = None,
        on_leave: Callable[[AwaitedResponse], None] | None = None,
    ) -> PendingResponse | ProviderError:
        """Send `wire` and wait for the head of a whole answer. The caller closes the reply, and has `total` seconds.

        `on_leave` is given the answer that is still to come where the caller is cancelled (see `HttpRequest`).
        """
        times = self.endpoint.timeouts
        limits = Limits(connect=times.connect, pool=times.connect, total=total or times.total)
        return await self._open(wire, model, limits, on_leave)

    async def open_stream(
        self, wire: WireRequest, model: str, total: float | None = None
    ) -> PendingResponse | ProviderError:
        """As `open`, for an answer that comes bit by bit: its first byte and every silence have limits of their own."""
        times = self.endpoint.timeouts
        limits = Limits(times.connect, times.idle, times.idle, times.connect, total or times.total, times.first_byte)
        return await self._open(wire, model, limits)

    async def open_upload(self, wire: WireRequest, model: str) -> PendingResponse | ProviderError:
        """As `open`, for a request that may take hours to be sent: only its silences have limits."""
        times = self.endpoint.timeouts
        return await self._open(wire, model, Limits(times.connect, times.first_byte, times.idle, times.connect))

    async def _open(
        self,
        wire: WireRequest,
        model: str,
        limits: Limits,
        on_leave: Callable[[AwaitedResponse], None] | None = None,
    ) -> PendingResponse | ProviderError:
        located = self.endpoint.locate(wire, model)
        if is_failure(located):
            return located.failure()
        try:
            answer = await self.transport.ask(self._question(located.unwrap(), limits, on_leave))
        except CAUGHT as problem:
            return network_fault(problem, self.endpoint, model)
        return await self.receive(answer, wire, model)

    async def receive(self, answer: HttpResponse, wire: WireRequest, model: str) -> PendingResponse | ProviderError:
        """What the head of `answer` says: that there is a body to read, or why not."""
        coding = coding_of(answer.headers)
        if not 200 <= answer.status < 300:
            return await self._error(answer, model, coding, keep=wire.is_forwarded)
        if (unreadable := coding_problem(coding)) is not None:
            await answer.aclose()
            return self._invalid(model, unreadable)
        kind = header_of(answer.headers, b"content-type").decode("latin-1")
        headers = vendor_headers(answer.headers, self.endpoint.secrets) if wire.is_forwarded else ()
        return PendingResponse(kind, answer, rate_limits(answer.headers, self.clock.now()), headers, coding)

    async def read(self, reply: PendingResponse, model: str, limit: int | None = None) -> bytes | ProviderError:
        """The whole body of `reply`, at most `limit` bytes (default: the endpoint's), and the reply closed."""
        most = limit or self.endpoint.max_body
        parts: list[bytes] = []
        size = 0
        try:
            async for chunk in reply.chunks():
                size += len(chunk)
                if size > most:
                    return self.too_large(model, most)
                parts.append(chunk)
        except CAUGHT as problem:
            return network_fault(problem, self.endpoint, model, "idle")
        finally:
            await reply.close()
        return b"".join(parts)

    def _json(self, body: bytes, model: str) -> Json | ProviderError:
        try:
            return parse_json(body.removeprefix(codecs.BOM_UTF8))
        except orjson.JSONDecodeError:
            return self._invalid(model, what_it_is(body))

    async def _error(self, answer: HttpResponse, model: str, coding: str, *, keep: bool = False) -> ProviderError:
        body: bytes | ProviderError | None = None
        with anyio.move_on_after(_ERROR_SECONDS):
            if coding_problem(coding) is None:
                body = await self.read(PendingResponse("", answer, coding=coding), model, _ERROR_BODY)
        await answer.aclose()
        headers = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in answer.headers}
        content = body if isinstance(body, bytes) else b""
        reply = ErrorReply(answer.status, content, headers, self.clock.now())
        error = self.redact(self.endpoint.dialect.read_error(reply, self.endpoint.target(model)))
        if not keep or not isinstance(body, bytes) or answer.status < 400 or is_failure(loads(body)):
            return error  # what is no error of the vendor's own API, such as a proxy's page, is told in its words
        data = redact_bytes(body, self.endpoint.secrets)
        said = vendor_headers(answer.headers, self.endpoint.secrets)
        original = OriginalResponse(self.endpoint.dialect.name, data, said, None, answer.status)
        return attrs.evolve(error, original=original)

    def redact(self, said: _Record) -> _Record:
        """An error, answer or event of the provider without the endpoint's secrets, should it have echoed one."""
        return redact_record(said, self.endpoint.secrets)

    def too_large(self, model: str, most: int) -> InvalidResponse:
        """The error for an answer of more than `most` bytes."""
        return self._invalid(model, f"the answer is larger than {most} bytes")

    def _invalid(self, model: str, problem: str) -> InvalidResponse:
        return InvalidResponse(
            detail=problem, problems=(problem,), provider=self.endpoint.provider, model=model or None
        )

    def _question(
        self, wire: WireRequest, limits: Limits, on_leave: Callable[[AwaitedResponse], None] | None
    ) -> HttpRequest:
        key = (wire.path, wire.from_origin)
        place = self._places.get(key)
        if place is None:
            place = self._place(wire)
            if len(self._places) < 256:
                self._places[key] = place
        content, kind = _content(wire)
        sending = current_sending()
        headers = [*place.headers, (b"content-type", kind)]
        if wire.headers:
            headers += _encode_headers(wire.headers)
        if content or wire.method not in ("GET", "HEAD"):
            size = len(content) if wire.upload is None else wire.upload.size
            headers.append((b"content-length", b"%d" % size))
        return HttpRequest(
            method=wire.method.encode(),
            origin=place.origin,
            target=_with_query(place.target, wire.query),
            headers=headers,
            content=content,
            parts=None if wire.upload is None else wire.upload.pieces,
            limits=limits,
            on_send=None if sending is None else sending.begin,
            on_leave=on_leave,
        )

    def _place(self, wire: WireRequest) -> _Destination:
        base = self.endpoint.base_url
        url = httpx.URL(base).join(wire.path) if wire.from_origin else httpx.URL(base + wire.path)
        host = () if header_of(self._base, b"host") else ((b"host", url.netloc),)
        return _Destination(origin_of(url), url.raw_path, (*host, *self._base))


def _with_query(target: bytes, query: Pairs) -> bytes:
    """The query is kept out of the remembered places: what strangers say must not fill them."""
    if not query:
        return target
    return target + (b"&" if b"?" in target else b"?") + urlencode(query).encode()


_COMMON = (
    ("user-agent", "pointsman/0.1.0"),
    ("accept", "application/json, text/event-stream, application/x-ndjson"),
    ("accept-encoding", "gzip, deflate"),
)


def _content(wire: WireRequest) -> tuple[bytes, bytes]:
    """The body and its type."""
    if wire.data is not None:
        return wire.data, b"application/json"
    if wire.upload is not None:
        return b"", b"application/octet-stream"
    if wire.form is None:
        return b"" if wire.body is None else dumps(wire.body), b"application/json"
    content, kind = form_body(wire.form)
    return content, kind.encode()


def _encode_headers(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii", "replace"), _bytes(value)) for name, value in headers.items()]


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "replace").replace(b"\r", b"").replace(b"\n", b"")


def what_it_is(body: bytes) -> str:
    """One clause that says what a body is that should have been JSON."""
    head = body[:200].lstrip().lower()
    if not head:
        return "the server answered with an empty body"
    if head.startswith((b"<!doctype", b"<html", b"<")):
        return "the server answered with a web page (HTML) where JSON was expected"
    return "the server answered with something that is not JSON"
