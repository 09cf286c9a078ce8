"""What came as Anthropic messages goes on as Anthropic messages."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.adapters.dialects.anthropic import ANTHROPIC
from pointsman.adapters.dialects.anthropic.passthrough import forward
from pointsman.adapters.dialects.dialect import WireRequest
from pointsman.core.chat.event import Done, Failed, TextDelta
from pointsman.core.json import Json, JsonObject, dumps
from tests.adapters.dialects.anthropic_wire import CHAT, STREAM, TARGET, events_of, sse
from tests.adapters.dialects.streams import frames

BODY: JsonObject = {
    "model": "ant/claude",
    "stream": True,
    "messages": [{"role": "user", "content": "hi", "mood": "good"}],
    "context_management": {"edits": []},
}


@pytest.mark.parametrize("stream", [True, False])
def test_only_the_model_and_the_flag_of_streaming_are_ours(stream: bool) -> None:
    sent = forward(BODY, TARGET, stream)
    flag = {"stream": True} if stream else {}
    rest = {name: value for name, value in BODY.items() if name != "stream"}
    assert sent.body == {**rest, "model": TARGET.model, **flag}
    assert (sent.path, dict(sent.headers)) == ("/v1/messages", {"anthropic-version": "2023-06-01"})
    assert sent.body["messages"] is BODY["messages"]


def test_a_count_goes_on_to_its_own_path() -> None:
    assert ANTHROPIC.count is not None
    assert ANTHROPIC.count.forward is not None
    sent = ANTHROPIC.count.forward({"model": "x", "messages": [], "new": 1}, TARGET, False)
    assert isinstance(sent, WireRequest)
    assert (sent.path, sent.body) == (
        "/v1/messages/count_tokens",
        {"model": TARGET.model, "messages": [], "new": 1},
    )


def _picture(label: str) -> JsonObject:
    data = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(20)).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": label, "data": data}, "x": 1}


def test_a_picture_under_a_wrong_label_is_called_what_it_is() -> None:
    content: list[Json] = [_picture("image/jpeg"), {"type": "tool_result", "content": [_picture("image/jpg")]}]
    sent = forward({"messages": [{"role": "user", "content": content}, 7]}, TARGET, False).body
    assert sent is not None
    right: list[Json] = [_picture("image/png"), {"type": "tool_result", "content": [_picture("image/png")]}]
    assert sent["messages"] == [{"role": "user", "content": right}, 7]


def test_only_the_vendors_own_headers_and_query_go_on() -> None:
    assert ANTHROPIC.passthrough.headers == {"anthropic-beta", "anthropic-version"}
    assert ANTHROPIC.passthrough.query == {"beta"}


def test_the_end_of_a_stream_is_seen_and_a_text_that_names_it_is_none() -> None:
    rules = ANTHROPIC.passthrough
    assert rules.has_end(STREAM)
    assert rules.has_end(rules.end)
    named: JsonObject = {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "text_delta", "text": '{"type":"message_stop"}'},
    }
    assert not rules.has_end(sse(named))
    assert isinstance(
        events_of(STREAM.replace(b'event: message_stop\ndata: {"type":"message_stop"}\n\n', rules.end))[-1], Done
    )


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        ({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a"}}, "a"),
        ({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": ""}}, None),
        ({"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "a"}}, None),
        ({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "a"}}, None),
        ({"type": "message_delta", "delta": {"type": "text_delta", "text": "a"}, "index": 0}, None),
        (["delta"], None),
    ],
)
def test_the_text_of_a_frame_that_is_nothing_else(frame: object, text: str | None) -> None:
    assert ANTHROPIC.passthrough.read_text(dumps(frame)) == text


@given(st.binary(max_size=40))
def test_no_frame_makes_the_rules_raise(data: bytes) -> None:
    rules = ANTHROPIC.passthrough
    assert rules.read_text(data) is None
    assert not rules.is_usage(data)
    rules.has_end(data)


def test_text_is_appended_to_the_open_block() -> None:
    reader = CHAT.open_reader(TARGET)
    at = next(n for n, (_, data) in enumerate(frames(STREAM)) if b"Let me" in data)
    for name, data in frames(STREAM)[: at + 1]:
        reader.feed(name, data)
    _, data = frames(STREAM)[at]
    append = reader.text_appender(data, "Let me")
    assert append is not None
    assert append(" see") == TextDelta(" see", 2)
    assert reader.partial().text == "Let me see"
    assert reader.text_appender(data, "something else") is None
    assert reader.text_appender(frames(STREAM)[1][1], "Weather, ") is None


def test_a_stream_without_a_word_is_no_answer() -> None:
    end = CHAT.open_reader(TARGET).finish()
    assert isinstance(end, Failed)
    assert end.error.tag == "InvalidResponse"
