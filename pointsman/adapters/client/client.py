"""The client of one provider: dialect functions on one side, the driver on the other. No retries, no fallback."""

from __future__ import annotations

from itertools import count
from typing import TypeVar

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.client.catalog import Catalog
from pointsman.adapters.client.driver import Driver, WholeAnswer
from pointsman.adapters.client.endpoint import Endpoint
from pointsman.adapters.client.freeform_calls import freeform_names, restore_calls, restore_stream
from pointsman.adapters.client.operations import complete, count_tokens, embed, perform, transcribe
from pointsman.adapters.client.pictures import FittedChat, fit_pictures
from pointsman.adapters.client.stream import StreamSpec, open_events
from pointsman.adapters.client.unread_whole import fetch_answer
from pointsman.adapters.dialects.dialect import ChatCodec, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.passthrough import is_between_equals, write_onward
from pointsman.core.chat.completion import STOOD_IN, Completion, CompletionRequest, as_chat, as_completion
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import FrameBatch, Started
from pointsman.core.chat.replace import replace
from pointsman.core.chat.request import ChatRequest, check
from pointsman.core.chat.response import ChatResponse, Warning
from pointsman.core.chat.token_estimate import estimate_request
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.effect import is_failure
from pointsman.core.error import (
    Attempt,
    Fault,
    InvalidRequest,
    ModelNotFound,
    ProviderError,
    UnsupportedFeature,
    invalid_request,
)
from pointsman.core.json import Json
from pointsman.core.models.model import ModelHold, ModelInfo
from pointsman.services.ports.client import Answer, ModelsQuery, Operation, Ping, Query, StreamRequest, TokenCount
from pointsman.services.ports.provider_client import ProviderClient
from pointsman.services.streams.event_stream import EventStream
from pointsman.services.tasks.off_loop import write_off_loop

_Request = TypeVar("_Request", ChatRequest, CompletionRequest, EmbeddingRequest)


