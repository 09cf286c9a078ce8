"""OpenAI's transcription endpoint: literal forms and answers, and the laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.dialect import Inbound, InboundCall, Quirks, Target
from pointsman.adapters.dialects.openai_chat.transcriptions import OPENAI_TRANSCRIBE
from pointsman.adapters.form import Form, FormFile
from pointsman.core.chat.part import Audio, Bytes
from pointsman.core.chat.transcription import Segment, Transcription, TranscriptionRequest
from pointsman.core.chat.usage import Usage
from pointsman.core.error import Fault
from pointsman.core.json import Json
from tests.adapters.dialects import strategies as some

TARGET = Target("acme", "m")
SOUND = Audio(Bytes(b"ID3 sound", "audio/mpeg"))

seconds = st.floats(0, 1e6)
requests = st.builds(
    TranscriptionRequest,
    st.just("m"),
    st.sampled_from([SOUND, Audio(Bytes(b"fLaC", "audio/flac")), Audio(Bytes(b"?", "audio/x-own"))]),
    language=st.none() | some.full_texts,
    prompt=st.none() | some.full_texts,
    temperature=st.none() | st.floats(0, 1),
    segments=st.booleans(),
    extra=st.dictionaries(
        some.names.map(lambda name: f"x_{name}"), some.full_texts | st.lists(some.full_texts, min_size=2, max_size=3)
    ),
)
counts = st.integers(0, 10**9)
transcriptions = st.builds(
    Transcription,
    text=some.full_texts,
    segments=st.lists(st.builds(Segment, seconds, seconds, some.full_texts), max_size=3).map(tuple),
    language=st.none() | some.full_texts,
    duration=st.none() | seconds,
    usage=st.builds(Usage, counts, counts) | st.just(Usage()),
    model=st.just("") | some.names,
    provider=st.just("acme"),
)


@given(requests)
def test_a_server_reads_what_a_client_writes(request: TranscriptionRequest) -> None:
    wire = OPENAI_TRANSCRIBE.write_request(request, TARGET).unwrap()
    assert wire.path == "/audio/transcriptions"
    assert OPENAI_TRANSCRIBE.read_request(Inbound({}, form=wire.form)).unwrap().request == request


@given(transcriptions)
def test_a_client_reads_what_a_server_writes(answer: Transcription) -> None:
    call = InboundCall(TranscriptionRequest(answer.model, SOUND))
    body = OPENAI_TRANSCRIBE.write_response(answer, call)
    assert OPENAI_TRANSCRIBE.read_response(body, TARGET).unwrap() == answer


@given(some.json_values)
def test_no_answer_raises(body: Json) -> None:
    assert isinstance(unwrap_or_failure(OPENAI_TRANSCRIBE.read_response(body, TARGET)), (Transcription, Fault))


def test_the_form_is_the_documented_one() -> None:
    request = TranscriptionRequest(
        "m", SOUND, language="de", prompt="Zug", temperature=0.5, segments=True, extra={"a[]": ["x", 1], "b": None}
    )
    assert OPENAI_TRANSCRIBE.write_request(request, TARGET).unwrap().form == Form(
        (
            ("model", "m"),
            ("language", "de"),
            ("prompt", "Zug"),
            ("temperature", "0.5"),
            ("response_format", "verbose_json"),
            ("a[]", "x"),
            ("a[]", "1"),
        ),
        (FormFile("file", "audio.mp3", "audio/mpeg", b"ID3 sound"),),
    )


def test_what_the_provider_lacks_is_left_out_with_a_warning() -> None:
    target = Target("acme", "m", Quirks(lacks=frozenset({"transcription.prompt", "transcription.segments"})))
    request = TranscriptionRequest("m", SOUND, prompt="Zug", segments=True)
    wire = OPENAI_TRANSCRIBE.write_request(request, target).unwrap()
    assert wire.form is not None
    assert wire.form.fields == (("model", "m"),)
    assert [warning.subject for warning in wire.warnings] == ["prompt", "segments"]
    assert OPENAI_TRANSCRIBE.write_request(TranscriptionRequest("m", SOUND), target).unwrap().warnings == ()


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        pytest.param(
            {
                "text": "Hi.",
                "usage": {
                    "type": "tokens",
                    "input_tokens": 14,
                    "input_token_details": {"text_tokens": 10, "audio_tokens": 4},
                    "output_tokens": 101,
                    "total_tokens": 115,
                },
            },
            Transcription(text="Hi.", usage=Usage(14, 101), provider="acme"),
            id="OpenAI, by tokens",
        ),
        pytest.param(
            {
                "task": "transcribe",
                "language": "english",
                "duration": 8.470000267028809,
                "text": "Hi.",
                "segments": [
                    {"id": 0, "seek": 0, "start": 0.0, "end": 3.32, "text": " Hi.", "tokens": [1], "avg_logprob": -0.2},
                    {"id": 1, "text": "without times"},
                ],
                "usage": {"type": "duration", "seconds": 9},
            },
            Transcription(
                text="Hi.",
                segments=(Segment(0.0, 3.32, " Hi."),),
                language="english",
                duration=8.470000267028809,
                provider="acme",
            ),
            id="OpenAI, verbose, by time",
        ),
        pytest.param(
            {
                "model": "voxtral-mini-2507",
                "text": "Hi.",
                "language": None,
                "segments": [],
                "usage": {
                    "prompt_audio_seconds": 203,
                    "prompt_tokens": 4,
                    "total_tokens": 3264,
                    "completion_tokens": 9,
                },
            },
            Transcription(text="Hi.", usage=Usage(4, 9), model="voxtral-mini-2507", provider="acme"),
            id="Mistral",
        ),
        pytest.param({"text": "", "x_groq": {"id": "req_1"}}, Transcription(text="", provider="acme"), id="silence"),
        pytest.param(
            {"text": "Hi.", "usage": {"type": "duration", "seconds": 9}},
            Transcription(text="Hi.", duration=9.0, provider="acme"),
            id="plain, by time",
        ),
    ],
)
def test_recorded_answers(body: Json, answer: Transcription) -> None:
    assert OPENAI_TRANSCRIBE.read_response(body, TARGET).unwrap() == answer


@pytest.mark.parametrize("body", [{}, {"text": 1}, [], None, 1])
def test_an_answer_without_text_is_invalid(body: Json) -> None:
    assert OPENAI_TRANSCRIBE.read_response(body, TARGET).failure().tag == "InvalidResponse"


def test_an_error_in_a_good_answer_is_an_error() -> None:
    body: Json = {"error": {"message": "no", "type": "invalid_request_error", "code": "invalid_api_key"}}
    assert OPENAI_TRANSCRIBE.read_response(body, TARGET).failure().tag == "AuthenticationFailed"


def test_all_that_is_wrong_with_a_form_is_told_at_once() -> None:
    fields = (("language", "a"), ("language", "b"), ("temperature", "hot"), ("response_format", "srt"))
    wrong = OPENAI_TRANSCRIBE.read_request(Inbound({}, form=Form((*fields, ("stream", "true"))))).failure()
    assert [problem.partition(":")[0] for problem in wrong.problems] == [
        "model",
        "file",
        "language",
        "temperature",
        "response_format",
        "stream",
    ]
    assert OPENAI_TRANSCRIBE.read_request(Inbound({})).failure().problems[0] == "model: it is missing"
    for temperature in ("2", "-1", "nan", "inf"):
        form = Form((("model", "m"), ("temperature", temperature)), (FormFile("file", "a", "audio/wav", b"1"),))
        assert "from 0 to 1" in OPENAI_TRANSCRIBE.read_request(Inbound({}, form=form)).failure().detail
