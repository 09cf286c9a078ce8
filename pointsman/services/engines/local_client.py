"""The client of the models on this machine: finds the model, has its engine run, and asks that. On ports alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import Failed
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, Warning
from pointsman.core.chat.tools_by_schema import needs_tools, read_call, with_tools_in_words
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.error import (
    ChatError,
    ConfigurationError,
    Fault,
    InvalidRequest,
    InvalidResponse,
    ModelNotFound,
    ModelUnavailable,
    NetworkError,
    ProviderError,
    UnsupportedFeature,
    invalid_request,
)
from pointsman.core.models.local_model import LocalModel
from pointsman.core.models.model import ModelHold, ModelInfo, ModelState
from pointsman.core.notice import ModelLoadState, ModelStateChange
from pointsman.core.records.values import near
from pointsman.core.schema.unfold import unfold
from pointsman.services.engines.engine_limits import choose_adapter, fit_chat, split_adapter
from pointsman.services.engines.keeper import EngineKeeper, EngineLease
from pointsman.services.event_bus import EventBus
from pointsman.services.ports.client import CHAT, COMPLETE, EMBED, TRANSCRIBE, ModelsQuery, Ping, StreamRequest
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.model_library import ModelLibrary
from pointsman.services.ports.provider_client import ProviderClient
from pointsman.services.streams.event_stream import End, EventStream

_Answer = TypeVar("_Answer")
_Asked = TypeVar("_Asked")
_BROKEN = (NetworkError, InvalidResponse)
"""How the death of a server looks to who asks it: the connection breaks, or the answer ends too early."""
_TRIES = 2
"""A request whose engine died is asked once more, of a new one: nothing is paid for twice here."""


@attrs.frozen
class LocalClient(ProviderClient):
    """Asks models that run on this machine; `provider` is what it is called in answers and errors."""

    provider: str
    library: ModelLibrary
    keeper: EngineKeeper
    clock: Clock

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        """One answer."""

        async def ask(lease: EngineLease) -> Result[ChatResponse, ChatError]:
            return await _chat(lease, request)

        found = unwrap_or_failure(await self._find(request.model, "chat"))
        if not isinstance(found, LocalModel):
            return Failure(found)
        return (await self._ask(found, ask)).map(lambda response: _mark(response, found, request.model))

    async def call_complete(self, request: CompletionRequest) -> Result[Completion, ChatError]:
        """A prompt continued."""

        async def ask(lease: EngineLease) -> Result[Completion, ChatError]:
            return await _complete(lease, request)

        found = unwrap_or_failure(await self._find(request.model, "completion"))
        return await self._ask(found, ask) if isinstance(found, LocalModel) else Failure(found)

    async def call_embed(self, request: EmbeddingRequest) -> Result[EmbeddingResponse, ChatError]:
        """Vectors of texts, by an engine that makes nothing else."""

        async def ask(lease: EngineLease) -> Result[EmbeddingResponse, ChatError]:
            return await lease.engine.client.call(EMBED, request)

        found = unwrap_or_failure(await self._find(request.model, "embeddings"))
        return await self._ask(found, ask, for_embeddings=True) if isinstance(found, LocalModel) else Failure(found)

    async def call_transcribe(self, request: TranscriptionRequest) -> Result[Transcription, ChatError]:
        """What is said in a recording, with its times where the engine tells them."""

        async def ask(lease: EngineLease) -> Result[Transcription, ChatError]:
            return await lease.engine.client.call(TRANSCRIBE, request)

        found = unwrap_or_failure(await self._find(request.model, "transcription"))
        if not isinstance(found, LocalModel):
            return Failure(found)
        return (await self._ask(found, ask)).map(lambda said: attrs.evolve(said, model=request.model))

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """The answer as it is made."""
        return await self._open(request)

    async def open_completion(self, request: CompletionRequest) -> EventStream:
        """A prompt continued as it is made."""
        return await self._open(request)

    async def call_models(self, query: ModelsQuery) -> Result[tuple[ModelInfo, ...], ChatError]:
        """The models that lie here, and which of them have an engine."""
        models = await self.library.models()
        rows = (
            attrs.evolve(model.info(self._state(model), self.provider), id=name)
            for model in models
            for name in model.asked_names
        )
        return Success(tuple(rows))

    async def call_ping(self, nothing: None) -> Result[Ping, ChatError]:
        """Whether there is a model that could be asked."""
        count = len(await self.library.models())
        error = None if count else self._place(no_models())
        return Success(Ping(self.provider, error is None, 0.0, self.clock.now(), error, count))

    async def call_hold(self, hold: ModelHold) -> Result[Ping, ChatError]:
        """Have the model's engine run."""
        if not hold.model:
            return await self.call_ping(None)
        began = self.clock.monotonic()
        error = await self.load(hold.model)
        took = (self.clock.monotonic() - began) * 1000
        return Success(Ping(self.provider, error is None, took, self.clock.now(), error))

    def announce_to(self, bus: EventBus) -> None:
        """Have `bus` told when models are loaded and unloaded."""

        def tell(model: LocalModel, state: ModelLoadState, error: ProviderError | None) -> None:
            bus.publish(ModelStateChange(model=f"{self.provider}/{model.name}", state=state, error=error))

        self.keeper.tell = tell

    async def load(self, name: str) -> ChatError | None:
        """Have the engine of the model run, as if it had been asked; or why it does not."""
        found = unwrap_or_failure(await self._find(name, ""))
        if not isinstance(found, LocalModel):
            return found
        lease = unwrap_or_failure(await self.keeper.acquire(found, for_embeddings=found.is_embedder))
        if not isinstance(lease, EngineLease):
            return self._place(lease, name)
        lease.release()
        return None

    def _state(self, model: LocalModel) -> ModelState:
        return "loaded" if self.keeper.state_of(model) == "ready" else "not-loaded"

    async def _find(
        self, name: str, purpose: str
    ) -> Result[LocalModel, ModelNotFound | ConfigurationError | UnsupportedFeature | InvalidRequest]:
        if not name:
            problem = "no model is given; name one with --model or `model`"
            return Failure(invalid_request(problem, provider=self.provider))
        called, adapter = split_adapter(name)
        found = unwrap_or_failure(await self.library.find(called))
        if not isinstance(found, LocalModel):
            return Failure(self._place(found, name))
        if adapter and name not in found.asked_names:
            return Failure(self._place(_no_adapter(found, adapter), name))
        lack = _lack_of(found, purpose)
        if lack:
            return Failure(
                UnsupportedFeature(detail=lack, feature=purpose, provider=self.provider, model=name, local=True)
            )
        return Success(found)

    async def _ask(
        self,
        model: LocalModel,
        ask: Callable[[EngineLease], Awaitable[Result[_Answer, ChatError]]],
        *,
        for_embeddings: bool = False,
    ) -> Result[_Answer, ChatError]:
        """What `ask` is answered by the model's engine; by a new one, if the first dies."""
        death = ""
        for _ in range(_TRIES):
            lease = unwrap_or_failure(await self.keeper.acquire(model, for_embeddings=for_embeddings))
            if not isinstance(lease, EngineLease):
                return Failure(self._place(lease, model.name))
            try:
                answer = await ask(lease)
            finally:
                lease.release()
            if not isinstance(answer, Failure) or not isinstance(answer.failure(), _BROKEN):
                return answer
            death = await lease.death()
            if not death:
                return answer
        return Failure(self._death_fault(model, death))

    async def _open(self, request: StreamRequest) -> EventStream:
        found = unwrap_or_failure(await self._find(request.model, "chat"))
        if not isinstance(found, LocalModel):
            return self._fail(found)
        death = ""
        for _ in range(_TRIES):
            lease = unwrap_or_failure(await self.keeper.acquire(found))
            if not isinstance(lease, EngineLease):
                return self._fail(self._place(lease, found.name))
            try:
                stream = await _open(lease, request)
            except BaseException:
                lease.release()
                raise
            early = stream.failure
            if early is None or not isinstance(early.error, _BROKEN):
                return self._release_at_end(stream, lease, found, request.model)
            await stream.fail()
            lease.release()
            death = await lease.death()
            if not death:
                return self._fail(early.error)
        return self._fail(self._death_fault(found, death))

    def _release_at_end(self, stream: EventStream, lease: EngineLease, model: LocalModel, name: str) -> EventStream:
        """`stream`, with which the lease ends; if the engine died in its middle, its end says so."""

        async def finish(end: End | None) -> End | None:
            lease.release()
            if isinstance(end, Failed) and isinstance(end.error, _BROKEN) and (death := await lease.death()):
                return attrs.evolve(end, error=self._death_fault(model, death, sent=True))
            return end

        stream.on_end(finish)
        stream.map_response(lambda response: _mark(response, model, name))
        return stream

    def _death_fault(self, model: LocalModel, death: str, *, sent: bool = False) -> ModelUnavailable:
        where = " in the middle of the answer" if sent else ""
        detail = f"its engine died{where}: {death}"
        return ModelUnavailable(detail=detail, provider=self.provider, model=model.name, sent=sent, local=not sent)

    def _fail(self, error: ChatError) -> EventStream:
        return EventStream.fail_with(error, ChatResponse(provider=self.provider, model=error.model or ""))

    def _place(self, error: _Asked, name: str = "") -> _Asked:
        """`error` with where it happened."""
        if not isinstance(error, Fault):
            return error
        return attrs.evolve(error, provider=self.provider, model=error.model or name or None)


