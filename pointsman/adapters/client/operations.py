"""Questions without a stream: completion, embeddings, transcription, token counts. Plain functions over the driver."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Generic, TypeVar, cast

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.client.driver import Driver, WholeAnswer
from pointsman.adapters.client.unread_whole import fetch_answer
from pointsman.adapters.dialects.dialect import Codec, Dialect, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.passthrough import is_between_equals, write_onward
from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import Embedding, EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.metered import AnyRequest
from pointsman.core.chat.original import OriginalResponse
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, Warning
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest, check_transcription
from pointsman.core.chat.usage import NOTHING
from pointsman.core.error import Attempt, InvalidRequest, InvalidResponse, ProviderError, UnsupportedFeature
from pointsman.services.ports.client import Answer, Operation, Query, answer_as
from pointsman.services.tasks.off_loop import write_off_loop

_Query = TypeVar("_Query", bound=AnyRequest)
_Answer = TypeVar("_Answer")


@attrs.frozen
class Exchanged(Generic[_Answer]):
    """An answer, with the warnings of writing its request, and as it came where its client speaks the dialect."""

    answer: _Answer
    warnings: tuple[Warning, ...]
    original: OriginalResponse | None


async def exchange(
    driver: Driver,
    operation: str,
    codec: Codec[_Query, _Answer],
    query: _Query,
    as_response: Callable[[_Answer], ChatResponse] | None = None,
) -> Result[Exchanged[_Answer], ProviderError]:
    """Ask `query` and read the answer. `as_response` says what of it tells the usage, where all of that is in it."""
    target = driver.endpoint.target(query.model)
    wire = unwrap_or_failure(await write_off_loop(query, lambda: _write(driver, operation, codec, query, target)))
    if not isinstance(wire, WireRequest):
        return Failure(wire)
    if as_response is None:
        whole = await driver.fetch_whole(wire, query.model, query.timeout)
    else:
        see = as_response
        whole = await fetch_answer(
            driver, wire, query.model, query.timeout, lambda body: codec.read_response(body, target).map(see)
        )
    if not isinstance(whole, WholeAnswer):
        return Failure(whole)
    read = codec.read_response(whole.body, target).alt(driver.redact)
    return read.map(lambda answer: Exchanged(answer, wire.warnings, whole.original_of(answer)))


def _write(
    driver: Driver, operation: str, codec: Codec[_Query, _Answer], query: _Query, target: Target
) -> Result[WireRequest, WriteFailure]:
    if not isinstance(query, (ChatRequest, CompletionRequest, EmbeddingRequest)):
        return codec.write_request(query, target)
    dialect = driver.endpoint.dialect
    return write_onward(dialect, operation, codec.forward, query, target, stream=False, write=codec.write_request)


async def complete(driver: Driver, request: CompletionRequest) -> Result[Completion, ProviderError]:
    """A prompt continued by the dialect's own completion endpoint."""
    how = driver.endpoint.dialect.complete
    if how is None:
        return Failure(_lacks(driver, "text completion", request.model))
    began = driver.clock.monotonic()
    exchanged = await exchange(driver, "complete", how, request, lambda completion: completion.response)
    took = (driver.clock.monotonic() - began) * 1000
    provider = driver.endpoint.provider
    return exchanged.map(
        lambda done: attrs.evolve(
            done.answer,
            provider=provider,
            latency_ms=took,
            attempts=(Attempt(provider, request.model, took, began=began),),
            warnings=done.answer.warnings + done.warnings,
            original=done.original,
        )
    )


async def count_tokens(driver: Driver, request: ChatRequest) -> Result[Exchanged[int], ProviderError]:
    """Input tokens by the provider's own count."""
    how = driver.endpoint.dialect.count
    if how is None:
        return Failure(_lacks(driver, "token counting", request.model))
    return await exchange(driver, "count", how, request)


