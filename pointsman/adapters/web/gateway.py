"""The gateway: what the vendors' SDKs ask in their own dialects is answered from any model, in the same dialect."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Generic, TypeVar
from urllib.parse import parse_qsl

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import (
    ChatCodec,
    Codec,
    CompletionCodec,
    Dialect,
    Inbound,
    InboundCall,
    StreamWriter,
)
from pointsman.adapters.dialects.inbound import read_inbound
from pointsman.adapters.dialects.passthrough import AnyQuery, original_answer, remember_original
from pointsman.adapters.dialects.routing import PathTable, RouteMatch
from pointsman.adapters.dialects.unsupported_answers import lost_parts
from pointsman.adapters.web.access_log import note_caller
from pointsman.adapters.web.allowed_models import find_allowed_models
from pointsman.adapters.web.answer_headers import answer_headers, encode_headers, warning_headers
from pointsman.adapters.web.asgi import (
    BodyTooLarge,
    ClientGone,
    Receive,
    Scope,
    Send,
    Watch,
    Watches,
    answer,
    read_body,
)
from pointsman.adapters.web.caller import Caller, Headers, find_refusal, gateway_caller, options_of, overrides_of
from pointsman.adapters.web.large_bodies import read_json, read_off_loop
from pointsman.adapters.web.model_catalogue import Catalogue
from pointsman.adapters.web.open_connections import OpenConnections
from pointsman.adapters.web.site import WebServices
from pointsman.adapters.web.stream_relay import JsonArray, StreamRelay
from pointsman.adapters.web.stream_sending import JSON, StreamSending, refuse
from pointsman.core.chat.completion import CompletionRequest
from pointsman.core.chat.options import CallOptions
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.request_defaults import override
from pointsman.core.chat.transcription import TranscriptionRequest
from pointsman.core.effect import is_failure
from pointsman.core.error import InvalidRequest, LLMError, UnsupportedFeature
from pointsman.core.json import JsonObject, dumps
from pointsman.services.app import App
from pointsman.services.interceptors.interceptor import AnyRequest
from pointsman.services.ports.client import CHAT, COMPLETE, COUNT_TOKENS, EMBED, TRANSCRIBE, Operation, TokenCount
from pointsman.services.tasks.off_loop import estimate_off_loop

GATEWAY_PATHS = ("/v1/", "/v1beta/", "/v1alpha/", "/openai/", "/anthropic/", "/api/")
"""Whatever lies below these was meant for the gateway, also where there is nothing."""
_MOST_PATHS = 4096
_RANDOM = random.Random()
"""Makes ids of answers, which are no secret; asking the system each time costs more."""
_Query = TypeVar("_Query", bound=AnyRequest)
_Kept = TypeVar("_Kept", bound=AnyQuery)
_Reply = TypeVar("_Reply")
_Written = TypeVar("_Written")


@attrs.define(eq=False)
class Gateway:
    """Serves the dialects of `table` from the models of `site`."""

    site: WebServices
    table: PathTable
    catalogue: Catalogue
    open_connections: OpenConnections
    watches: Watches = attrs.field(factory=Watches, repr=False)
    _found: dict[tuple[str, str, bool, bool], RouteMatch | None] = attrs.field(factory=dict, repr=False)

    def find(self, method: str, path: str, headers: Headers) -> RouteMatch | None:
        """The route of a request, remembered."""
        key = (method, path, "anthropic-version" in headers or "x-api-key" in headers, "x-goog-api-key" in headers)
        if key not in self._found:
            if len(self._found) >= _MOST_PATHS:
                self._found.clear()
            self._found[key] = self.table.find(method, path, headers)
        return self._found[key]

    async def refuse_path(self, method: str, path: str, headers: Headers, send: Send) -> None:
        """Say, in the words of the dialect that the path or the headers point to, that nothing is there."""
        dialect = self.table.guess(path, headers)
        methods = self.table.methods(path)
        if methods:
            detail = f"{path} takes {' and '.join(methods)}, not {method}"
            wrong = InvalidRequest(detail=detail, status=405, local=True)
            await refuse(send, dialect, wrong, (("allow", ", ".join(methods)),))
        else:
            detail = f"there is no {path} here; the gateway's paths are listed in docs/reference/http.md"
            await refuse(send, dialect, InvalidRequest(detail=detail, status=404, local=True))

    async def serve(self, found: RouteMatch, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        """Answer one request."""
        outcome = await self._read_call(found, scope, receive, headers)
        if is_failure(outcome):
            await refuse(send, found.dialect, outcome.failure())
            return
        caller, inbound = outcome.unwrap()
        with Watch(receive, self.watches), self.site.running.lease() as app:
            await self._answer(app, caller, found, inbound, send)

    async def _read_call(
        self, found: RouteMatch, scope: Scope, receive: Receive, headers: Headers
    ) -> Result[tuple[Caller, Inbound], LLMError]:
        """Who asks what."""
        asked = scope["query_string"]
        query = dict(parse_qsl(asked.decode("latin-1"))) if asked else {}
        known = await gateway_caller(self.site, headers, query)
        if is_failure(known):
            return Failure(known.failure())
        note_caller(known.unwrap())
        refused = find_refusal(known.unwrap(), "chat")
        if refused is not None:
            return Failure(refused)
        try:
            body = await read_body(receive, self.site.policy.max_body)
        except BodyTooLarge:
            most = self.site.policy.max_body // 2**20
            return Failure(InvalidRequest(detail=f"the request is larger than {most} MB", status=413, local=True))
        except ClientGone:
            return Failure(InvalidRequest(detail="the client went away", status=499, local=True))
        query.pop("key", None)
        most = self.site.policy.max_values if found.route.operation != "transcribe" else len(body)  # a form has none
        read = await read_json(body, most, lambda: read_inbound(found, scope["method"], query, headers, body))
        return Failure(read.failure()) if is_failure(read) else Success((known.unwrap(), read.unwrap()))

    async def _answer(self, app: App, caller: Caller, found: RouteMatch, inbound: Inbound, send: Send) -> None:
        match found.route.operation:
            case "chat":
                await self._chat(app, caller, found, found.dialect.chat, inbound, send)
            case "complete" if found.dialect.complete is not None:
                await self._complete(app, caller, found, found.dialect.complete, inbound, send)
            case "complete" | "embed" | "count" | "transcribe":
                await self._whole(app, caller, found, inbound, send)
            case _:
                read = await self.catalogue.answer(app, found, inbound, caller.key)
                await _send_reading(send, found.dialect, read)

    async def _chat(
        self, app: App, caller: Caller, found: RouteMatch, codec: ChatCodec, inbound: Inbound, send: Send
    ) -> None:
        dialect = found.dialect
        read = await read_off_loop(lambda: codec.read_request(inbound), len(inbound.data))
        if is_failure(read):
            await refuse(send, dialect, read.failure())
            return
        call = _identify(read.unwrap())
        allowed = await find_allowed_models(app, caller.key, call.request.model)
        if is_failure(allowed):
            await refuse(send, dialect, allowed.failure())
            return
        await estimate_off_loop(call.request)
        own = overrides_of(self.site, caller)
        options = options_of(caller, allowed=allowed.unwrap())
        request = override(remember_original(dialect, found.route.operation, call, inbound, options), own)
        if call.stream:
            asked = _Asked(app, caller, dialect, inbound, send)
            await self._stream(asked, codec.open_writer(call), request)
            return
        result = await app.client.call(CHAT, request)
        if is_failure(result):
            await refuse(send, dialect, result.failure())
            return
        response = result.unwrap()
        original = original_answer(dialect, response)
        if original is None:
            lost = lost_parts(dialect.name, response)
            response = attrs.evolve(response, warnings=(*response.warnings, *lost)) if lost else response
        data = dumps(codec.write_response(response, call)) if original is None else original.data
        vendors = () if original is None else encode_headers(original.headers)
        await answer(send, 200, data, (JSON, *vendors, *answer_headers(response)))

    async def _complete(
        self, app: App, caller: Caller, found: RouteMatch, codec: CompletionCodec, inbound: Inbound, send: Send
    ) -> None:
        if codec.chat is not None and codec.needs_chat(inbound):
            await self._chat(app, caller, found, codec.chat, inbound, send)
            return
        read = await read_off_loop(lambda: codec.read_request(inbound), len(inbound.data))
        if not read.map(lambda call: call.stream).value_or(False):
            await self._whole(app, caller, found, inbound, send)
            return
        call = _identify(read.unwrap())
        allowed = await find_allowed_models(app, caller.key, call.request.model)
        if is_failure(allowed):
            await refuse(send, found.dialect, allowed.failure())
            return
        options = options_of(caller, allowed=allowed.unwrap())
        request = remember_original(found.dialect, "complete", call, inbound, options)
        asked = _Asked(app, caller, found.dialect, inbound, send)
        await self._stream(asked, codec.open_writer(call), request)

    async def _stream(self, asked: _Asked, writer: StreamWriter, request: ChatRequest | CompletionRequest) -> None:
        dialect = asked.dialect
        array = None if asked.inbound.as_events else JsonArray()
        sending = StreamSending(dialect, asked.send, StreamRelay(writer, dialect.passthrough), array)
        with self.open_connections.hold(asked.caller, "chat") as held:
            stream = await asked.app.client.open(request)
            try:
                await sending.send_all(stream)
            finally:
                await stream.close()
        if held.ended is not None:
            await sending.fail(held.ended)

    async def _whole(self, app: App, caller: Caller, found: RouteMatch, inbound: Inbound, send: Send) -> None:
        """What is not streamed: a completion, vectors, the words of a sound, a count."""
        dialect, asked = found.dialect, _Asked(app, caller, found.dialect, inbound, send)
        match found.route.operation:
            case "complete":
                await _answer_whole(asked, _Whole("complete", COMPLETE, dialect.complete, _remember, _as_it_is))
            case "embed":
                await _answer_whole(asked, _Whole("embed", EMBED, dialect.embed, _remember, _as_it_is))
            case "transcribe":
                await _answer_whole(asked, _Whole("transcribe", TRANSCRIBE, dialect.transcribe, _name_sound, _as_it_is))
            case _:
                await _answer_whole(asked, _Whole("count", COUNT_TOKENS, dialect.count, _remember, _tokens_of))


@attrs.frozen
class _Asked:
    """A request that came, and who is to have its answer."""

    app: App
    caller: Caller
    dialect: Dialect
    inbound: Inbound
    send: Send


@attrs.frozen
class _Whole(Generic[_Query, _Reply, _Written]):
    """An operation without streaming: what it is asked with, and what of its answer a codec writes."""

    name: str
    operation: Operation[_Query, _Reply]
    codec: Codec[_Query, _Written] | None
    prepare: Callable[[_Asked, str, InboundCall[_Query], CallOptions], _Query]
    written: Callable[[_Reply], _Written]


async def _answer_whole(asked: _Asked, whole: _Whole[_Query, _Reply, _Written]) -> None:
    dialect, inbound, send, codec = asked.dialect, asked.inbound, asked.send, whole.codec
    if codec is None:
        await refuse(send, dialect, UnsupportedFeature(detail="", feature=whole.name, local=True))
        return
    read = await read_off_loop(lambda: codec.read_request(inbound), len(inbound.data))
    if is_failure(read):
        await refuse(send, dialect, read.failure())
        return
    call = _identify(read.unwrap())
    allowed = await find_allowed_models(asked.app, asked.caller.key, call.request.model)
    if is_failure(allowed):
        await refuse(send, dialect, allowed.failure())
        return
    options = options_of(asked.caller, allowed=allowed.unwrap())
    result = await asked.app.client.call(whole.operation, whole.prepare(asked, whole.name, call, options))
    if is_failure(result):
        await refuse(send, dialect, result.failure())
        return
    response = result.unwrap()
    original = original_answer(dialect, response)
    if original is not None and not codec.is_as_asked(original.data, call):
        original = None
    data = dumps(codec.write_response(whole.written(response), call)) if original is None else original.data
    vendors = () if original is None else encode_headers(original.headers)
    warnings = warning_headers(getattr(response, "warnings", ()))
    await answer(send, 200, data, (JSON, *vendors, *warnings))


def _remember(asked: _Asked, name: str, call: InboundCall[_Kept], options: CallOptions) -> _Kept:
    return remember_original(asked.dialect, name, call, asked.inbound, options)


def _name_sound(
    asked: _Asked, name: str, call: InboundCall[TranscriptionRequest], options: CallOptions
) -> TranscriptionRequest:
    """A form with a sound in it goes on to nobody as it came."""
    return attrs.evolve(call.request, options=options)


def _as_it_is(response: _Reply) -> _Reply:
    return response


def _tokens_of(count: TokenCount) -> int:
    return count.tokens


def _identify(call: InboundCall[_Query]) -> InboundCall[_Query]:
    """`call` with what its answer is written with: an id of its own, and the time."""
    return InboundCall(  # `attrs.evolve` takes four times as long
        call.request,
        call.stream,
        call.include_usage,
        call.untranslated,
        call.answer_form,
        f"{_RANDOM.getrandbits(96):024x}",
        time.time(),
    )


async def _send_reading(send: Send, dialect: Dialect, read: Result[JsonObject, LLMError]) -> None:
    if is_failure(read):
        await refuse(send, dialect, read.failure())
    else:
        await answer(send, 200, dumps(read.unwrap()), (JSON,))
