"""The laws of `Client`. A law takes an opening of a client that answers questions, is there, and embeds texts.

It is asked its default model, and must answer equal questions equally. What a client cannot do beside chatting
(continue a prompt, hear, embed, be pinged) must be an `UnsupportedFeature`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

import anyio
import anyio.lowlevel
import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Success

from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import Done, Failed, PartDone, Restarted, StreamEvent, TextDelta
from pointsman.core.chat.part import Audio, Bytes
from pointsman.core.chat.request import ChatRequest, ask
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.effect import settle
from pointsman.core.error import InvalidRequest, LLMError, UnsupportedFeature
from pointsman.services.ports.client import ChatClient, Client, Ping, TokenCount
from pointsman.services.streams.fold import fold

Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[Client]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]
QUESTION = ask("", "Why do trains need points?")
OUTSIDE = (
    attrs.evolve(QUESTION, messages=()),
    attrs.evolve(QUESTION, temperature=-1.0),
    attrs.evolve(QUESTION, timeout=0.0),
)
"""Requests that nobody may send."""


async def ask_chat(client: ChatClient, request: ChatRequest = QUESTION) -> ChatResponse | LLMError:
    """The outcome of a chat."""
    return unwrap_or_failure(await settle(client.chat(request)))


async def read_stream(client: Client, request: ChatRequest | CompletionRequest = QUESTION) -> list[StreamEvent]:
    """All events of a stream."""
    async with client.stream(request) as events:
        return [event async for event in events]


def _what_is_said(outcome: ChatResponse | LLMError) -> object:
    """Without what two calls differ in: times, ids and what they were counted by."""
    if not isinstance(outcome, ChatResponse):
        return outcome
    return outcome.parts, outcome.finish_reason, outcome.model, outcome.provider


async def a_stream_folds_to_the_answer(opening: Opening) -> None:
    async with opening() as client:
        whole = await ask_chat(client)
        folded = unwrap_or_failure(await settle(fold(client.stream(QUESTION))))
        assert isinstance(whole, ChatResponse)
        assert whole.text
        assert _what_is_said(folded) == _what_is_said(whole)


async def a_stream_ends_once_and_then_says_no_more(opening: Opening) -> None:
    async with opening() as client:
        events = await read_stream(client)
        ends = [number for number, event in enumerate(events) if isinstance(event, (Done, Failed))]
        assert ends == [len(events) - 1]


async def the_deltas_are_the_parts_and_the_parts_are_the_answer(opening: Opening) -> None:
    async with opening() as client:
        events = await read_stream(client)
        end = events[-1]
        assert isinstance(end, Done)
        assert not any(isinstance(event, Restarted) for event in events)
        assert "".join(event.text for event in events if isinstance(event, TextDelta)) == end.response.text
        assert tuple(event.part for event in events if isinstance(event, PartDone)) == end.response.parts


async def what_may_not_be_sent_is_an_invalid_request(opening: Opening) -> None:
    async with opening() as client:
        for request in OUTSIDE:
            assert isinstance(await ask_chat(client, request), InvalidRequest), request
            (event,) = await read_stream(client, request)
            assert isinstance(event, Failed)
            assert isinstance(event.error, InvalidRequest)
            assert not event.after_output


async def asking_again_is_another_call(opening: Opening) -> None:
    async with opening() as client:
        first, second = client.chat(QUESTION), client.chat(QUESTION)
        outcomes = [unwrap_or_failure(await settle(call)) for call in (second, first)]
        assert _what_is_said(outcomes[0]) == _what_is_said(outcomes[1])
        assert isinstance(outcomes[0], ChatResponse)


async def many_at_once_are_answered_each_its_own(opening: Opening) -> None:
    answers: dict[int, tuple[object, object]] = {}
    async with opening() as client:

        async def one(number: int) -> None:
            request = ask("", f"What is {number}?")
            folded = unwrap_or_failure(await settle(fold(client.stream(request))))
            answers[number] = _what_is_said(await ask_chat(client, request)), _what_is_said(folded)

        async with anyio.create_task_group() as group:
            for number in range(20):
                group.start_soon(one, number)
    assert len(answers) == 20
    assert all(isinstance(whole, tuple) and whole == folded for whole, folded in answers.values())


async def a_stream_may_be_left_early_and_cancelled(opening: Opening) -> None:
    async with opening() as client:
        for _ in range(3):
            async with client.stream(QUESTION) as events:
                assert not isinstance(await anext(events), Failed)
        with anyio.CancelScope() as scope:
            async with client.stream(QUESTION) as events:
                async for _ in events:
                    scope.cancel()
        assert isinstance(await ask_chat(client), ChatResponse)


async def an_exception_of_the_callers_leaves_a_stream_as_it_is(opening: Opening) -> None:
    async with opening() as client:
        error = KeyError("mine")
        try:
            async with client.stream(QUESTION) as events:
                async for _ in events:
                    raise error
        except KeyError as raised:
            assert raised is error  # noqa: PT017  # the laws need no pytest
        else:
            raise AssertionError("it was swallowed")


async def a_cancelled_call_is_cancelled(opening: Opening) -> None:
    async with opening() as client:
        with anyio.CancelScope() as scope:
            scope.cancel()
            await settle(client.chat(QUESTION))
            await anyio.lowlevel.checkpoint()
            raise AssertionError("it was not cancelled")
        assert isinstance(await ask_chat(client), ChatResponse)


async def each_text_has_its_vector_in_order(opening: Opening) -> None:
    texts = ("trains", "points", "trains")
    async with opening() as client:
        outcome = unwrap_or_failure(await settle(client.embed(EmbeddingRequest("", texts))))
        if isinstance(outcome, UnsupportedFeature):
            return
        assert isinstance(outcome, EmbeddingResponse), outcome
        vectors = [one.vector for one in outcome.embeddings]
        assert [one.index for one in outcome.embeddings] == [0, 1, 2]
        assert vectors[0] == vectors[2] != vectors[1]
        assert len({len(vector) for vector in vectors}) == 1


async def a_prompt_is_continued_whole_and_streamed_alike(opening: Opening) -> None:
    request = CompletionRequest("", "Trains need")
    async with opening() as client:
        outcome = unwrap_or_failure(await settle(client.complete(request)))
        end = (await read_stream(client, request))[-1]
        if isinstance(outcome, UnsupportedFeature):
            assert isinstance(end, Failed)
            assert isinstance(end.error, UnsupportedFeature)
        else:
            assert isinstance(outcome, Completion), outcome
            assert isinstance(end, Done)
            assert end.response.text == outcome.text


async def what_is_heard_is_words_or_not_offered(opening: Opening) -> None:
    async with opening() as client:
        request = TranscriptionRequest("", Audio(Bytes(b"RIFF\x24\x00\x00\x00WAVE", "audio/wav")))
        outcome = unwrap_or_failure(await settle(client.transcribe(request)))
        assert isinstance(outcome, (Transcription, UnsupportedFeature)), outcome


async def models_are_listed_with_their_provider_and_again_after_they_were_forgotten(opening: Opening) -> None:
    async with opening() as client:
        listed = (await settle(client.models())).unwrap()
        assert listed
        assert all(model.id and model.provider for model in listed)
        client.forget_models()
        again = (await settle(client.models(use_cache=False, detailed=True))).unwrap()
        assert [model.id for model in again] == [model.id for model in listed]


async def it_is_there(opening: Opening) -> None:
    async with opening() as client:
        ping = unwrap_or_failure(await settle(client.ping()))
        if isinstance(ping, UnsupportedFeature):
            return
        assert isinstance(ping, Ping), ping
        assert ping.ok
        assert ping.error is None
        assert ping.latency_ms >= 0


async def a_longer_question_has_more_tokens(opening: Opening) -> None:
    async with opening() as client:
        short = unwrap_or_failure(await settle(client.count_tokens(QUESTION)))
        long = unwrap_or_failure(await settle(client.count_tokens(ask("", "Why do trains need points? " * 50))))
        assert isinstance(short, TokenCount), short
        assert isinstance(long, TokenCount), long
        assert 0 < short.tokens < long.tokens


async def usage_is_known_or_unknown_but_never_less_than_nothing(opening: Opening) -> None:
    async with opening() as client:
        answer = await ask_chat(client)
        assert isinstance(answer, ChatResponse)
        used = answer.usage
        counts = (used.input, used.output, used.cached_input, used.cache_write, used.reasoning)
        assert all(count is None or count >= 0 for count in counts)


async def an_answer_says_who_gave_it(opening: Opening) -> None:
    async with opening() as client:
        outcome = await settle(client.chat(QUESTION))
        assert isinstance(outcome, Success | Failure)
        answer = unwrap_or_failure(outcome)
        assert isinstance(answer, ChatResponse)
        assert answer.provider
        assert answer.model
        assert answer.attempts[-1].error is None


LAWS: tuple[Law, ...] = (
    a_stream_folds_to_the_answer,
    a_stream_ends_once_and_then_says_no_more,
    the_deltas_are_the_parts_and_the_parts_are_the_answer,
    what_may_not_be_sent_is_an_invalid_request,
    asking_again_is_another_call,
    many_at_once_are_answered_each_its_own,
    a_stream_may_be_left_early_and_cancelled,
    an_exception_of_the_callers_leaves_a_stream_as_it_is,
    a_cancelled_call_is_cancelled,
    each_text_has_its_vector_in_order,
    a_prompt_is_continued_whole_and_streamed_alike,
    what_is_heard_is_words_or_not_offered,
    models_are_listed_with_their_provider_and_again_after_they_were_forgotten,
    it_is_there,
    a_longer_question_has_more_tokens,
    usage_is_known_or_unknown_but_never_less_than_nothing,
    an_answer_says_who_gave_it,
)
