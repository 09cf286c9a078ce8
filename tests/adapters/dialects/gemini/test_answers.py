"""Answers of Gemini, whole and streamed: candidates, sources, log probabilities, ids, ends."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.dialect import InboundCall, Target
from pointsman.adapters.dialects.gemini import GEMINI
from pointsman.core.chat.event import Done, Failed, PartDone, Started, TextDelta
from pointsman.core.chat.part import Bytes, Citation, Image, Opaque, ProviderPart, Reasoning, Text, ToolCall
from pointsman.core.chat.request import ask
from pointsman.core.chat.response import ChatResponse, Choice, Finish, Other, TokenLogprob
from pointsman.core.chat.usage import Usage
from pointsman.core.error import ContentFiltered, InvalidResponse
from pointsman.core.schema.unfold import unfold
from tests.adapters.dialects.streams import frames

TARGET = Target("gemini", "m", nonce="7f")
CALL = {"functionCall": {"name": "look", "args": {}}}
CODE: Any = {"executableCode": {"language": "PYTHON", "code": "4"}}
WHOLE: dict[str, Any] = {
    "candidates": [
        {
            "content": {"role": "model", "parts": [CODE, {"text": "Grün ist es."}, CALL, CALL]},
            "finishReason": "STOP",
            "index": 0,
            "groundingMetadata": {
                "groundingChunks": [{"web": {"uri": "https://a", "title": "A"}}, {"web": {"uri": "https://b"}}],
                "groundingSupports": [{"segment": {"startIndex": 6, "endIndex": 9}, "groundingChunkIndices": [0]}],
            },
            "logprobsResult": {
                "chosenCandidates": [{"token": "G", "logProbability": -0.5}],
                "topCandidates": [{"candidates": [{"token": "R", "logProbability": -2}]}],
            },
        },
        {"content": {"parts": [{"text": "Rot."}]}, "finishReason": "MAX_TOKENS", "index": 1},
    ],
    "usageMetadata": {
        "promptTokenCount": 10,
        "toolUsePromptTokenCount": 5,
        "candidatesTokenCount": 3,
        "thoughtsTokenCount": 2,
        "serviceTier": "flex",
    },
    "modelVersion": "m-1",
    "responseId": "r1",
}
READ = ChatResponse(
    parts=(
        ProviderPart("gemini", CODE),
        Text("Grün ist es.", citations=(Citation("https://a", "A", start=5, end=8), Citation("https://b"))),
        ToolCall("call_7f_0", "look", "{}"),
        ToolCall("call_7f_1", "look", "{}"),
    ),
    finish_reason=Finish.TOOL_CALLS,
    usage=Usage(15, 5, None, None, 2),
    model="m-1",
    provider="gemini",
    id="r1",
    logprobs=(TokenLogprob("G", -0.5, alternatives=(TokenLogprob("R", -2.0),)),),
    choices=(Choice(parts=(Text("Rot."),), finish_reason=Finish.LENGTH),),
    service_tier="flex",
)


def read(body: object) -> Any:
    """The answer in `body`, or the error."""
    return unwrap_or_failure(GEMINI.chat.read_response(orjson.loads(orjson.dumps(body)), TARGET))


def stream(*chunks: object) -> list[Any]:
    """The events of a stream of these chunks, its end included."""
    reader = GEMINI.chat.open_reader(TARGET)
    events = [event for chunk in chunks for event in reader.feed("", orjson.dumps(chunk))]
    return events if events and isinstance(events[-1], Failed) else [*events, reader.finish()]


def said(text: str, **more: object) -> dict[str, object]:
    """A chunk that says more."""
    return {"candidates": [{"content": {"role": "model", "parts": [{"text": text, **more}]}, "index": 0}]}


def test_an_answer_is_read_whole() -> None:
    assert read(WHOLE) == READ


def test_a_stream_gives_the_same_answer() -> None:
    first, other = WHOLE["candidates"]
    parts = first["content"]["parts"]
    head = {
        "candidates": [{"content": {"parts": [CODE, {"text": "Grün "}]}}],
        "responseId": "r1",
        "modelVersion": "m-1",
    }
    rest = {**first, "content": {"parts": parts[2:]}}
    events = stream(head, said("ist es."), {**WHOLE, "candidates": [rest, other]})
    assert events[0] == Started("r1", "m-1")
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "Grün ist es."
    assert events[-1] == Done(READ)
    assert {event.index: event.part for event in events if isinstance(event, PartDone)} == dict(enumerate(READ.parts))


def test_a_written_answer_keeps_sources_choices_and_log_probabilities() -> None:
    call = InboundCall(ask("gem/m", "?"), True, id="9", at=5.0)
    body = GEMINI.chat.write_response(READ, call)
    assert body["modelVersion"] == "gem/m"
    again = read(body)
    assert (again.parts, again.choices, again.logprobs) == (READ.parts, READ.choices, READ.logprobs)
    assert again.service_tier == "flex"
    writer = GEMINI.chat.open_writer(call)
    data = b"".join(writer.write(event) for event in unfold(READ, 4))
    end = stream(*(orjson.loads(frame) for _, frame in frames(data)))[-1]
    assert end == Done(again)


def test_a_signature_on_a_picture_goes_back_with_it() -> None:
    part = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}, "thoughtSignature": "s"}
    answer = read({"candidates": [{"content": {"parts": [part]}, "finishReason": "STOP"}]})
    state = Opaque("gemini", "thought_signature", "s")
    assert answer.parts == (Image(Bytes(b"\x89PNG\r\n\x1a\n", "image/png"), state=state),)
    body: Any = GEMINI.chat.write_response(answer, InboundCall(ask("m", "?")))
    assert body["candidates"][0]["content"]["parts"] == [part]


@pytest.mark.parametrize(
    ("reason", "finish", "written"),
    [
        ("MAX_TOKENS", Finish.LENGTH, "MAX_TOKENS"),
        ("IMAGE_RECITATION", Finish.CONTENT_FILTER, "SAFETY"),
        ("MALFORMED_FUNCTION_CALL", Other("MALFORMED_FUNCTION_CALL"), "MALFORMED_FUNCTION_CALL"),
        ("odd words", Other("odd words"), "OTHER"),
    ],
)
def test_reasons_to_end_stay_within_the_vendors_words(reason: str, finish: object, written: str) -> None:
    answer = read({"candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": reason}]})
    assert answer.finish_reason == finish
    body: Any = GEMINI.chat.write_response(answer, InboundCall(ask("m", "?")))
    assert body["candidates"][0]["finishReason"] == written


def test_a_filtered_candidate_is_an_answer_and_a_blocked_prompt_an_error() -> None:
    assert read({"candidates": [{"finishReason": "SAFETY"}]}).finish_reason is Finish.CONTENT_FILTER
    assert isinstance(read({"promptFeedback": {"blockReason": "OTHER"}}), ContentFiltered)
    end = stream({"promptFeedback": {"blockReason": "OTHER"}})[-1]
    assert isinstance(end, Failed)
    assert isinstance(end.error, ContentFiltered)


def test_an_empty_stream_is_no_answer() -> None:
    (end,) = stream()
    assert isinstance(end, Failed)
    assert isinstance(end.error, InvalidResponse)


def test_more_text_can_be_taken_without_reading_its_frame() -> None:
    reader = GEMINI.chat.open_reader(TARGET)
    reader.feed("", orjson.dumps(said("a", thought=True)))
    frame = orjson.dumps(said("b"))
    assert reader.text_appender(frame, "b") is None
    reader.feed("", frame)
    append = reader.text_appender(frame, "b")
    assert append is not None
    assert append("c") == TextDelta("c", 1)
    reader.feed("", orjson.dumps({"candidates": [{"finishReason": "STOP"}]}))
    end = reader.finish()
    assert isinstance(end, Done)
    assert end.response.parts == (Reasoning("a"), Text("bc"))
