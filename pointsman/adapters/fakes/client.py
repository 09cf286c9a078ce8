"""A client that says what it was told to say, and remembers what it was asked."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from typing import TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import Embedding, EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import Done, Failed, StreamEvent, StreamItem
from pointsman.core.chat.part import Text
from pointsman.core.chat.request import ChatRequest, check
from pointsman.core.chat.response import Attempt, ChatResponse, Finish
from pointsman.core.chat.token_estimate import estimate_request, estimate_text
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.chat.usage import Usage
from pointsman.core.error import ChatError, Fault, InvalidResponse
from pointsman.core.models.model import ModelInfo
from pointsman.core.schema.unfold import unfold
from pointsman.services.ports.client import ModelsQuery, Ping, TokenCount
from pointsman.services.ports.provider_client import ProviderClient
from pointsman.services.streams.event_stream import EventStream
from pointsman.services.streams.opening import error_of

Reply: TypeAlias = str | ChatResponse | ChatError | Sequence[StreamEvent]
Script: TypeAlias = Iterable[Reply] | Callable[[ChatRequest], Reply]


def _echo(request: ChatRequest) -> Reply:
    return f"You said: {request.messages[-1].text}"


@attrs.define
class ScriptedClient(ProviderClient):
    """Answers from `script`: replies in order, or a function of the request; by default it echoes.

    A reply is a text, a whole response, an error, or the exact events of a stream. When the replies run out the call
    fails with an `InvalidResponse` that says so. `requests` holds every chat request so far.
    """

    script: Script = _echo
    provider: str = "fake"
    model_list: tuple[ModelInfo, ...] = (ModelInfo(id="fake-model", provider="fake", type="llm"),)
    requests: list[ChatRequest] = attrs.field(factory=list)
    texts: list[str] = attrs.field(factory=list)
    sounds: list[TranscriptionRequest] = attrs.field(factory=list)
    _rest: list[Reply] = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._rest = [] if callable(self.script) else list(self.script)

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        """The next reply of the script."""
        last = self._events(request)[-1]
        match last:
            case Done(response):
                return Success(response)
            case Failed() as failed:
                return Failure(error_of(failed))
            case _:
                return Failure(InvalidResponse(detail="the scripted events have no end", provider=self.provider))

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """The next reply of the script, as a stream."""
        return await EventStream.start(_each(self._events(request)))

    async def open_completion(self, request: CompletionRequest) -> EventStream:
        """The prompt, echoed."""
        return await EventStream.start(_each(self._continued(request)))

    async def call_complete(self, request: CompletionRequest) -> Result[Completion, ChatError]:
        """The prompt, echoed."""
        return Success(self._completion(request))

    async def call_embed(self, request: EmbeddingRequest) -> Result[EmbeddingResponse, ChatError]:
        """A vector for each text, always the same for the same text."""
        self.texts.extend(request.texts)
        vectors = tuple(Embedding(_vector(text), index) for index, text in enumerate(request.texts))
        tokens = sum(estimate_text(text) for text in request.texts)
        return Success(
            EmbeddingResponse(embeddings=vectors, model=request.model, provider=self.provider, usage=Usage(tokens, 0))
        )

    async def call_transcribe(self, request: TranscriptionRequest) -> Result[Transcription, ChatError]:
        """What sound it was; always the same for the same sound."""
        data = request.audio.data
        self.sounds.append(request)
        return Success(
            Transcription(
                text=f"{len(data)} bytes of {request.audio.media_type}",
                language=request.language,
                model=request.model,
                provider=self.provider,
                attempts=(Attempt(self.provider, request.model, 0.0),),
            )
        )

    async def call_models(self, query: ModelsQuery) -> Result[tuple[ModelInfo, ...], ChatError]:
        """`model_list`."""
        return Success(self.model_list)

    async def call_ping(self, nothing: None) -> Result[Ping, ChatError]:
        """Always there."""
        return Success(Ping(self.provider, True, 0.0, 0.0, models=len(self.model_list)))

    async def call_count(self, request: ChatRequest) -> Result[TokenCount, ChatError]:
        """An estimate."""
        return Success(TokenCount(estimate_request(request), True))

    def _completion(self, request: CompletionRequest) -> Completion:
        text = f"{request.prompt} …"
        return Completion(
            text=text,
            finish_reason=Finish.STOP,
            usage=Usage(estimate_text(request.prompt), estimate_text(text), estimated=True),
            model=request.model or self.model_list[0].id,
            provider=self.provider,
            attempts=(Attempt(self.provider, request.model, 0.0),),
        )

    def _continued(self, request: CompletionRequest) -> Sequence[StreamEvent]:
        return tuple(unfold(self._completion(request).response))

    def _events(self, request: ChatRequest) -> Sequence[StreamEvent]:
        self.requests.append(request)
        wrong = check(request)
        if isinstance(wrong, Failure):
            return (Failed(wrong.failure(), ChatResponse(provider=self.provider)),)
        reply = self._next(request)
        if isinstance(reply, Fault):
            named = attrs.evolve(
                reply, provider=reply.provider or self.provider, model=reply.model or request.model or None
            )
            return (Failed(named, ChatResponse(provider=self.provider)),)
        if isinstance(reply, str):
            reply = self._response(reply, request)
        return tuple(unfold(reply)) if isinstance(reply, ChatResponse) else reply

    def _next(self, request: ChatRequest) -> Reply:
        if callable(self.script):
            return self.script(request)
        if not self._rest:
            return InvalidResponse(detail=f"the script of {len(self.requests) - 1} replies is at its end")
        return self._rest.pop(0)

    def _response(self, text: str, request: ChatRequest) -> ChatResponse:
        return ChatResponse(
            parts=(Text(text),),
            finish_reason=Finish.STOP,
            usage=Usage(estimate_request(request), estimate_text(text), estimated=True),
            model=request.model or self.model_list[0].id,
            provider=self.provider,
            id=f"fake-{len(self.requests)}",
            latency_ms=0.0,
            attempts=(Attempt(self.provider, request.model, 0.0),),
        )


async def _each(events: Sequence[StreamEvent]) -> AsyncGenerator[StreamItem, None]:
    for event in events:
        yield event


def _vector(text: str) -> tuple[float, ...]:
    digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8]
    length = sum((byte - 127.5) ** 2 for byte in digest) ** 0.5
    return tuple((byte - 127.5) / length for byte in digest)
