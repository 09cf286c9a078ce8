"""The active provider in the words of LM Studio's own API: its models, texts continued, texts as vectors.

Clients were written to these paths before there was a gateway; what they ask and get is in OpenAI's form, within our
envelope. Without a key they are open as long as the gateway is.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

import attrs
from returns.result import Failure, Result, Success
from starlette.responses import Response

from pointsman.adapters.web.allowed_models import find_allowed_models, open_models
from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, invalid
from pointsman.adapters.web.api_llm import active_provider, nobody_active
from pointsman.adapters.web.caller import options_of
from pointsman.adapters.web.envelope import view_of
from pointsman.adapters.web.model_catalogue import facts_of
from pointsman.adapters.web.streaming import EventStreamResponse
from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import Done, Failed, Started, StreamEvent, TextDelta
from pointsman.core.chat.response import FinishReason
from pointsman.core.chat.usage import Usage
from pointsman.core.effect import settle
from pointsman.core.error import LLMError
from pointsman.core.json import JsonObject, dumps
from pointsman.core.models.model import ModelInfo
from pointsman.services.app import App
from pointsman.services.ports.client import COMPLETE


@attrs.frozen(kw_only=True)
class Detail:
    """With `detailed`, all that is known of each model."""

    detailed: bool = False


@attrs.frozen(kw_only=True)
class ActiveModel:
    """A model by the provider's own name; null is not known. Sizes are in tokens and bytes."""

    id: str
    type: str | None
    arch: str | None
    state: str | None
    max_context_length: int | None
    quantization: str | None = None
    max_output: int | None = None
    size_bytes: int | None = None
    owned_by: str | None = None
    created: float | None = None
    description: str | None = None
    capabilities: list[str] = attrs.field(factory=list)


@attrs.frozen(kw_only=True)
class ActiveProvider:
    """Who was asked."""

    name: str
    provider: str
    base_url: str | None


@attrs.frozen(kw_only=True)
class ActiveModels:
    """The models of the active provider."""

    models: list[ActiveModel]
    provider: ActiveProvider


@attrs.frozen(kw_only=True)
class PromptInput:
    """A text to be continued; `stop` is where, one text or several."""

    prompt: str
    model: str = ""
    suffix: str | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: str | list[str] | None = None
    stream: bool = False


@attrs.frozen(kw_only=True)
class ContinuedText:
    """One continuation."""

    text: str
    index: int
    finish_reason: str | None


@attrs.frozen(kw_only=True)
class CountedTokens:
    """Tokens; null is not known."""

    prompt_tokens: int | None
    completion_tokens: int | None
    total_tokens: int | None


@attrs.frozen(kw_only=True)
class TextCompletion:
    """How the text goes on."""

    id: str
    object: str
    model: str
    provider: str
    choices: list[ContinuedText]
    usage: CountedTokens


@attrs.frozen(kw_only=True)
class VectorInput:
    """One text or several, to be turned into vectors."""

    input: str | list[str]
    model: str = ""
    dimensions: int | None = None


@attrs.frozen(kw_only=True)
class TextVector:
    """The vector of the text at `index`."""

    object: str
    index: int
    embedding: list[float]


@attrs.frozen(kw_only=True)
class VectorList:
    """A vector for each text, in their order."""

    object: str
    data: list[TextVector]
    model: str
    provider: str
    usage: CountedTokens


async def list_models(call: ApiCall[object, Detail]) -> Result[JsonObject, LLMError]:
    """The models that the active provider lists."""
    found = active_provider(call)
    if isinstance(found, Failure):
        return Failure(found.failure())
    one, row = found.unwrap(), call.site.rows.get(found.unwrap().kind)
    with call.site.running.lease() as app:
        client = app.clients.get(one.name)
        if client is None:
            return Failure(nobody_active())
        listed = await settle(client.models(detailed=True))
        if isinstance(listed, Failure):
            return listed
        named = [attrs.evolve(each, id=f"{one.name}/{each.id}", provider=one.name) for each in listed.unwrap()]
        models = [_model(app, model) for model in open_models(app, call.caller.key, named)]
    base_url = one.base_url or (row.base_url if row else None)
    shown = ActiveModels(models=models, provider=ActiveProvider(name=one.name, provider=one.kind, base_url=base_url))
    return Success(attrs.asdict(shown, filter=None if call.query.detailed else _is_usual))


_USUAL = frozenset({"id", "type", "arch", "state", "max_context_length"})


def _is_usual(field: attrs.Attribute[object], value: object) -> bool:
    return field.name in _USUAL or field.name in ("models", "provider", "name", "base_url")


def _model(app: App, model: ModelInfo) -> ActiveModel:
    facts = facts_of(app, model)
    return ActiveModel(
        id=model.id.partition("/")[2],
        type=model.type,
        arch=model.architecture,
        state=model.state,
        max_context_length=model.context_length or facts.context_length,
        quantization=model.quantization,
        max_output=model.max_output or facts.max_output,
        size_bytes=model.size_bytes,
        owned_by=model.owner,
        created=model.created,
        description=model.description,
        capabilities=list(model.capabilities),
    )


