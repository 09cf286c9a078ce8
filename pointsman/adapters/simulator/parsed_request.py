"""What a request wants, understood: its model, its text, and how a good reply to it is made. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import (
    ChatCall,
    Codec,
    CompletionCall,
    CompletionCodec,
    Dialect,
    Inbound,
    InboundCall,
    Operation,
)
from pointsman.adapters.dialects.ollama.models import VERSION, write_running, write_show
from pointsman.adapters.dialects.routing import RouteMatch
from pointsman.adapters.simulator.chat_reply import chat_reply, completion_reply
from pointsman.adapters.simulator.faults import overflow
from pointsman.adapters.simulator.plain_reading import plain_call
from pointsman.adapters.simulator.prompt_cache import PromptCache
from pointsman.adapters.simulator.reply import Reply, error_reply, json_reply
from pointsman.adapters.simulator.scenario import Action
from pointsman.adapters.simulator.simulated_models import CONTEXT_LENGTH, PLAIN_MODELS, describe_model, page
from pointsman.adapters.simulator.simulator import Simulator
from pointsman.adapters.simulator.strict_rules import broken_rule
from pointsman.adapters.simulator.tokens import tokens_of, tokens_of_request
from pointsman.adapters.simulator.transcription import transcribe
from pointsman.adapters.simulator.turn import ends_with_results, offered_tools
from pointsman.adapters.simulator.vectors import MOST_DIMENSIONS, embed
from pointsman.adapters.simulator.vendor_style import voice_of
from pointsman.adapters.simulator.vendors.registry import VENDORS
from pointsman.adapters.simulator.wire_turn import WireCall
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.request import check
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.error import InvalidRequest, LLMError
from pointsman.core.json import JsonObject, as_list, as_object, as_text
from pointsman.core.models.model import ModelPage, ModelQuery

_Query = TypeVar("_Query")
_Answer = TypeVar("_Answer")


@attrs.frozen(kw_only=True)
class ParsedRequest:
    """A request understood. `good` makes the reply, given what a scenario or the model's name wants of it.

    `model` is empty where the request is not about one model; `tokens` is the size of the prompt. `tools` are the names
    of those offered, `answered` says whether the request ends with what tools answered.
    """

    good: Callable[[Action | None], Reply]
    model: str = ""
    text: str = ""
    tokens: int = 0
    tools: tuple[str, ...] = ()
    answered: bool = False
    seed: int | None = None


Ordered: TypeAlias = Result[ParsedRequest, InvalidRequest]
Transcribing: TypeAlias = Codec[TranscriptionRequest, Transcription]


def order_of(simulator: Simulator, found: RouteMatch, inbound: Inbound, cache: PromptCache) -> Ordered:
    """The order in a request, or what is wrong with it."""
    dialect = found.dialect
    match found.route.operation:
        case "chat":
            return _read(simulator, dialect, inbound).bind(
                lambda asked: _chat(simulator, dialect, WireCall(asked, inbound.body, cache))
            )
        case "complete" if dialect.complete is not None:
            return _completion(simulator, dialect, dialect.complete, inbound)
        case "embed" if dialect.embed is not None:
            return _embedding(dialect.embed, inbound)
        case "transcribe" if dialect.transcribe is not None:
            return _transcription(simulator, dialect.transcribe, inbound)
        case "count" if dialect.count is not None:
            return _exchange(dialect.count, inbound, tokens_of_request)
        case "models" if dialect.models is not None:
            return _exchange(dialect.models, inbound, lambda _: page(simulator.faulty))
        case operation:
            reply = json_reply(_reply_without_codec(dialect, operation, inbound))
            return Success(ParsedRequest(good=lambda _: reply))


def refuse(dialect: Dialect, error: LLMError) -> Reply:
    """`error` as the dialect writes it, with the error's own status where it has one."""
    written = error_reply(dialect.write_error(error))
    return written if error.status is None else attrs.evolve(written, status=error.status)


def _read(simulator: Simulator, dialect: Dialect, inbound: Inbound) -> Result[ChatCall, InvalidRequest]:
    """The request; what its vendor has taken is answered, also where our reader does not understand it yet."""
    asked = dialect.chat.read_request(inbound)
    if not simulator.strict or dialect.name not in VENDORS:
        return asked
    return asked.bind(lambda call: check(call.request).map(lambda _: call)).lash(lambda _: Success(plain_call(inbound)))