def no_models() -> ModelNotFound:
    """That there is none, and how to get one."""
    return ModelNotFound(
        detail="there is no model on this machine; `pointsman local get smollm2` gets a very small one", local=True
    )


def _no_adapter(model: LocalModel, adapter: str) -> ModelNotFound:
    known = [one.name for one in model.adapters]
    hint = near(adapter, known) if known else "; `pointsman local add FILE NAME --for MODEL` gives it one"
    return ModelNotFound(detail=f"{model.name} has no adapter {adapter!r}{hint}", local=True)


def _lack_of(model: LocalModel, purpose: str) -> str:
    """Why the model is not for that purpose, whatever engine runs it; empty: it may be."""
    if model.is_embedder and purpose in ("chat", "completion"):
        return "it makes vectors of texts, and no answers"
    if model.is_hearer and purpose in ("chat", "completion", "embeddings"):
        return "it writes down recordings, and answers nothing"
    if not model.is_hearer and purpose == "transcription":
        return "it hears nothing; a Whisper model does, such as that of `pointsman local get hf:openai/whisper-tiny`"
    if model.format == "safetensors" and purpose == "embeddings":
        return "the engines of such folders make no vectors; take a GGUF file"
    return ""


async def _complete(lease: EngineLease, request: CompletionRequest) -> Result[Completion, ChatError]:
    fitted = unwrap_or_failure(choose_adapter(lease.engine, lease.model, request))
    if not isinstance(fitted, CompletionRequest):
        return Failure(fitted)
    return await lease.engine.client.call(COMPLETE, fitted)