async def complete(call: ApiCall[PromptInput, object]) -> Result[TextCompletion, LLMError] | Response:
    """Continue a text; with `stream` as server-sent events in OpenAI's form."""
    asked = call.body
    stop = (asked.stop,) if isinstance(asked.stop, str) else tuple(asked.stop or ())
    with call.site.running.lease() as app:
        allowed = await find_allowed_models(app, call.caller.key, asked.model)
    if isinstance(allowed, Failure):
        return Failure(allowed.failure())
    request = CompletionRequest(
        asked.model,
        asked.prompt,
        suffix=asked.suffix,
        temperature=asked.temperature,
        top_p=asked.top_p,
        max_tokens=asked.max_tokens,
        stop=stop,
        options=options_of(call.caller, allowed=allowed.unwrap()),
    )
    if asked.stream:
        hold = call.context.open_connections.hold(call.caller, "chat")
        return EventStreamResponse(_frames(call, request), hold, _error_frame)
    with call.site.running.lease() as app:
        return (await app.client.call(COMPLETE, request)).map(_completion)


def _completion(one: Completion) -> TextCompletion:
    return TextCompletion(
        id=one.id,
        object="text_completion",
        model=one.model,
        provider=one.provider,
        choices=[ContinuedText(text=one.text, index=0, finish_reason=_reason(one.finish_reason))],
        usage=_tokens(one.usage),
    )


def _reason(reason: FinishReason | None) -> str | None:
    return None if reason is None else str(getattr(reason, "value", getattr(reason, "raw", reason)))


def _tokens(usage: Usage) -> CountedTokens:
    return CountedTokens(prompt_tokens=usage.input, completion_tokens=usage.output, total_tokens=usage.total)


async def _frames(call: AnyCall, request: CompletionRequest) -> AsyncGenerator[bytes, None]:
    shown: JsonObject = {"id": "", "object": "text_completion", "model": request.model}
    with call.site.running.lease() as app:
        async with app.client.stream(request) as events:
            async for event in events:
                if isinstance(event, Started):
                    shown = {**shown, "id": event.id, "model": event.model}
                frame = _frame(shown, event)
                if frame:
                    yield frame


def _frame(shown: JsonObject, event: StreamEvent) -> bytes:
    """One event as OpenAI's API has it; nothing for those that it has not."""
    if isinstance(event, TextDelta):
        return _data({**shown, "choices": [{"text": event.text, "index": 0, "finish_reason": None}]})
    if isinstance(event, Done):
        reason, usage = _reason(event.response.finish_reason), attrs.asdict(_tokens(event.response.usage))
        last: JsonObject = {"choices": [{"text": "", "index": 0, "finish_reason": reason}], "usage": usage}
        return _data({**shown, **last}) + b"data: [DONE]\n\n"
    return _error_frame(event.error) if isinstance(event, Failed) else b""


def _error_frame(error: LLMError) -> bytes:
    return _data({"error": attrs.asdict(view_of(error))}) + b"data: [DONE]\n\n"


def _data(value: JsonObject) -> bytes:
    return b"data: %s\n\n" % dumps(value)


async def embed(call: ApiCall[VectorInput, object]) -> Result[VectorList, LLMError]:
    """Turn texts into vectors."""
    asked = call.body
    texts = (asked.input,) if isinstance(asked.input, str) else tuple(asked.input)
    if not texts:
        return Failure(invalid("input: there is no text in it"))
    with call.site.running.lease() as app:
        allowed = await find_allowed_models(app, call.caller.key, asked.model)
        if isinstance(allowed, Failure):
            return Failure(allowed.failure())
        options = options_of(call.caller, allowed=allowed.unwrap())
        request = EmbeddingRequest(asked.model, texts, asked.dimensions, options=options)
        return (await settle(app.client.embed(request))).map(_vectors)


def _vectors(one: EmbeddingResponse) -> VectorList:
    vectors = [
        TextVector(object="embedding", index=number, embedding=list(each.vector))
        for number, each in enumerate(one.embeddings)
    ]
    return VectorList(object="list", data=vectors, model=one.model, provider=one.provider, usage=_tokens(one.usage))


_PATH = "/api/v1/llm-providers"

ENDPOINTS = (
    ApiEndpoint(
        method="GET",
        path=f"{_PATH}/models",
        summary="The models of the active provider",
        run=list_models,
        scope="read",
        gives=ActiveModels,
        as_gateway=True,
    ),
    ApiEndpoint(
        method="POST",
        path=f"{_PATH}/completions",
        summary="Continue a text by the active provider, in OpenAI's form",
        run=complete,
        scope="chat",
        streams=True,
        as_gateway=True,
    ),
    ApiEndpoint(
        method="POST",
        path=f"{_PATH}/embeddings",
        summary="Turn texts into vectors by the active provider, in OpenAI's form",
        run=embed,
        scope="chat",
        as_gateway=True,
    ),
)