async def embed(driver: Driver, request: EmbeddingRequest) -> Result[EmbeddingResponse, ProviderError]:
    """One vector a text, batch after batch; fails whole at the first batch that fails."""
    how = driver.endpoint.dialect.embed
    if how is None:
        return Failure(_lacks(driver, "embeddings", request.model))
    if not request.size:
        problem = "texts: at least one text is needed"
        return Failure(InvalidRequest(detail=problem, problems=(problem,), provider=driver.endpoint.provider))
    whole = EmbeddingResponse(embeddings=(), provider=driver.endpoint.provider, usage=NOTHING)
    dialect = driver.endpoint.dialect
    is_passed_on = is_between_equals(dialect, "embed", how.forward, request)  # then the vendor says what is too much
    batch_size = request.size if is_passed_on else dialect.embed_batch
    began = driver.clock.monotonic()
    for first in range(0, request.size, batch_size):
        batch = _batch(request, first, batch_size, driver.clock.monotonic() - began)
        exchanged = await exchange(driver, "embed", how, batch)
        if isinstance(exchanged, Failure):
            return Failure(exchanged.failure())
        done = exchanged.unwrap()
        if len(done.answer.embeddings) != batch.size:
            return Failure(_count_mismatch(driver, request.model, batch.size, len(done.answer.embeddings)))
        whole = _join_batches(whole, attrs.evolve(done.answer, warnings=done.answer.warnings + done.warnings), first)
        took = (driver.clock.monotonic() - began) * 1000
        attempt = Attempt(driver.endpoint.provider, request.model, took, began=began)
        whole = attrs.evolve(whole, latency_ms=took, attempts=(attempt,))
        if done.original is not None and batch is request:
            whole = attrs.evolve(whole, original=attrs.evolve(done.original, response=whole))
    return Success(whole)


def _batch(request: EmbeddingRequest, first: int, size: int, spent: float) -> EmbeddingRequest:
    """The texts from `first` on that one request may carry, in what is left of the time after `spent` seconds.

    All of `request` where one may carry them all.
    """
    if request.size <= size:
        return request
    part = slice(first, first + size)
    timeout = None if request.timeout is None else max(0.001, request.timeout - spent)
    return attrs.evolve(request, texts=request.texts[part], token_ids=request.token_ids[part], timeout=timeout)


async def transcribe(driver: Driver, request: TranscriptionRequest) -> Result[Transcription, ProviderError]:
    """The words in recorded speech, by the provider's own endpoint."""
    how, provider = driver.endpoint.transcribe, driver.endpoint.provider
    if how is None:
        return Failure(_lacks(driver, "transcription", request.model))
    checked = check_transcription(request)
    if isinstance(checked, Failure):
        return Failure(attrs.evolve(checked.failure(), provider=provider))
    began = driver.clock.monotonic()
    exchanged = await exchange(driver, "transcribe", how, request)
    took = (driver.clock.monotonic() - began) * 1000
    return exchanged.map(
        lambda done: attrs.evolve(
            done.answer,
            provider=provider,
            model=done.answer.model or request.model,
            latency_ms=took,
            attempts=(Attempt(provider, request.model, took, began=began),),
            warnings=done.answer.warnings + done.warnings,
        )
    )


async def perform(driver: Driver, operation: Operation[Query, Answer], request: Query) -> Result[Answer, ProviderError]:
    """An operation that is one question and one answer, as the dialect has it; what is known of the call is put in."""
    query, provider = cast(AnyRequest, request), driver.endpoint.provider
    how = _find_codec(driver.endpoint.dialect.name, operation.name)
    if how is None:
        return Failure(_lacks(driver, operation.name, query.model))
    began = driver.clock.monotonic()
    exchanged = await exchange(driver, operation.name, how, query)
    if isinstance(exchanged, Failure):
        return Failure(exchanged.failure())
    took, done = (driver.clock.monotonic() - began) * 1000, exchanged.unwrap()
    known = {
        "provider": provider,
        "latency_ms": took,
        "attempts": (Attempt(provider, query.model, took, began=began),),
        "warnings": done.warnings,
    }
    names = {field.name for field in attrs.fields(type(done.answer))}
    answer = attrs.evolve(done.answer, **{name: value for name, value in known.items() if name in names})
    return answer_as(operation, Success(answer))


@cache
def _find_codec(dialect: str, operation: str) -> Codec[Any, Any] | None:
    """The `CODEC` of the file of the operation's name in the dialect's folder; None where there is none."""
    folder = Dialect.__module__.rpartition(".")[0]
    name = f"{folder}.{dialect.replace('-', '_')}.{operation}"
    return getattr(import_module(name), "CODEC", None) if find_spec(name) else None


def _join_batches(whole: EmbeddingResponse, batch: EmbeddingResponse, first: int) -> EmbeddingResponse:
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


def _count_mismatch(driver: Driver, model: str, asked: int, came: int) -> InvalidResponse:
    problem = f"{asked} texts were sent and {came} vectors came back"
    return InvalidResponse(detail=problem, problems=(problem,), provider=driver.endpoint.provider, model=model or None)
