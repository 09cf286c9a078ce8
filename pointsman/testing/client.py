"""A client that answers by a script, or by rules, and remembers what it was asked. It touches no network."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from typing import TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.completion import Completion, CompletionRequest, as_chat, as_completion
from pointsman.core.chat.embedding import Embedding, EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import Done, Failed, StreamEvent, StreamItem
from pointsman.core.chat.part import Text
from pointsman.core.chat.request import ChatRequest, check
from pointsman.core.chat.response import ChatResponse, Finish
from pointsman.core.chat.token_estimate import estimate_request, estimate_text
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.chat.usage import Usage
from pointsman.core.error import Attempt, ChatError, Fault, InvalidResponse
from pointsman.core.models.model import ModelInfo
from pointsman.core.schema.unfold import unfold
from pointsman.services.ports.client import Answer, ModelsQuery, Operation, Ping, Query, TokenCount
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.provider_client import ProviderClient
from pointsman.services.streams.event_stream import EventStream
from pointsman.services.streams.opening import error_of
from pointsman.testing.clock import VirtualClock
from pointsman.testing.rules import Reply as Reply
from pointsman.testing.rules import ScriptRule as ScriptRule
from pointsman.testing.rules import When, first_fitting, no_rule

Script: TypeAlias = Iterable[Reply] | Callable[[ChatRequest], Reply]


def _echo(request: ChatRequest) -> Reply:
    return f"You said: {request.messages[-1].text}"


@attrs.define
class ScriptedClient(ProviderClient):
    """Answers from `script`: replies in order, or a function of the request; by default it echoes.

    A reply is a text, a whole response, an error, or the exact events of a stream. When the replies run out the call
    fails with an `InvalidResponse` that says so. With `respond` and `fail` it has rules instead, and no script. Where
    `error` is set everything it is asked fails with that. Vectors and words of sounds take `delay` seconds. `requests`
    holds every chat request so far.

    `clock` is what delays are waited on; `pointsman.testing.fake` gives it the clock of the App.
    """

    script: Script = _echo
    provider: str = "fake"
    model_list: tuple[ModelInfo, ...] = (ModelInfo(id="fake-model", provider="fake", type="llm"),)
    requests: list[ChatRequest] = attrs.field(factory=list)
    texts: list[str] = attrs.field(factory=list)
    sounds: list[TranscriptionRequest] = attrs.field(factory=list)
    error: ChatError | None = None
    clock: Clock | None = None
    delay: float = 0.0
    rules: list[ScriptRule] = attrs.field(factory=list)
    _rest: list[Reply] = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._rest = [] if callable(self.script) else list(self.script)

    def respond(
        self, *replies: Reply, when: When = "", delay: float = 0.0, times: int | None = None, optional: bool = False
    ) -> ScriptRule:
        """Answer the questions that `when` fits by `replies`, `delay` seconds after each question.

        A prompt to be completed is a question; texts to be embedded and sounds are none: see the field `delay`.

        `when` is a text that the last message must hold, or a function of the request. One reply is given to every
        question, or to so many `times`; of several each is given once, in order. The first rule that fits and is not
        used up answers; where none does, the call fails and says so. A rule that nothing asked for fails the test of
        the pytest plugin, unless it is `optional`.
        """
        rule = ScriptRule(when, replies, delay, times if len(replies) == 1 else len(replies), optional)
        self.rules.append(rule)
        return rule

    def fail(self, error: ChatError, *, when: When = "", delay: float = 0.0, times: int | None = None) -> ScriptRule:
        """As `respond`, with an error, which is repeated."""
        return self.respond(error, when=when, delay=delay, times=times)

    @property
    def unused_rules(self) -> list[ScriptRule]:
        """The rules that nothing asked for, though something should have."""
        return [rule for rule in self.rules if not rule.calls and not rule.optional]

    async def call(self, operation: Operation[Query, Answer], request: Query) -> Result[Answer, ChatError]:
        """By the method of that operation, unless there is an `error`; what answers a ping with that is `call_ping`."""
        if self.error is not None and operation.name not in ("chat", "ping"):
            return Failure(self.error)
        return await super().call(operation, request)

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        """The next reply of the script."""
        reply = await self._answer(request)
        match reply if isinstance(reply, ChatResponse) else reply[-1]:
            case (ChatResponse() as response) | Done(response):
                return Success(response)
            case Failed() as failed:
                return Failure(error_of(failed))
            case _:
                return Failure(InvalidResponse(detail="the scripted events have no end", provider=self.provider))

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """The next reply of the script, as a stream."""
        reply = await self._answer(request)
        return await EventStream.start(_each(tuple(unfold(reply)) if isinstance(reply, ChatResponse) else reply))

    async def open_completion(self, request: CompletionRequest) -> EventStream:
        """By the rules, where there are any; else the prompt, echoed."""
        if self.rules:
            return await self.open_chat(as_chat(request))
        if self.error is not None:
            return EventStream.fail_with(self.error)
        return await EventStream.start(_each(tuple(unfold(self._completion(request).response))))

    async def call_complete(self, request: CompletionRequest) -> Result[Completion, ChatError]:
        """By the rules, where there are any; else the prompt, echoed."""
        if self.rules:
            return (await self.call_chat(as_chat(request))).map(as_completion)
        return Success(self._completion(request))

    async def call_embed(self, request: EmbeddingRequest) -> Result[EmbeddingResponse, ChatError]:
        """A vector for each text, always the same for the same text."""
        self.texts.extend(request.texts)
        await self._let_pass(self.delay)
        vectors = tuple(Embedding(_vector(text), index) for index, text in enumerate(request.texts))
        tokens = sum(estimate_text(text) for text in request.texts)
        return Success(
            EmbeddingResponse(
                embeddings=vectors,
                model=request.model,
                provider=self.provider,
                usage=Usage(tokens, 0),
                latency_ms=0.0,
                attempts=(Attempt(self.provider, request.model, 0.0),),
            )
        )

    async def call_transcribe(self, request: TranscriptionRequest) -> Result[Transcription, ChatError]:
        """What sound it was; always the same for the same sound."""
        data = request.audio.data
        self.sounds.append(request)
        await self._let_pass(self.delay)
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
        """Always there, unless there is an `error`: being down is an answer too."""
        is_there = self.error is None
        return Success(Ping(self.provider, is_there, 0.0, 0.0, self.error, len(self.model_list) if is_there else None))

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

    async def _answer(self, request: ChatRequest) -> ChatResponse | Sequence[StreamEvent]:
        """The next reply after its delay: a whole answer, or events."""
        self.requests.append(request)
        wrong = check(request)
        if isinstance(wrong, Failure):
            return self._failure(wrong.failure(), request)
        delay, reply = self._next(request)
        await self._let_pass(delay)
        if isinstance(reply, Fault):
            return self._failure(reply, request)
        return self._response(reply, request) if isinstance(reply, str) else reply

    async def _let_pass(self, seconds: float) -> None:
        if seconds > 0:
            self.clock = self.clock or VirtualClock()
            await self.clock.sleep(seconds)

    def _failure(self, error: ChatError, request: ChatRequest) -> Sequence[StreamEvent]:
        model = error.model or request.model or None
        named = attrs.evolve(error, provider=error.provider or self.provider, model=model)
        return (Failed(named, ChatResponse(provider=self.provider)),)

    def _next(self, request: ChatRequest) -> tuple[float, Reply]:
        """After how many seconds which reply is given."""
        if self.error is not None:
            return 0.0, self.error
        if self.rules:
            rule = first_fitting(self.rules, request)
            return (0.0, no_rule(self.rules, request)) if rule is None else (rule.delay, rule.take(request))
        if callable(self.script):
            return 0.0, self.script(request)
        if not self._rest:
            return 0.0, InvalidResponse(detail=f"the script of {len(self.requests) - 1} replies is at its end")
        return 0.0, self._rest.pop(0)

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


def transcript(requests: Iterable[ChatRequest]) -> list[str]:
    """What `requests` say, as a line `role: text` for each message: to compare, and to keep as a snapshot."""
    return [f"{message.role}: {message.text}" for request in requests for message in request.messages]


async def _each(events: Sequence[StreamEvent]) -> AsyncGenerator[StreamItem, None]:
    for event in events:
        yield event


def _vector(text: str) -> tuple[float, ...]:
    digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8]
    length = sum((byte - 127.5) ** 2 for byte in digest) ** 0.5
    return tuple((byte - 127.5) / length for byte in digest)
