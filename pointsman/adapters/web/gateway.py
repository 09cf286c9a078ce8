"""The gateway: what the vendors' SDKs ask in their own dialects is answered from any model, in the same dialect."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qsl

import attrs
from returns.result import Failure, Result

from pointsman.adapters.dialects.dialect import CompletionCodec, Dialect, ErrorReply, Inbound, StreamWriter
from pointsman.adapters.dialects.inbound import read_inbound
from pointsman.adapters.dialects.routing import PathTable, RouteMatch
from pointsman.adapters.web.caller import Caller, Headers, forbidden, gateway_caller
from pointsman.adapters.web.catalogue import Catalogue
from pointsman.adapters.web.headers import header_value
from pointsman.adapters.web.key_ring import KeyRing
from pointsman.adapters.web.large_bodies import read_json, read_off_loop
from pointsman.adapters.web.model_access import model_refusal
from pointsman.adapters.web.site import Site
from pointsman.adapters.web.wire import (
    ClientGone,
    Receive,
    Scope,
    Send,
    TooLarge,
    Watch,
    answer,
    read_body,
)
from pointsman.core.completion import CompletionRequest
from pointsman.core.effect import settle
from pointsman.core.error import InvalidRequest, LLMError, UnsupportedFeature
from pointsman.core.event import Failed
from pointsman.core.json import JsonObject, dumps
from pointsman.core.options import CallOptions
from pointsman.core.overrides import overridden
from pointsman.core.request import ChatRequest
from pointsman.core.response import ChatResponse
from pointsman.services.app import App
from pointsman.services.off_loop import estimate_off_loop
from pointsman.services.opening import early_failure, opening

BASES: dict[str, tuple[str, ...]] = {
    "openai-chat": ("/v1", "/openai/v1"),
    "openai-responses": ("/v1", "/openai/v1"),
    "anthropic": ("/v1", "/anthropic/v1"),
    "gemini": ("/v1beta", "/v1", "/v1alpha"),
    "ollama": ("/api",),
}
"""Under which paths each dialect is served. `/api/v1` and `/api/llm` belong to the API."""

_STREAM_TYPES = {"sse": b"text/event-stream; charset=utf-8", "ndjson": b"application/x-ndjson"}
_JSON = (b"content-type", b"application/json")
_UNSTAMPED = (b'"created":0,', b'"created_at":0,', b'"created":0}')
_MOST_PATHS = 4096


@attrs.define(eq=False)
class Gateway:
    """Serves the dialects of `table` from the models of `site`."""

    site: Site
    table: PathTable
    ring: KeyRing
    catalogue: Catalogue
    _found: dict[tuple[str, str, bool, bool], RouteMatch | None] = attrs.field(factory=dict, repr=False)

    def find(self, method: str, path: str, headers: Headers) -> RouteMatch | None:
        """The route of a request, remembered."""
        key = (method, path, "anthropic-version" in headers or "x-api-key" in headers, "x-goog-api-key" in headers)
        if key not in self._found:
            if len(self._found) >= _MOST_PATHS:
                self._found.clear()
            self._found[key] = self.table.find(method, path, headers)
        return self._found[key]

    async def serve(self, found: RouteMatch, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        """Answer one request."""
        outcome = await self._understood(found, scope, receive, headers)
        if isinstance(outcome, Failure):
            await _refuse(send, found.dialect, outcome.failure())
            return
        caller, inbound = outcome.unwrap()
        with Watch(receive), self.site.running.lease() as app:
            await self._answer(app, caller, found, inbound, send)

    async def _understood(
        self, found: RouteMatch, scope: Scope, receive: Receive, headers: Headers
    ) -> Result[tuple[Caller, Inbound], LLMError]:
        """Who asks what."""
        asked = scope["query_string"]
        query = dict(parse_qsl(asked.decode("latin-1"))) if asked else {}
        known = await gateway_caller(self.site, self.ring, headers, query)
        if isinstance(known, Failure):
            return Failure(known.failure())
        refused = forbidden(known.unwrap(), "chat")
        if refused is not None:
            return Failure(refused)
        try:
            body = await read_body(receive, self.site.policy.max_body)
        except TooLarge:
            most = self.site.policy.max_body // 2**20
            return Failure(InvalidRequest(detail=f"the request is larger than {most} MB", status=413, local=True))
        except ClientGone:
            return Failure(InvalidRequest(detail="the client went away", status=499, local=True))
        query.pop("key", None)
        kind, method = headers.get("content-type", ""), scope["method"]
        most = self.site.policy.max_values if found.route.operation != "transcribe" else len(body)  # a form has none
        read = await read_json(body, most, lambda: read_inbound(found, method, query, kind, body))
        return read.map(lambda inbound: (known.unwrap(), inbound))

    async def _answer(self, app: App, caller: Caller, found: RouteMatch, inbound: Inbound, send: Send) -> None:
        match found.route.operation:
            case "chat":
                await self._chat(app, caller, found.dialect, inbound, send)
            case "complete" if found.dialect.complete is not None:
                await self._complete(app, caller, found, found.dialect.complete, inbound, send)
            case "complete" | "embed" | "count" | "transcribe":
                await self._whole(app, caller, found, inbound, send)
            case _:
                read = await self.catalogue.answer(app, found, inbound)
                await _told(send, found.dialect, read)

    async def _chat(self, app: App, caller: Caller, dialect: Dialect, inbound: Inbound, send: Send) -> None:
        read = await read_off_loop(lambda: dialect.chat.read_request(inbound), inbound.size)
        if isinstance(read, Failure):
            await _refuse(send, dialect, read.failure())
            return
        asked = read.unwrap()
        refused = model_refusal(caller, app, asked.request.model)
        if refused is not None:
            await _refuse(send, dialect, refused)
            return
        await estimate_off_loop(asked.request)
        own = self.site.running.overrides.get(caller.name, {})
        request = overridden(_billed(asked.request, caller), own)
        if asked.stream:
            writer = dialect.chat.open_writer(attrs.evolve(asked, request=request))
            await _stream(app, dialect, writer, request, send)
            return
        result = await settle(app.client.chat(request))
        if isinstance(result, Failure):
            await _refuse(send, dialect, result.failure())
            return
        response = result.unwrap()
        await answer(send, 200, _stamped(dumps(dialect.chat.write_response(response))), (_JSON, *_facts(response)))

    async def _complete(
        self, app: App, caller: Caller, found: RouteMatch, codec: CompletionCodec, inbound: Inbound, send: Send
    ) -> None:
        if codec.chat is not None and codec.needs_chat(inbound):
            await self._chat(app, caller, attrs.evolve(found.dialect, chat=codec.chat), inbound, send)
            return
        asked = await read_off_loop(lambda: codec.read_call(inbound), inbound.size)
        if not asked.map(lambda one: one.stream).value_or(False):
            await self._whole(app, caller, found, inbound, send)
            return
        one = asked.unwrap()
        refused = model_refusal(caller, app, one.request.model, chat=False)
        if refused is not None:
            await _refuse(send, found.dialect, refused)
            return
        await _stream(app, found.dialect, codec.open_writer(one), _billed(one.request, caller), send)

    async def _whole(self, app: App, caller: Caller, found: RouteMatch, inbound: Inbound, send: Send) -> None:
        """What is not streamed: a completion, vectors, a count."""
        exchange: Any = getattr(found.dialect, found.route.operation)
        if exchange is None:
            await _refuse(send, found.dialect, UnsupportedFeature(detail="", feature=found.route.operation, local=True))
            return
        read = await read_off_loop(lambda: exchange.read_request(inbound), inbound.size)
        if isinstance(read, Failure):
            await _refuse(send, found.dialect, read.failure())
            return
        request = read.unwrap()
        refused = model_refusal(caller, app, request.model, chat=False)
        if refused is not None:
            await _refuse(send, found.dialect, refused)
            return
        result = await _asked(app, found.route.operation, _billed(request, caller))
        if isinstance(result, Failure):
            await _refuse(send, found.dialect, result.failure())
            return
        await answer(send, 200, _stamped(dumps(exchange.write_response(result.unwrap()))), (_JSON,))


async def _stream(
    app: App, dialect: Dialect, writer: StreamWriter, request: ChatRequest | CompletionRequest, send: Send
) -> None:
    async with app.client.stream(request) as events:
        head = await opening(events)
        failed = early_failure(head)
        if failed is not None:  # nothing has been said yet: an error can still be told as one
            await _refuse(send, dialect, failed.error)
            return
        headers = [(b"content-type", _STREAM_TYPES[dialect.framing]), (b"cache-control", b"no-cache")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        first = b"".join(writer.write(event) for event in head)
        if first:
            await send({"type": "http.response.body", "body": _stamped(first), "more_body": True})
        if not (head and isinstance(head[-1], Failed)):
            async for event in events:
                data = writer.write(event)
                if data:
                    await send({"type": "http.response.body", "body": _stamped(data), "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _asked(app: App, operation: str, request: Any) -> Result[Any, LLMError]:
    if operation == "complete":
        return await settle(app.client.complete(request))
    if operation == "embed":
        return await settle(app.client.embed(request))
    if operation == "transcribe":
        return await settle(app.client.transcribe(request))
    return (await settle(app.client.count_tokens(request))).map(lambda counted: counted.tokens)


async def _told(send: Send, dialect: Dialect, read: Result[JsonObject, LLMError]) -> None:
    if isinstance(read, Failure):
        await _refuse(send, dialect, read.failure())
    else:
        await answer(send, 200, dumps(read.unwrap()), (_JSON,))


async def _refuse(send: Send, dialect: Dialect, error: LLMError) -> None:
    reply: ErrorReply = dialect.write_error(error)
    headers = {"content-type": "application/json", **reply.headers}
    raw = [(name.encode("latin-1"), header_value(value)) for name, value in headers.items()]
    own = error.status if error.local else None  # what we refuse ourselves says so in its status, too
    await answer(send, own or reply.status, reply.body, raw)


def _billed(request: Any, caller: Caller) -> Any:
    tags = () if caller.key is None else (f"key:{caller.key.name}",)
    return attrs.evolve(request, options=CallOptions(tenant=caller.tenant, tags=tags))


def _facts(response: ChatResponse) -> tuple[tuple[bytes, bytes], ...]:
    """What a response says beside the answer: who gave it, whether from the cache, what it cost."""
    found = {
        "x-pointsman-model": f"{response.provider}/{response.model}",
        "x-pointsman-cost": str(response.cost.amount) if response.cost.complete else "unknown",
        "x-pointsman-cache": response.cache or "miss",
    }
    return tuple((name.encode(), header_value(value)) for name, value in found.items())


def _stamped(body: bytes) -> bytes:
    """`body` with the time in it where the dialects, which have no clock, wrote 0. JSON texts hold no bare quotes."""
    for mark in _UNSTAMPED:
        if mark in body:
            body = body.replace(mark, mark.replace(b":0", b":%d" % int(time.time())))
    return body
