"""A client of clients: `provider/model` says which one is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import attrs
from returns.result import Failure, Result

from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.chat.replace import replace
from pointsman.core.chat.transcription import TranscriptionRequest
from pointsman.core.error import ChatError, ModelNotFound
from pointsman.core.models.model import Places
from pointsman.core.routing.policy import AUTO
from pointsman.services.interceptors.interceptor import AnyRequest
from pointsman.services.ports.client import Answer, Client, Operation, Query, StreamRequest
from pointsman.services.routing.planner import not_configured
from pointsman.services.streams.event_stream import EventStream


@attrs.frozen
class ModelDispatch(Client):
    """Sends each request to the provider its model names, else to `default`.

    Who that is says `places`; naming a provider that is not set up is a `ModelNotFound`. `models_by_default` are asked
    where only the provider is named, but not for embeddings and transcriptions: their default is the provider's own
    affair. What names no model is asked of the default provider.
    """

    clients: Mapping[str, Client]
    places: Places
    models_by_default: Mapping[str, str] = attrs.field(factory=dict)

    async def call(self, operation: Operation[Query, Answer], request: Query) -> Result[Answer, ChatError]:
        """As `Client.call`."""
        if not operation.names_model:
            return await self.clients[self.places.default].call(operation, request)
        place = self._place(cast(AnyRequest, request))
        if isinstance(place, ModelNotFound):
            return Failure(place)
        client, asked = place
        return await client.call(operation, cast(Query, asked))

    async def open(self, request: StreamRequest) -> EventStream:
        """As `Client.open`."""
        place = self._place(request)
        if isinstance(place, ModelNotFound):
            return EventStream.fail_with(place)
        client, asked = place
        return await client.open(cast(StreamRequest, asked))

    def forget_models(self) -> None:
        """Drop every provider's cached list."""
        for client in self.clients.values():
            client.forget_models()

    def _place(self, request: AnyRequest) -> tuple[Client, AnyRequest] | ModelNotFound:
        ref = self.places.place("" if request.model == AUTO else request.model)
        if ref is None:
            return not_configured(request.model)
        provider, model = ref.provider or self.places.default, ref.model
        if not model and not isinstance(request, (EmbeddingRequest, TranscriptionRequest)):
            model = self.models_by_default.get(provider, "")
        client = self.clients[provider]
        return client, request if request.model == model else replace(request, model=model)
