"""The laws of `RecordingStore`, where recordings are kept. A law takes an opening of a new, empty one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

import anyio
import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.result import Success

from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import Embedding, EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import Done, Started, TextDelta
from pointsman.core.chat.options import CallOptions
from pointsman.core.chat.part import Audio, Bytes, Text
from pointsman.core.chat.request import ask
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.effect import settle
from pointsman.services.ports.recording_store import RecordedExchange, RecordedRequest, RecordingStore
from pointsman.testing.laws.examples import BACKENDS, examples
from pointsman.testing.laws.responses import ERRORS, responses, texts

Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[RecordingStore]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]
Property: TypeAlias = Callable[[Opening], None]
QUESTION = ask("m", "Which way?")


def answer(text: str) -> ChatResponse:
    """A response that says `text`."""
    return ChatResponse(parts=(Text(text),), model="m", provider="p")


async def find(store: RecordingStore, request: RecordedRequest) -> RecordedExchange | None:
    return (await settle(store.find(request))).unwrap()


async def what_was_never_kept_is_not_there(opening: Opening) -> None:
    async with opening() as store:
        assert await find(store, QUESTION) is None
        assert await settle(store.keep(RecordedExchange(QUESTION, answer("left")))) == Success(None)
        assert await find(store, ask("m", "Which way")) is None


async def it_is_found_by_what_is_asked_not_by_who_asks_and_for_how_long(opening: Opening) -> None:
    async with opening() as store:
        await settle(store.keep(RecordedExchange(QUESTION, answer("left"))))
        same = attrs.evolve(ask("m", "Which way?", CallOptions(tenant="ann")), request_id="7", timeout=9.0)
        other = attrs.evolve(QUESTION, model="n"), attrs.evolve(QUESTION, temperature=0.5), ask("m", "which way?")
        found = await find(store, same)
        assert found is not None
        assert found.outcome == answer("left")
        assert [await find(store, request) for request in other] == [None, None, None]


async def the_newer_replaces_the_older(opening: Opening) -> None:
    async with opening() as store:
        for text in ("left", "right"):
            await settle(store.keep(RecordedExchange(QUESTION, answer(text))))
        found = await find(store, QUESTION)
        assert found is not None
        assert found.outcome == answer("right")


async def errors_and_the_events_of_a_stream_are_kept(opening: Opening) -> None:
    events = (Started("1", "m"), TextDelta("left", 0), Done(answer("left")))
    async with opening() as store:
        for error in ERRORS:
            await settle(store.keep(RecordedExchange(QUESTION, error)))
            assert await find(store, QUESTION) == RecordedExchange(QUESTION, error)
        await settle(store.keep(RecordedExchange(QUESTION, answer("left"), events)))
        assert await find(store, QUESTION) == RecordedExchange(QUESTION, answer("left"), events)


async def every_operation_has_tapes_of_its_own(opening: Opening) -> None:
    sound = Audio(Bytes(b"RIFF", "audio/wav"))
    vectors = EmbeddingResponse(embeddings=(Embedding((0.5, -1.0), 0),), model="m")
    tapes = (
        RecordedExchange(ask("m", "Once"), answer("left")),
        RecordedExchange(CompletionRequest("m", "Once"), Completion(text=" upon", model="m")),
        RecordedExchange(EmbeddingRequest("m", ("Once",)), vectors),
        RecordedExchange(TranscriptionRequest("m", sound), Transcription(text="Once", model="m")),
    )
    async with opening() as store:
        for tape in tapes:
            assert await settle(store.keep(tape)) == Success(None)
        assert [await find(store, tape.request) for tape in tapes] == list(tapes)
        assert await find(store, EmbeddingRequest("m", ("Twice",))) is None


async def what_utf8_cannot_carry_is_kept_with_question_marks_at_most(opening: Opening) -> None:
    async with opening() as store:
        odd = ask("m", "half a pair: \ud800")
        assert await settle(store.keep(RecordedExchange(odd, answer("left \udc00")))) == Success(None)
        found = await find(store, odd)
        assert found is not None
        assert found.outcome in (answer("left \udc00"), answer("left ?"))


async def many_at_once_are_all_kept_whole(opening: Opening) -> None:
    async with opening() as store:

        async def use(number: int) -> None:
            tape = RecordedExchange(ask("m", str(number % 10)), answer(str(number % 10)))
            assert await settle(store.keep(tape)) == Success(None)
            assert await find(store, tape.request) == tape

        async with anyio.create_task_group() as group:
            for number in range(40):
                group.start_soon(use, number)


def what_is_found_is_what_was_kept(opening: Opening) -> None:
    @settings(max_examples=examples(40))
    @given(response=responses, text=texts.filter(bool), backend=st.sampled_from(BACKENDS))
    def check(response: ChatResponse, text: str, backend: str) -> None:
        async def run() -> None:
            async with opening() as store:
                tape = RecordedExchange(ask("m", text), response)
                assert await settle(store.keep(tape)) == Success(None)
                assert await find(store, tape.request) == tape

        anyio.run(run, backend=backend)

    check()


LAWS: tuple[Law, ...] = (
    what_was_never_kept_is_not_there,
    it_is_found_by_what_is_asked_not_by_who_asks_and_for_how_long,
    the_newer_replaces_the_older,
    errors_and_the_events_of_a_stream_are_kept,
    every_operation_has_tapes_of_its_own,
    what_utf8_cannot_carry_is_kept_with_question_marks_at_most,
    many_at_once_are_all_kept_whole,
)
PROPERTIES: tuple[Property, ...] = (what_is_found_is_what_was_kept,)
