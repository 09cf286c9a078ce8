"""Questions without a stream: completion, embeddings, transcription, token counts. Plain functions over the driver."""

from __future__ import annotations

from typing import TypeVar

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Codec, WireRequest
from pointsman.adapters.http.driver import Driver
from pointsman.core.completion import Completion, CompletionRequest
from pointsman.core.embedding import Embedding, EmbeddingRequest, EmbeddingResponse
from pointsman.core.error import Fault, InvalidRequest, InvalidResponse, ProviderError, UnsupportedFeature
from pointsman.core.message import user
from pointsman.core.request import ChatRequest
from pointsman.core.response import Attempt, ChatResponse, Warning
from pointsman.core.transcription import Transcription, TranscriptionRequest, check_transcription
from pointsman.core.usage import NOTHING
from pointsman.services.off_loop import write_off_loop

_Query = TypeVar("_Query", ChatRequest, CompletionRequest, EmbeddingRequest, TranscriptionRequest)
_Answer = TypeVar("_Answer")


async def exchange(
    driver: Driver, how: Codec[_Query, _Answer], query: _Query
) -> Result[tuple[_Answer, tuple[Warning, ...]], ProviderError]:
    """Ask `query` and read the answer, with the warnings of writing it."""
    target = driver.endpoint.target(query.model)
    wire = unwrap_or_failure(await write_off_loop(query, lambda: how.write_request(query, target)))
    if not isinstance(wire, WireRequest):
        return Failure(wire)
    body = await driver.fetch(wire, query.model, query.timeout)
    if isinstance(body, Fault):
        return Failure(body)
    read = how.read_response(body, target).alt(driver.redacted)
    return read.map(lambda answer: (driver.redacted(answer), wire.warnings))


async def complete(driver: Driver, request: CompletionRequest) -> Result[Completion, ProviderError]:
    """A prompt continued by the dialect's own completion endpoint."""
    how = driver.endpoint.dialect.complete
    if how is None:
        return Failure(_lacks(driver, "text completion", request.model))
    began = driver.clock.monotonic()
    answered = await exchange(driver, how, request)
    took = (driver.clock.monotonic() - began) * 1000
    provider = driver.endpoint.provider
    return answered.map(
        lambda answer: attrs.evolve(
            answer[0],
            provider=provider,
            latency_ms=took,
            attempts=(Attempt(provider, request.model, took),),
            warnings=answer[0].warnings + answer[1],
        )
    )


def as_chat(request: CompletionRequest) -> ChatRequest:
    """The chat that stands in for a completion."""
    return ChatRequest(
        request.model,
        (user(request.prompt if request.suffix is None else f"{request.prompt}…{request.suffix}"),),
        temperature=request.temperature,
        top_p=request.top_p,
        max_tokens=request.max_tokens,
        stop=request.stop,
        seed=request.seed,
        timeout=request.timeout,
        extra=request.extra,
    )


STOOD_IN = Warning("complete", "this provider has no text completion; a chat with one user message stood in")


def as_completion(response: ChatResponse) -> Completion:
    """The answer of such a chat as a completion, with a warning that it was one."""
    return Completion(
        text=response.text,
        finish_reason=response.finish_reason,
        usage=response.usage,
        model=response.model,
        provider=response.provider,
        id=response.id,
        latency_ms=response.latency_ms,
        attempts=response.attempts,
        warnings=(*response.warnings, STOOD_IN),
    )


async def count(driver: Driver, request: ChatRequest) -> Result[int, ProviderError]:
    """Input tokens by the provider's own count."""
    how = driver.endpoint.dialect.count
    if how is None:
        return Failure(_lacks(driver, "token counting", request.model))
    return (await exchange(driver, how, request)).map(lambda answer: answer[0])


async def embed(driver: Driver, request: EmbeddingRequest) -> Result[EmbeddingResponse, ProviderError]:
    """One vector a text, batch after batch; fails whole at the first batch that fails."""
    how = driver.endpoint.dialect.embed
    if how is None:
        return Failure(_lacks(driver, "embeddings", request.model))
    if not request.texts:
        problem = "texts: at least one text is needed"
        return Failure(InvalidRequest(detail=problem, problems=(problem,), provider=driver.endpoint.provider))
    whole = EmbeddingResponse(embeddings=(), provider=driver.endpoint.provider, usage=NOTHING)
    size = driver.endpoint.dialect.embed_batch
    for first in range(0, len(request.texts), size):
        texts = request.texts[first : first + size]
        answered = await exchange(driver, how, attrs.evolve(request, texts=texts))
        if isinstance(answered, Failure):
            return Failure(answered.failure())
        batch, warnings = answered.unwrap()
        if len(batch.embeddings) != len(texts):
            return Failure(_miscounted(driver, request.model, len(texts), len(batch.embeddings)))
        whole = _joined(whole, attrs.evolve(batch, warnings=batch.warnings + warnings), first)
    return Success(whole)


async def transcribe(driver: Driver, request: TranscriptionRequest) -> Result[Transcription, ProviderError]:
    """The words in recorded speech, by the provider's own endpoint."""
    how, provider = driver.endpoint.transcribe, driver.endpoint.provider
    if how is None:
        return Failure(_lacks(driver, "transcription", request.model))
    checked = check_transcription(request)
    if isinstance(checked, Failure):
        return Failure(attrs.evolve(checked.failure(), provider=provider))
    began = driver.clock.monotonic()
    answered = await exchange(driver, how, request)
    took = (driver.clock.monotonic() - began) * 1000
    return answered.map(
        lambda answer: attrs.evolve(
            answer[0],
            provider=provider,
            model=answer[0].model or request.model,
            latency_ms=took,
            attempts=(Attempt(provider, request.model, took),),
            warnings=answer[0].warnings + answer[1],
        )
    )


def _joined(whole: EmbeddingResponse, batch: EmbeddingResponse, first: int) -> EmbeddingResponse:
    ordered = sorted(batch.embeddings, key=lambda embedding: embedding.index)
    moved = tuple(Embedding(item.vector, first + place) for place, item in enumerate(ordered))
    return attrs.evolve(
        whole,
        embeddings=whole.embeddings + moved,
        model=batch.model,
        usage=whole.usage + batch.usage if first else batch.usage,
        warnings=tuple(dict.fromkeys(whole.warnings + batch.warnings)),
    )


def _lacks(driver: Driver, feature: str, model: str) -> UnsupportedFeature:
    return UnsupportedFeature(
        detail=f"it has no {feature}", feature=feature, provider=driver.endpoint.provider, model=model or None
    )


def _miscounted(driver: Driver, model: str, asked: int, came: int) -> InvalidResponse:
    problem = f"{asked} texts were sent and {came} vectors came back"
    return InvalidResponse(detail=problem, problems=(problem,), provider=driver.endpoint.provider, model=model or None)
