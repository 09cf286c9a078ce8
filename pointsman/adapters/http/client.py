"""The client of one provider: dialect functions on one side, the driver on the other. No retries, no fallback."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import TypeVar

import attrs
from returns.future import FutureResult
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Target, WireRequest
from pointsman.adapters.http.catalog import Catalog
from pointsman.adapters.http.driver import Driver
from pointsman.adapters.http.endpoint import Endpoint
from pointsman.adapters.http.events import Asking, read_events
from pointsman.adapters.http.texts import STOOD_IN, as_chat, as_completion, complete, count, embed, transcribe
from pointsman.core.completion import Completion, CompletionRequest
from pointsman.core.effect import effect
from pointsman.core.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.error import Fault, InvalidRequest, ModelNotFound, ProviderError, UnsupportedFeature
from pointsman.core.event import Done, Failed, StreamEvent
from pointsman.core.json import Json
from pointsman.core.model import ModelInfo
from pointsman.core.rate import RateLimits
from pointsman.core.request import ChatRequest, check
from pointsman.core.response import Attempt, ChatResponse
from pointsman.core.token_estimate import estimate_request
from pointsman.core.transcription import Transcription, TranscriptionRequest
from pointsman.services.client import Ping, TokenCount
from pointsman.services.off_loop import write_off_loop

_Asked = TypeVar("_Asked", bound=ChatRequest | CompletionRequest | EmbeddingRequest | TranscriptionRequest)


@attrs.frozen
class HttpClient:
    """Asks one provider over HTTP. Built by the layers, closed with their scope."""

    driver: Driver
    catalog: Catalog

    @property
    def endpoint(self) -> Endpoint:
        """Where the requests go."""
        return self.driver.endpoint

    @effect
    async def chat(self, request: ChatRequest) -> Result[ChatResponse, ProviderError]:
        """One answer, in one attempt."""
        asked = self._defaults(request)
        began = self.driver.clock.monotonic()
        wire = unwrap_or_failure(await write_off_loop(asked, lambda: self._wire(asked, stream=False)))
        if not isinstance(wire, WireRequest):
            return Failure(wire)
        body, limits = await self.driver.fetch_with_limits(wire, asked.model, asked.timeout)
        if isinstance(body, Fault):
            return Failure(body)
        result = self.endpoint.dialect.chat.read_response(body, self.endpoint.target(asked.model))
        if isinstance(result, Failure):
            return Failure(self.driver.redacted(result.failure()))
        return Success(self._finished(self.driver.redacted(result.unwrap()), asked, wire, began, limits))

    @asynccontextmanager
    async def stream(self, request: ChatRequest | CompletionRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """The events of one answer, in one attempt; leaving the scope closes the connection."""
        async with aclosing(self._events(request)) as events:
            yield events

    async def _events(self, request: ChatRequest | CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        asked = self._defaults(request)
        began = self.driver.clock.monotonic()
        written, asking = await write_off_loop(asked, lambda: self._streamed(asked))
        wire = unwrap_or_failure(written)
        if not isinstance(wire, WireRequest):
            yield Failed(wire, ChatResponse(provider=self.endpoint.provider))
            return
        async with aclosing(read_events(self.driver, wire, asking)) as events:
            async for event in events:
                yield Done(self._finished(event.response, asked, wire, began)) if isinstance(event, Done) else event

    def complete(self, request: CompletionRequest) -> FutureResult[Completion, ProviderError]:
        """A prompt continued; by a chat with one user message where the dialect has no completions."""
        asked = self._defaults(request)
        if self.endpoint.dialect.complete is not None:
            return FutureResult(complete(self.driver, asked))
        return self.chat(as_chat(asked)).map(as_completion)

    def embed(self, request: EmbeddingRequest) -> FutureResult[EmbeddingResponse, ProviderError]:
        """One vector a text, in as many requests as the provider's batch size needs."""
        return FutureResult(embed(self.driver, self._defaults(request)))

    def transcribe(self, request: TranscriptionRequest) -> FutureResult[Transcription, ProviderError]:
        """The words in recorded speech; `UnsupportedFeature` where the provider has no endpoint for it."""
        return FutureResult(transcribe(self.driver, self._defaults(request)))

    def models(
        self, *, detailed: bool = False, use_cache: bool = True
    ) -> FutureResult[tuple[ModelInfo, ...], ProviderError]:
        """The provider's models, at most `model_cache_ttl` seconds old unless `use_cache` is False."""
        return self.catalog.models(detailed=detailed, use_cache=use_cache)

    def forget_models(self) -> None:
        """Drop the cached lists."""
        self.catalog.forget()

    def ping(self) -> FutureResult[Ping, ProviderError]:
        """Ask for the provider's health page, or its model list."""
        return self.catalog.ping()

    @effect
    async def count_tokens(self, request: ChatRequest) -> Result[TokenCount, ProviderError]:
        """By the provider's endpoint; an estimate where it has none."""
        asked = self._defaults(request)
        guess = Success(TokenCount(estimate_request(asked), True))
        if self.endpoint.dialect.count is None or isinstance(check(asked), Failure):
            return guess
        counted = await count(self.driver, asked)
        if isinstance(counted, Failure) and isinstance(counted.failure(), (ModelNotFound, UnsupportedFeature)):
            return guess
        return counted.map(lambda tokens: TokenCount(tokens, False))

    def _defaults(self, request: _Asked) -> _Asked:
        """`request` with what the settings say where it says nothing."""
        endpoint = self.endpoint
        if isinstance(request, EmbeddingRequest):
            return attrs.evolve(request, model=request.model or endpoint.embedding_model or endpoint.model or "")
        if isinstance(request, TranscriptionRequest):
            return attrs.evolve(request, model=request.model or endpoint.transcription_model or endpoint.model or "")
        if request.model and endpoint.temperature is None and endpoint.max_tokens is None:
            return request
        return attrs.evolve(
            request,
            model=request.model or endpoint.model or "",
            temperature=endpoint.temperature if request.temperature is None else request.temperature,
            max_tokens=endpoint.max_tokens if request.max_tokens is None else request.max_tokens,
        )

    def _streamed(self, request: ChatRequest | CompletionRequest) -> tuple[Result[WireRequest, ProviderError], Asking]:
        """What is to be sent for a stream, and how its answer is read."""
        chat, complete = self.endpoint.dialect.chat, self.endpoint.dialect.complete
        if isinstance(request, ChatRequest):
            return self._wire(request, stream=True), Asking(request, chat.open_reader, chat.read_response)
        if complete is None:
            written, asking = self._streamed(as_chat(request))
            return written.map(lambda wire: attrs.evolve(wire, warnings=(*wire.warnings, STOOD_IN))), asking

        def whole(body: Json, target: Target) -> Result[ChatResponse, ProviderError]:
            return complete.read_response(body, target).map(lambda answer: answer.response)

        wire = complete.write_streamed(request, self.endpoint.target(request.model))
        return wire, Asking(request, complete.open_reader, whole)

    def _wire(self, request: ChatRequest, *, stream: bool) -> Result[WireRequest, ProviderError]:
        checked = check(request)
        if isinstance(checked, Failure):
            return Failure(attrs.evolve(checked.failure(), provider=self.endpoint.provider))
        if not request.model:
            problem = "no model is given; name one with --model or `model`"
            return Failure(InvalidRequest(detail=problem, problems=(problem,), provider=self.endpoint.provider))
        target = self.endpoint.target(request.model)
        return self.endpoint.dialect.chat.write_request(request, target, stream).map(
            lambda wire: _with_request_id(wire, request)
        )

    def _finished(
        self,
        response: ChatResponse,
        request: ChatRequest | CompletionRequest,
        wire: WireRequest,
        began: float,
        limits: RateLimits | None = None,
    ) -> ChatResponse:
        took = (self.driver.clock.monotonic() - began) * 1000
        return attrs.evolve(
            response,
            provider=self.endpoint.provider,
            model=response.model or request.model,
            latency_ms=took,
            attempts=(Attempt(self.endpoint.provider, request.model, took),),
            warnings=(*response.warnings, *wire.warnings),
            rate_limits=limits or response.rate_limits,
        )


def _with_request_id(wire: WireRequest, request: ChatRequest) -> WireRequest:
    if request.request_id is None:
        return wire
    return attrs.evolve(wire, headers={**wire.headers, "x-request-id": request.request_id})