def _chat(simulator: Simulator, dialect: Dialect, asked: WireCall) -> Ordered:
    request = asked.request
    tokens = tokens_of_request(request)

    def good(action: Action | None) -> Reply:
        if tokens > CONTEXT_LENGTH:
            return refuse(dialect, overflow(request.model, tokens, CONTEXT_LENGTH, voice_of(dialect.name)))
        return chat_reply(simulator, dialect, asked, action)

    return (
        broken_rule(dialect.name, request)
        .bind(lambda _: check(request))
        .map(
            lambda good_one: ParsedRequest(
                good=good,
                model=good_one.model,
                text=good_one.messages[-1].text,
                tokens=tokens,
                tools=offered_tools(asked.body),
                answered=ends_with_results(asked.body),
                seed=good_one.seed,
            )
        )
    )


def _completion(simulator: Simulator, dialect: Dialect, codec: CompletionCodec, inbound: Inbound) -> Ordered:
    if codec.chat is not None and codec.needs_chat(inbound):
        talking = attrs.evolve(dialect, chat=codec.chat)
        return codec.chat.read_request(inbound).bind(
            lambda asked: _chat(simulator, talking, WireCall(asked, inbound.body, None))
        )

    def order(asked: CompletionCall) -> ParsedRequest:
        model, prompt = asked.request.model, asked.request.prompt
        return ParsedRequest(
            good=lambda action: completion_reply(simulator, dialect, codec, asked, action),
            model=model,
            text=prompt,
            tokens=tokens_of(prompt),
        )

    return codec.read_request(inbound).map(order)


def _embedding(codec: Codec[EmbeddingRequest, EmbeddingResponse], inbound: Inbound) -> Ordered:
    def order(call: InboundCall[EmbeddingRequest]) -> Ordered:
        request = call.request
        if request.dimensions is not None and not 1 <= request.dimensions <= MOST_DIMENSIONS:
            return Failure(InvalidRequest(detail=f"dimensions must be from 1 to {MOST_DIMENSIONS}", status=400))
        reply = json_reply(codec.write_response(embed(request), call))
        return Success(ParsedRequest(good=lambda _: reply, model=request.model, text=" ".join(request.texts)))

    return codec.read_request(inbound).bind(order)


def _transcription(simulator: Simulator, codec: Transcribing, inbound: Inbound) -> Ordered:
    def order(call: InboundCall[TranscriptionRequest]) -> Ordered:
        request = call.request
        heard = transcribe(request, simulator.seed)
        return heard.map(lambda words: json_reply(codec.write_response(words, call))).map(
            lambda reply: ParsedRequest(good=lambda _: reply, model=request.model, text=request.prompt or "")
        )

    return codec.read_request(inbound).bind(order)


def _exchange(
    codec: Codec[_Query, _Answer],
    inbound: Inbound,
    answered: Callable[[_Query], _Answer],
) -> Ordered:
    def order(call: InboundCall[_Query]) -> ParsedRequest:
        reply = json_reply(codec.write_response(answered(call.request), call))
        return ParsedRequest(good=lambda _: reply)

    return codec.read_request(inbound).map(order)


def _reply_without_codec(dialect: Dialect, operation: Operation, inbound: Inbound) -> JsonObject:
    """The reply to an operation without a codec."""
    match operation:
        case "version":
            return {"version": VERSION}
        case "running":
            return write_running(PLAIN_MODELS)
        case "model" if dialect.details is not None:
            return write_show(describe_model(as_text(inbound.body.get("model")) or as_text(inbound.body.get("name"))))
        case "model" if dialect.models is not None:
            return _only(
                dialect.models.write_response(
                    ModelPage((describe_model(inbound.model or ""),)), InboundCall(ModelQuery())
                )
            )
        case _:
            return {}


def _only(listing: JsonObject) -> JsonObject:
    """The one entry of a model list, which is how the dialects describe one model."""
    return next((as_object(entry) for value in listing.values() for entry in as_list(value)[:1]), {})