async def _chat(lease: EngineLease, request: ChatRequest) -> Result[ChatResponse, ChatError]:
    fitted = unwrap_or_failure(fit_chat(lease.engine, lease.model, request))
    if not isinstance(fitted, ChatRequest):
        return Failure(fitted)
    if lease.engine.has_tools or not needs_tools(fitted):
        return await lease.engine.client.call(CHAT, fitted)
    plain = unwrap_or_failure(with_tools_in_words(fitted))
    if not isinstance(plain, ChatRequest):
        return Failure(plain)
    return (await lease.engine.client.call(CHAT, plain)).map(read_call)


async def _open(lease: EngineLease, request: StreamRequest) -> EventStream:
    if isinstance(request, ChatRequest) and needs_tools(request) and not lease.engine.has_tools:
        answer = await _chat(lease, request)  # only the whole of it says whether it is a call
        if isinstance(answer, Failure):
            return EventStream.fail_with(answer.failure())
        return EventStream.of(unfold(answer.unwrap()))
    fitted = (
        unwrap_or_failure(fit_chat(lease.engine, lease.model, request))
        if isinstance(request, ChatRequest)
        else unwrap_or_failure(choose_adapter(lease.engine, lease.model, request))
    )
    if isinstance(fitted, UnsupportedFeature):
        return EventStream.fail_with(fitted)
    return await lease.engine.client.open(fitted)


def _mark(response: ChatResponse, model: LocalModel, name: str) -> ChatResponse:
    """`response` under the `name` that was asked for, with a word of how small the model is that gave it."""
    response = attrs.evolve(response, model=name)
    if not model.is_very_small:
        return response
    told = f"{model.name} is a very small model ({model.size_words} parameters): do not rely on what it says"
    return attrs.evolve(response, warnings=(*response.warnings, Warning("model", told)))
