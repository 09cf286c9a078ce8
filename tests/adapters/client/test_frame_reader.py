"""Frames go on as they came, whatever the reads cut them into, and are read as if one by one."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman.adapters.client.frame_reader import FrameReader
from pointsman.adapters.dialects.anthropic import ANTHROPIC
from pointsman.adapters.dialects.dialect import Dialect, Target
from pointsman.adapters.dialects.framing import NdjsonDecoder, SseDecoder
from pointsman.adapters.dialects.ollama import OLLAMA
from pointsman.adapters.dialects.openai_chat import OPENAI_CHAT
from pointsman.core.chat.event import Done, Failed, FrameBatch, TextDelta
from pointsman.core.security.secret import Secret
from pointsman.testing.laws.examples import examples

TARGET = Target("p", "m")
SECRETS = (Secret("sk-secret-0123456789"),)
TEXTS = st.lists(
    st.text(max_size=6) | st.sampled_from(['"', "\\", "\\\\", '","', "\n", "a\\", '\\"', "\u2028"]), max_size=12
)


def openai(texts: list[str], odd: list[int]) -> bytes:
    def frame(delta: dict[str, Any], finish: Any = None, **more: Any) -> bytes:
        body = {"id": "i", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}
        return b"data: " + orjson.dumps(body) + b"\n\n"

    said = [
        frame({"content": text}, **({"odd": text} if n in odd else {})) + (b": ping\n\n" if n in odd else b"")
        for n, text in enumerate(texts)
    ]
    return b"".join([frame({"role": "assistant", "content": ""}), *said, frame({}, "stop"), b"data: [DONE]\n\n"])


def anthropic(texts: list[str], odd: list[int]) -> bytes:
    def frame(name: str, body: dict[str, Any]) -> bytes:
        return b"event: " + name.encode() + b"\ndata: " + orjson.dumps({"type": name, **body}) + b"\n\n"

    def delta(n: int, text: str) -> bytes:
        ping = frame("ping", {}) + frame("new_thing", {"x": text}) if n in odd else b""
        return ping + frame("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": text}})

    return b"".join(
        [
            frame("message_start", {"message": {"id": "i", "model": "m", "usage": {"input_tokens": 1}}}),
            frame("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
            *(delta(n, text) for n, text in enumerate(texts)),
            frame("content_block_stop", {"index": 0}),
            frame("message_delta", {"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}}),
            frame("message_stop", {}),
        ]
    )


def ollama(texts: list[str], odd: list[int]) -> bytes:
    def line(body: dict[str, Any]) -> bytes:
        return orjson.dumps({"model": "m", "created_at": "2026-11-01T00:00:00Z", **body}) + b"\n"

    said = [
        line({"message": {"role": "assistant", "content": text}, "done": False, **({"odd": text} if n in odd else {})})
        + (b"\n" if n in odd else b"")
        for n, text in enumerate(texts)
    ]
    last = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop", "eval_count": 3}
    return b"".join([line({"message": {"role": "assistant", "content": ""}, "done": False}), *said, line(last)])


def typed(dialect: Dialect, data: bytes) -> list[Any]:
    reader = dialect.chat.open_reader(TARGET)
    lines = [("", line) for line in NdjsonDecoder().feed(data)] if dialect.framing == "ndjson" else []
    return [event for name, body in lines or SseDecoder().feed(data) for event in reader.feed(name, body)]


def passed(
    dialect: Dialect, data: bytes, cuts: list[int], *, keeps_frames: bool = True
) -> tuple[bytes, list[Any], int, bool]:
    frames = FrameReader(
        dialect.passthrough,
        dialect.framing,
        dialect.chat.open_reader(TARGET),
        2**24,
        hide_usage=False,
        secrets=SECRETS,
        keeps_frames=keeps_frames,
    )
    raw, events, count, last = b"", list[Any](), 0, False
    ends = sorted({cut % (len(data) + 1) for cut in cuts} | {len(data)})
    for start, end in zip([0, *ends], ends, strict=False):
        items, ended = frames.feed(data[start:end]) if end > start else ([], None)
        for item in items:
            assert isinstance(item, FrameBatch)
            assert (item.data is not None) == keeps_frames
            raw, count, last = raw + (item.data or b""), count + item.count, last or item.is_last
            events += item.events
        if ended is not None:
            events.append(ended)
    return raw, events, count, last


def joined(events: list[Any]) -> list[Any]:
    """Neighbouring deltas of one part as one."""
    found: list[Any] = []
    for event in events:
        if event == TextDelta("", getattr(event, "index", 0)):
            continue
        if (
            isinstance(event, TextDelta)
            and found
            and isinstance(found[-1], TextDelta)
            and found[-1].index == event.index
        ):
            found[-1] = TextDelta(found[-1].text + event.text, event.index)
        else:
            found.append(event)
    return found


@given(
    st.sampled_from([(OPENAI_CHAT, openai), (ANTHROPIC, anthropic), (OLLAMA, ollama)]),
    TEXTS,
    st.lists(st.integers(0, 11), max_size=3),
    st.lists(st.integers(0, 5000), max_size=6),
    st.booleans(),
)
@settings(max_examples=examples(500))
def test_the_bytes_pass_and_the_meaning_is_the_same(
    dialect: Any, texts: list[str], odd: list[int], cuts: list[int], crlf: bool
) -> None:
    which, write = dialect
    data = write([text.encode("utf-8", "replace").decode() for text in texts], odd)
    data = data.replace(b"\n", b"\r\n") if crlf else data
    one_by_one = typed(which, data)
    raw, events, count, last = passed(which, data, cuts)
    assert raw == data
    assert joined(events) == joined(one_by_one)
    assert last
    assert isinstance(events[-1], Done)
    assert len(one_by_one) - 1 - sum(not text for text in texts) <= count <= len(one_by_one) - 1
    assert passed(which, data, cuts, keeps_frames=False) == (b"", events, count, False)


@pytest.mark.parametrize(
    ("dialect", "write", "end"),
    [(OPENAI_CHAT, openai, b"\n\n"), (ANTHROPIC, anthropic, b"\n\n"), (OLLAMA, ollama, b"\n")],
)
def test_a_last_frame_without_its_end_is_read_and_passes_as_it_came(dialect: Dialect, write: Any, end: bytes) -> None:
    data = write(["a", "b"], [])
    reader = dialect.chat.open_reader(TARGET)
    frames = FrameReader(dialect.passthrough, dialect.framing, reader, 2**24, hide_usage=False)
    items, ended = frames.feed(data.removesuffix(end))
    rest, last = frames.close()
    batches = [item for item in (*items, *rest) if isinstance(item, FrameBatch)]
    assert ended is None
    assert isinstance(last, Done)
    assert last.response.text == "ab"
    assert b"".join(batch.data or b"" for batch in batches) == data.removesuffix(end)
    assert batches[-1].is_last


def test_the_frame_of_an_error_is_not_raw() -> None:
    data = openai(["a", "b"], [])[: -len(b"data: [DONE]\n\n")] + b'data: {"error":{"message":"out of steam"}}\n\n'
    raw, events, _, last = passed(OPENAI_CHAT, data, [])
    assert b"steam" not in raw
    assert isinstance(events[-1], Failed)
    assert not last


@given(st.lists(st.integers(0, 5000), max_size=6))
def test_a_secret_that_a_server_echoes_is_stars_however_the_bytes_are_cut(cuts: list[int]) -> None:
    data = openai(["a", SECRETS[0].reveal(), "b"], [])
    raw, events, _, _ = passed(OPENAI_CHAT, data, cuts)
    assert raw == data.replace(SECRETS[0].reveal().encode(), b"***")
    assert events[-1].response.text == "a***b"


def test_the_frame_with_the_usage_is_hidden_from_a_client_that_did_not_ask_for_it() -> None:
    usage = b'data: {"id":"i","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\n'
    said = openai(["a"], [])
    data = said.replace(b"data: [DONE]", usage + b"data: [DONE]")
    frames = FrameReader(OPENAI_CHAT.passthrough, "sse", OPENAI_CHAT.chat.open_reader(TARGET), 2**24, hide_usage=True)
    items, end = frames.feed(data)
    assert b"".join(item.data or b"" for item in items if isinstance(item, FrameBatch)) == said
    assert isinstance(end, Done)
    assert end.response.usage.input == 1
