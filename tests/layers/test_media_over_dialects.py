"""Sound and documents to every provider row over real HTTP: they arrive, or are refused by type before being sent."""

from __future__ import annotations

import attrs
import pytest
from returns.methods import unwrap_or_failure

from pointsman import (
    Audio,
    ChatError,
    ChatRequest,
    ChatResponse,
    File,
    InvalidRequest,
    Part,
    Segment,
    Transcription,
    TranscriptionRequest,
    UnsupportedFeature,
    settle,
    user,
)
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.core.chat.part import Bytes
from pointsman.services.ports.client import Client
from tests.adapters.media.test_sound_and_documents import SOUNDS, tone
from tests.simulated import KEY, chat, count_calls, simulated

ROWS = pytest.mark.parametrize("name", list(PROVIDERS))
WAV = Audio(Bytes(tone(1.0), "audio/wav"))
LISTENING = ("openai-chat", "gemini")
READING = ("openai-chat", "openai-responses", "anthropic", "gemini")


async def said(name: str, part: Part) -> ChatResponse | ChatError:
    """What the simulated provider saw of `part`."""
    async with simulated(name) as (app, server):
        answer = await chat(app, ChatRequest(f"{name}/sim", (user("What is this?", part),)))
        if isinstance(answer, UnsupportedFeature):
            assert count_calls(server) == 0
        return answer


@ROWS
@pytest.mark.parametrize("kind", SOUNDS)
async def test_sound_arrives_or_is_unsupported(name: str, kind: str) -> None:
    row = PROVIDERS[name]
    answer = await said(name, Audio(Bytes(SOUNDS[kind], kind)))
    narrow = row.dialect == "openai-chat" and row.quirks.audio_formats is not None
    if row.dialect not in LISTENING or (narrow and kind not in ("audio/wav", "audio/mpeg")):
        assert isinstance(answer, UnsupportedFeature)
    else:
        assert isinstance(answer, ChatResponse)
        assert f"audio: {kind}, {len(SOUNDS[kind])} bytes" in answer.text


@ROWS
async def test_a_pdf_arrives_or_is_unsupported(name: str) -> None:
    answer = await said(name, File(Bytes(b"%PDF-1.7 hello", "application/pdf"), "a.pdf"))
    if PROVIDERS[name].dialect in READING:
        assert isinstance(answer, ChatResponse)
        assert "application/pdf, 14 bytes" in answer.text
    else:
        assert isinstance(answer, UnsupportedFeature)


async def transcribed(client: Client, request: TranscriptionRequest) -> Transcription | ChatError:
    """The outcome of a transcription."""
    return unwrap_or_failure(await settle(client.transcribe(request)))


@ROWS
async def test_speech_becomes_text_where_the_row_has_it(name: str) -> None:
    row = PROVIDERS[name]
    request = TranscriptionRequest(f"{name}/sim", WAV, language="de", prompt="Zug", temperature=0.2)
    async with simulated(name) as (app, server):
        plain = await transcribed(app.client, request)
        verbose = await transcribed(app.client, attrs.evolve(request, segments=True))
        sent = count_calls(server)
    if not row.transcribes:
        assert isinstance(plain, UnsupportedFeature)
        assert plain.feature == "transcription"
        assert sent == 0
        return
    assert isinstance(plain, Transcription)
    assert isinstance(verbose, Transcription)
    assert plain.text == verbose.text
    assert "16044 bytes of audio/wav" in plain.text
    assert (plain.provider, plain.model, len(plain.attempts)) == (name, "sim", 1)
    assert plain.usage.total
    if "transcription.segments" in row.quirks.lacks:
        assert {warning.subject for warning in verbose.warnings} == {"prompt", "segments"}
    else:
        assert (verbose.duration, verbose.language) == (1.0, "de")
        assert all(isinstance(segment, Segment) for segment in verbose.segments)
        assert verbose.segments[-1].end == 1.0


@pytest.mark.parametrize(
    ("fault", "tag"),
    [
        ("sim-auth", "AuthenticationFailed"),
        ("sim-rate-limit-3", "RateLimitExceeded"),
        ("sim-quota", "QuotaExhausted"),
        ("sim-not-found", "ModelNotFound"),
        ("sim-status-500", "ModelUnavailable"),
        ("sim-html", "InvalidResponse"),
        ("sim-malformed", "InvalidResponse"),
        ("sim-empty", "InvalidResponse"),
        ("sim-reset", "NetworkError"),
        ("sim-cut", "NetworkError"),
    ],
)
async def test_every_fault_has_its_tag(fault: str, tag: str) -> None:
    async with simulated("openai") as (app, _):
        error = await transcribed(app.client, TranscriptionRequest(f"openai/{fault}", WAV))
    assert not isinstance(error, Transcription)
    assert (error.tag, error.provider) == (tag, "openai")
    assert KEY not in f"{error!r}{error}"


async def test_what_nobody_would_take_is_told_at_once_and_not_sent() -> None:
    async with simulated("groq") as (app, server):
        empty = Audio(Bytes(b"", "audio/wav"))
        error = await transcribed(app.client, TranscriptionRequest("groq/sim", empty, temperature=2, timeout=0))
        assert count_calls(server) == 0
    assert isinstance(error, InvalidRequest)
    assert [problem.partition(":")[0] for problem in error.problems] == ["audio", "temperature", "timeout"]


async def test_the_rows_own_model_is_asked_where_none_is_named() -> None:
    async with simulated("groq") as (app, server):
        await transcribed(app.client, TranscriptionRequest("groq/", WAV))
        assert server.stats().by_model == {"whisper-large-v3-turbo": 1}


async def test_retries_are_counted_and_the_whole_sound_is_sent_again() -> None:
    sound = Audio(Bytes(tone(30.0), "audio/wav"))
    async with simulated("openai", retries=2) as (app, server):
        answer = await transcribed(app.client, TranscriptionRequest("openai/sim-flaky-2", sound))
        assert server.stats().by_model["sim-flaky-2"] == 3
        rows = (await settle(app.manager.report("model"))).unwrap()
    assert isinstance(answer, Transcription)
    assert len(answer.attempts) == 3
    assert "480044 bytes" in answer.text
    assert [(row.calls, row.cost.complete) for row in rows] == [(1, False)]
