"""What a client of one provider is made from: one method an operation, of which only the chat must be there."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Generic

from returns.result import Failure, Result, Success

from pointsman.core.chat.completion import Completion, CompletionRequest, as_chat, as_completion
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.token_estimate import estimate_request
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.error import UnsupportedFeature
from pointsman.core.models.model import ModelHold, ModelInfo
from pointsman.core.schema.unfold import unfold
from pointsman.services.ports.client import (
    Answer,
    Calling,
    Client,
    Error_co,
    ModelsQuery,
    Opening,
    Operation,
    Ping,
    Query,
    StreamRequest,
    TokenCount,
    calling_as,
)
from pointsman.services.streams.event_stream import EventStream


class ProviderClient(Client[Error_co | UnsupportedFeature], Generic[Error_co]):
    """A client whose operations are its methods. What a subclass leaves out follows from its chat, or is refused.

    `Error_co` is what its own methods fail with; that something is refused comes to it.
    """

    __slots__ = ()

    def call(
        self, operation: Operation[Query, Answer], request: Query
    ) -> Calling[Answer, Error_co | UnsupportedFeature]:
        """By the method of that operation."""
        perform: Callable[[Query], Calling[object, Error_co]] | None = getattr(self, f"call_{operation.name}", None)
        return self.call_other(operation, request) if perform is None else calling_as(operation, perform(request))

    async def call_other(
        self, operation: Operation[Query, Answer], request: Query
    ) -> Result[Answer, Error_co | UnsupportedFeature]:
        """An operation that has no method of its own; here there is none."""
        return Failure(_lacks(operation.name))

    def open(self, request: StreamRequest) -> Opening:
        """A chat by `open_chat`, a completion by `open_completion`."""
        return self.open_chat(request) if isinstance(request, ChatRequest) else self.open_completion(request)

    @abstractmethod
    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, Error_co]:
        """One answer, in one attempt."""
        ...

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """The answer as it is made; here in one piece."""
        result = await self.call_chat(request)
        return (
            EventStream.fail_with(result.failure())
            if isinstance(result, Failure)
            else EventStream.of(unfold(result.unwrap()))
        )

    async def open_completion(self, request: CompletionRequest) -> EventStream:
        """A prompt continued as it is made; here by a chat."""
        return await self.open_chat(as_chat(request))

    async def call_complete(self, request: CompletionRequest) -> Result[Completion, Error_co]:
        """A prompt continued; here by a chat."""
        return (await self.call_chat(as_chat(request))).map(as_completion)

    async def call_embed(self, request: EmbeddingRequest) -> Result[EmbeddingResponse, Error_co | UnsupportedFeature]:
        """Vectors of texts; here there are none."""
        return Failure(_lacks("embeddings"))

    async def call_transcribe(
        self, request: TranscriptionRequest
    ) -> Result[Transcription, Error_co | UnsupportedFeature]:
        """The words in recorded speech; here there are none."""
        return Failure(_lacks("transcription"))

    async def call_count(self, request: ChatRequest) -> Result[TokenCount, Error_co]:
        """Input tokens; here an estimate."""
        return Success(TokenCount(estimate_request(request), True))

    async def call_models(self, query: ModelsQuery) -> Result[tuple[ModelInfo, ...], Error_co]:
        """The models there are; here none is known."""
        return Success(())

    async def call_ping(self, nothing: None) -> Result[Ping, Error_co | UnsupportedFeature]:
        """Whether it is there; here nobody can tell without asking a model."""
        return Failure(_lacks("ping"))

    async def call_hold(self, hold: ModelHold) -> Result[Ping, Error_co | UnsupportedFeature]:
        """Keep a model loaded; here a ping."""
        return await self.call_ping(None)


def _lacks(feature: str) -> UnsupportedFeature:
    return UnsupportedFeature(detail=f"it has no {feature}", feature=feature, local=True)
