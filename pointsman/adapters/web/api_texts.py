"""Texts continued, and texts as vectors."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import attrs
from returns.result import Failure, Result
from starlette.responses import Response

from pointsman.adapters.web import views
from pointsman.adapters.web.allowed_models import find_allowed_models
from pointsman.adapters.web.api_chat import frame
from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, invalid
from pointsman.adapters.web.caller import options_of
from pointsman.adapters.web.streaming import EventStreamResponse
from pointsman.adapters.web.view_types import Money, TokensView
from pointsman.core.chat.completion import CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.chat.event import Failed
from pointsman.core.chat.response import ChatResponse
from pointsman.core.effect import settle
from pointsman.core.error import LLMError


@attrs.frozen(kw_only=True)
class CompletionInput:
    """A text to be continued."""

    prompt: str
    model: str = ""
    suffix: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    stop: list[str] = attrs.field(factory=list)
    stream: bool = False


@attrs.frozen(kw_only=True)
class CompletionOutput:
    """How it goes on."""

    text: str
    provider: str
    model: str
    usage: TokensView
    cost: Money


async def complete(call: ApiCall[CompletionInput, object]) -> Result[CompletionOutput, LLMError] | Response:
    """Continue a text; with `stream` the answer is server-sent events, those of a chat."""
    asked: CompletionInput = call.body
    with call.site.running.lease() as app:
        allowed = await find_allowed_models(app, call.caller.key, asked.model)
    if isinstance(allowed, Failure):
        return Failure(allowed.failure())
    options = options_of(call.caller, allowed=allowed.unwrap())
    request = CompletionRequest(
        asked.model,
        asked.prompt,
        suffix=asked.suffix,
        temperature=asked.temperature,
        max_tokens=asked.max_tokens,
        stop=tuple(asked.stop),
        options=options,
    )
    if asked.stream:
        hold = call.context.open_connections.hold(call.caller, "chat")
        return EventStreamResponse(_frames(call, request), hold, lambda error: frame(Failed(error, ChatResponse())))
    with call.site.running.lease() as app:
        done = await settle(app.client.complete(request))
        return done.map(
            lambda one: CompletionOutput(
                text=one.text,
                provider=one.provider,
                model=one.model,
                usage=views.tokens(one.usage),
                cost=views.money(one.cost),
            )
        )


async def _frames(call: AnyCall, request: CompletionRequest) -> AsyncGenerator[bytes, None]:
    with call.site.running.lease() as app:
        async with app.client.stream(request) as events:
            async for event in events:
                yield frame(event)


@attrs.frozen(kw_only=True)
class EmbeddingInput:
    """Texts to be turned into vectors, in `texts` or, as others call it, in `input`, which may be a single one."""

    texts: list[str] = attrs.field(factory=list)
    input: str | list[str] | None = None
    model: str = ""
    dimensions: int | None = None


@attrs.frozen(kw_only=True)
class EmbeddingOutput:
    """A vector for each text, in their order."""

    vectors: list[list[float]]
    provider: str
    model: str
    usage: TokensView
    cost: Money


async def embed(call: ApiCall[EmbeddingInput, object]) -> Result[EmbeddingOutput, LLMError]:
    """Turn texts into vectors."""
    asked: EmbeddingInput = call.body
    single = asked.input if isinstance(asked.input, str) else None
    texts = (*asked.texts, *((single,) if single is not None else asked.input or ()))
    if not texts:
        return Failure(invalid("texts: there are none"))
    with call.site.running.lease() as app:
        allowed = await find_allowed_models(app, call.caller.key, asked.model)
    if isinstance(allowed, Failure):
        return Failure(allowed.failure())
    options = options_of(call.caller, allowed=allowed.unwrap())
    request = EmbeddingRequest(asked.model, texts, asked.dimensions, options=options)
    with call.site.running.lease() as app:
        done = await settle(app.client.embed(request))
        return done.map(
            lambda one: EmbeddingOutput(
                vectors=[list(each.vector) for each in one.embeddings],
                provider=one.provider,
                model=one.model,
                usage=views.tokens(one.usage),
                cost=views.money(one.cost),
            )
        )


ENDPOINTS = (
    ApiEndpoint(
        method="POST",
        path="/api/v1/completions",
        summary="Continue a text; with `stream` the answer is server-sent events",
        run=complete,
        scope="chat",
        streams=True,
    ),
    ApiEndpoint(
        method="POST",
        path="/api/v1/embeddings",
        summary="Turn texts into vectors",
        run=embed,
        scope="chat",
    ),
)
