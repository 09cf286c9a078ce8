"""A client of clients: `provider/model` says which one is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import attrs
from returns.future import FutureResult

from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.replace import replace
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.error import LLMError, ModelNotFound
from pointsman.core.models.model import ModelInfo, Places
from pointsman.core.routing.policy import AUTO
from pointsman.services.interceptors.interceptor import AnyRequest
from pointsman.services.ports.client import Client, Ping, ResponseStream, TokenCount
from pointsman.services.routing.planner import not_configured
from pointsman.services.streams.failed_stream import failed_stream

_Request = TypeVar("_Request", bound=AnyRequest)


@attrs.frozen
class ByReference:
    """Sends each request to the provider its model names, else to `default`.

    Who that is says `places`; naming a provider that is not set up is a `ModelNotFound`. `models_by_default` are asked
    where only the provider is named, but not for embeddings and transcriptions: their default is the provider's own
    affair.
    """

    clients: Mapping[str, Client]
    places: Places
    models_by_default: Mapping[str, str] = attrs.field(factory=dict)

    def chat(self, request: ChatRequest) -> FutureResult[ChatResponse, LLMError]:
        """As `Client.chat`."""
        match self._route(request):
            case (client, asked):
                return client.chat(asked)
            case error:
                return FutureResult.from_failure(error)

    def stream(self, request: ChatRequest | CompletionRequest) -> ResponseStream:
        """As `Client.stream`."""
        match self._route(request):
            case (client, asked):
                return client.stream(asked)
            case error:
                return failed_stream(error)

    def complete(self, request: CompletionRequest) -> FutureResult[Completion, LLMError]:
        """As `Client.complete`."""
        match self._route(request):
            case (client, asked):
                return client.complete(asked)
            case error:
                return FutureResult.from_failure(error)

    def embed(self, request: EmbeddingRequest) -> FutureResult[EmbeddingResponse, LLMError]:
        """As `Client.embed`."""
        match self._route(request):
            case (client, asked):
                return client.embed(asked)
            case error:
                return FutureResult.from_failure(error)

    def transcribe(self, request: TranscriptionRequest) -> FutureResult[Transcription, LLMError]:
        """As `Client.transcribe`."""
        match self._route(request):
            case (client, asked):
                return client.transcribe(asked)
            case error:
                return FutureResult.from_failure(error)

    def count_tokens(self, request: ChatRequest) -> FutureResult[TokenCount, LLMError]:
        """As `Client.count_tokens`."""
        match self._route(request):
            case (client, asked):
                return client.count_tokens(asked)
            case error:
                return FutureResult.from_failure(error)

    def models(
        self, *, detailed: bool = False, use_cache: bool = True
    ) -> FutureResult[tuple[ModelInfo, ...], LLMError]:
        """The models of the default provider; ask `clients[name]` for another's."""
        return self._chosen().models(detailed=detailed, use_cache=use_cache)

    def forget_models(self) -> None:
        """Drop every provider's cached list."""
        for client in self.clients.values():
            client.forget_models()

    def ping(self) -> FutureResult[Ping, LLMError]:
        """Ping the default provider."""
        return self._chosen().ping()

    def _chosen(self) -> Client:
        return self.clients[self.places.default]

    def _route(self, request: _Request) -> tuple[Client, _Request] | ModelNotFound:
        ref = self.places.place("" if request.model == AUTO else request.model)
        if ref is None:
            return not_configured(request.model)
        provider, model = ref.provider or self.places.default, ref.model
        if not model and not isinstance(request, (EmbeddingRequest, TranscriptionRequest)):
            model = self.models_by_default.get(provider, "")
        client = self.clients[provider]
        return client, request if request.model == model else replace(request, model=model)