@attrs.frozen
class HttpClient(ProviderClient[ProviderError]):
    """Asks one provider over HTTP. Built by the layers, closed with their scope."""

    driver: Driver
    catalog: Catalog
    _prefix: str = ""
    """Begins what is made up for a call, such as the ids of tool calls; different in every process."""
    _calls: count[int] = attrs.field(factory=lambda: count(1), init=False, repr=False, eq=False)

    @property
    def endpoint(self) -> Endpoint:
        """Where the requests go."""
        return self.driver.endpoint

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ProviderError]:
        """One answer, in one attempt."""
        fitted = await self._fit(self._hold(request))
        if not isinstance(fitted, FittedChat):
            return Failure(fitted)
        asked = fitted.request
        began = self.driver.clock.monotonic()
        target, codec = self._target(asked.model), self._codec(asked)
        written = await write_off_loop(asked, lambda: self._wire(asked, codec, target, stream=False))
        if is_failure(written):
            return Failure(written.failure())
        wire = _with_warnings(written.unwrap(), fitted.warnings)
        whole = await fetch_answer(
            self.driver, wire, asked.model, asked.timeout, lambda body: codec.read_response(body, target)
        )
        if not isinstance(whole, WholeAnswer):
            return Failure(whole)
        result = codec.read_response(whole.body, target)
        if is_failure(result):
            return Failure(self.driver.redact(result.failure()))
        response = result.unwrap()
        if whole.data is None:
            response = restore_calls(response, freeform_names(asked))
        return Success(self._finish_response(response, asked, wire, began, whole))

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """The events of one answer, in one attempt."""
        fitted = await self._fit(self._hold(request))
        if not isinstance(fitted, FittedChat):
            return self._fail(fitted)
        return await self._open(fitted.request, fitted.warnings)

    async def open_completion(self, request: CompletionRequest) -> EventStream:
        """A prompt continued, in one attempt; by a chat where the dialect streams no completions."""
        return await self._open(self._hold(request), ())

    async def _open(self, asked: StreamRequest, lost: tuple[Warning, ...]) -> EventStream:
        began = self.driver.clock.monotonic()
        written, spec = await write_off_loop(asked, lambda: self._prepare_stream(asked))
        wire = unwrap_or_failure(written)
        if not isinstance(wire, WireRequest):
            return self._fail(wire)
        wire = _with_warnings(wire, lost)
        names = freeform_names(asked) if isinstance(asked, ChatRequest) and not wire.is_forwarded else frozenset()
        spec = replace(spec, in_batches=asked.original is not None and not names)
        stream = await open_events(self.driver, wire, spec)
        self._introduce(stream, asked.model, wire)
        if names:
            unread = stream.unread
            stream = await restore_stream(stream, names)
            stream.unread = unread
        stream.map_response(lambda response: self._finish_response(response, asked, wire, began))
        return stream

    def _fail(self, error: ProviderError) -> EventStream:
        return EventStream.fail_with(error, ChatResponse(provider=self.endpoint.provider))

    async def call_complete(self, request: CompletionRequest) -> Result[Completion, ProviderError]:
        """A prompt continued; by a chat with one user message where the dialect has no completions."""
        asked = self._hold(request)
        if self.endpoint.dialect.complete is not None:
            return await complete(self.driver, asked)
        return (await self.call_chat(as_chat(asked))).map(as_completion)

    async def call_embed(self, request: EmbeddingRequest) -> Result[EmbeddingResponse, ProviderError]:
        """One vector a text, in as many requests as the provider's batch size needs."""
        return await embed(self.driver, self._hold(request))

    async def call_transcribe(self, request: TranscriptionRequest) -> Result[Transcription, ProviderError]:
        """The words in recorded speech; `UnsupportedFeature` where the provider has no endpoint for it."""
        return await transcribe(self.driver, request)

    async def call_other(self, operation: Operation[Query, Answer], request: Query) -> Result[Answer, ProviderError]:
        """As the dialect has it; `UnsupportedFeature` where it has not."""
        return await perform(self.driver, operation, request)

    async def call_models(self, query: ModelsQuery) -> Result[tuple[ModelInfo, ...], ProviderError]:
        """The provider's models, at most `model_cache_ttl` seconds old unless the query will have them anew."""
        return await self.catalog.models(detailed=query.detailed, use_cache=query.use_cache)

    def forget_models(self) -> None:
        """Drop the cached lists."""
        self.catalog.forget()

    async def call_ping(self, nothing: None) -> Result[Ping, ProviderError]:
        """One cheap request."""
        return await self.catalog.ping()

    async def call_hold(self, hold: ModelHold) -> Result[Ping, ProviderError]:
        """Keep a model loaded, where the server can and a model is known; else one cheap request."""
        endpoint, clock = self.endpoint, self.driver.clock
        model = hold.model
        if endpoint.holding is None or not model:
            return await self.catalog.ping()
        began = clock.monotonic()
        written = endpoint.holding.write_request(attrs.evolve(hold, model=model), endpoint.target(model))
        wire = unwrap_or_failure(written)
        answer = await self.driver.fetch(wire, model) if isinstance(wire, WireRequest) else wire
        error = answer if isinstance(answer, Fault) else None
        took = (clock.monotonic() - began) * 1000
        return Success(Ping(endpoint.provider, error is None, took, clock.now(), error))

    async def call_count(self, request: ChatRequest) -> Result[TokenCount, ProviderError]:
        """The provider's own count where it has one."""
        asked = request
        guess = Success(TokenCount(estimate_request(asked), True))
        if self.endpoint.dialect.count is None or is_failure(check(asked)):
            return guess
        counted = await count_tokens(self.driver, asked)
        if is_failure(counted) and self._may_guess(asked, counted.failure()):
            return guess
        return counted.map(lambda done: TokenCount(done.answer, False, done.original))

    def _may_guess(self, request: ChatRequest, error: ProviderError) -> bool:
        """Whether an estimate may stand in: not where the client asked the vendor itself, whose error is the answer."""
        dialect = self.endpoint.dialect
        if dialect.count is not None and is_between_equals(dialect, "count", dialect.count.forward, request):
            return False
        return isinstance(error, (ModelNotFound, UnsupportedFeature))

    def _hold(self, request: _Request) -> _Request:
        """`request`, which has its model kept loaded, where the server can and the settings say so."""
        endpoint = self.endpoint
        if endpoint.holding is None or endpoint.hold_seconds is None:
            return request
        field = {endpoint.holding.field: round(endpoint.hold_seconds)}
        return attrs.evolve(request, extra={**field, **request.extra})

    async def _fit(self, request: ChatRequest) -> FittedChat | InvalidRequest:
        """`request` with pictures that the provider takes; what goes on as its client sent it is not looked at."""
        endpoint, codec = self.endpoint, self._codec(request)
        operation = "chat" if codec is endpoint.dialect.chat else "complete"
        if endpoint.fit_image is None or is_between_equals(endpoint.dialect, operation, codec.forward, request):
            return FittedChat(request)
        return unwrap_or_failure(await fit_pictures(request, endpoint.fit_image, endpoint.provider))

    def _prepare_stream(
        self, request: ChatRequest | CompletionRequest
    ) -> tuple[Result[WireRequest, ProviderError], StreamSpec]:
        """What is to be sent for a stream, and how its answer is read."""
        dialect, target = self.endpoint.dialect, self._target(request.model)
        complete = dialect.complete
        hide_usage = request.original is not None and not request.original.wants_usage
        if isinstance(request, ChatRequest):
            codec = self._codec(request)
            spec = StreamSpec(request, target, codec.open_reader, codec.read_response, hide_usage)
            return self._wire(request, codec, target, stream=True), spec
        if complete is None:
            written, spec = self._prepare_stream(as_chat(request))
            return written.map(lambda wire: attrs.evolve(wire, warnings=(*wire.warnings, STOOD_IN))), spec

        def whole(body: Json, target: Target) -> Result[ChatResponse, ProviderError]:
            return complete.read_response(body, target).map(lambda answer: answer.response)

        wire = write_onward(
            dialect, "complete", complete.forward, request, target, stream=True, write=complete.write_streamed
        )
        return wire, StreamSpec(request, target, complete.open_reader, whole, hide_usage)

    def _codec(self, request: ChatRequest) -> ChatCodec:
        """How `request` goes: by the dialect's completions where it came so and asked for what only a chat can do."""
        dialect, original = self.endpoint.dialect, request.original
        came_as_completion = (
            original is not None and original.operation == "complete" and original.dialect == dialect.name
        )
        if came_as_completion and dialect.complete is not None and dialect.complete.chat is not None:
            return dialect.complete.chat
        return dialect.chat

    def _target(self, model: str) -> Target:
        return self.endpoint.target(model, f"{self._prefix}{next(self._calls):x}")

    def _wire(
        self, request: ChatRequest, codec: ChatCodec, target: Target, *, stream: bool
    ) -> Result[WireRequest, ProviderError]:
        if not request.model:
            problem = "no model is given; name one with --model or `model`"
            provider = self.endpoint.provider
            return Failure(invalid_request(problem, provider=provider))
        dialect = self.endpoint.dialect
        operation = "chat" if codec is dialect.chat else "complete"

        def write(asked: ChatRequest, whom: Target) -> Result[WireRequest, WriteFailure]:
            checked = check(asked)
            if is_failure(checked):
                return Failure(attrs.evolve(checked.failure(), provider=self.endpoint.provider))
            return codec.write_request(asked, whom, stream)

        written = write_onward(dialect, operation, codec.forward, request, target, stream=stream, write=write)
        return written if request.request_id is None else written.map(lambda wire: _with_request_id(wire, request))

    def _introduce(self, stream: EventStream, model: str, wire: WireRequest) -> None:
        """Put into the first event who answers and what was left out of the request; comments may come before it."""
        for number, item in enumerate(stream.head):
            first = item.events[0] if isinstance(item, FrameBatch) and item.events else item
            if isinstance(first, Started):
                provider = self.endpoint.provider
                first = attrs.evolve(first, model=first.model or model, provider=provider, warnings=wire.warnings)
                if isinstance(item, FrameBatch):
                    stream.head[number] = attrs.evolve(item, events=(first, *item.events[1:]))
                else:
                    stream.head[number] = first
            if not isinstance(first, FrameBatch):
                return

    def _finish_response(
        self,
        response: ChatResponse,
        request: ChatRequest | CompletionRequest,
        wire: WireRequest,
        began: float,
        whole: WholeAnswer | None = None,
    ) -> ChatResponse:
        took, provider = (self.driver.clock.monotonic() - began) * 1000, self.endpoint.provider
        return replace(
            response,
            provider=provider,
            model=response.model or request.model,
            latency_ms=took,
            attempts=(Attempt(provider, request.model, took, began=began),),
            warnings=(*response.warnings, *wire.warnings) if wire.warnings else response.warnings,
            rate_limits=response.rate_limits if whole is None else whole.limits or response.rate_limits,
            original=response.original if whole is None else whole.original_of(response),
        )


def _with_warnings(wire: WireRequest, warnings: tuple[Warning, ...]) -> WireRequest:
    return attrs.evolve(wire, warnings=(*warnings, *wire.warnings)) if warnings else wire


def _with_request_id(wire: WireRequest, request: ChatRequest) -> WireRequest:
    return attrs.evolve(wire, headers={**wire.headers, "x-request-id": request.request_id or ""})
