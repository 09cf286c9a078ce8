"""Laws over any body: nothing is lost in silence wherever it stands, and nothing makes the readers raise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.dialect import Inbound, InboundCall, WireRequest
from pointsman.adapters.dialects.openai_responses import OPENAI_RESPONSES
from pointsman.core.error import InvalidRequest
from pointsman.core.json import Json, dumps_text
from tests.adapters.dialects import strategies as some
from tests.adapters.dialects.openai_responses.test_messages import HOSTED
from tests.adapters.dialects.openai_responses.test_passthrough import CODEX
from tests.adapters.dialects.openai_responses.test_tools import HOSTED as HOSTED_TOOLS
from tests.adapters.dialects.openai_responses.wire import TARGET, ask, read, write_any

BODY: dict[str, Any] = {
    **CODEX,
    "tools": [*CODEX["tools"], *HOSTED_TOOLS],
    "text": {"format": {"type": "json_schema", "name": "a", "schema": {"type": "object"}}},
    "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "look"}]},
    "input": [
        *CODEX["input"],
        {
            "role": "user",
            "content": [
                {"type": "input_image", "image_url": "https://a.b"},
                {"type": "input_file", "file_id": "f"},
                {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
                {"type": "input_video", "video_url": "https://a.b"},
            ],
        },
    ],
}
UNKNOWN = "zz_unknown"
_OPAQUE = ("annotations", "metadata", "client_metadata")
"""What is taken or left whole."""


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every object in a value."""
    if isinstance(value, dict):
        yield path
        for name, inner in value.items():
            if name not in _OPAQUE:
                yield from places(inner, (*path, name))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from places(inner, (*path, at))


@pytest.mark.parametrize("path", list(places(BODY)), ids=lambda path: ".".join(map(str, path)) or "body")
def test_an_unknown_field_is_carried_or_reported_wherever_it_stands(path: tuple[str | int, ...]) -> None:
    body = orjson.loads(orjson.dumps(BODY))
    place = body
    for step in path:
        place = place[step]
    place[UNKNOWN] = 1
    call = read(**body)
    wire = write_any(call.request)
    assert isinstance(wire, WireRequest)
    reported = any(UNKNOWN in each.path for each in call.untranslated)
    assert reported != (UNKNOWN in dumps_text(wire.body)), "carried and reported, or neither"


names = st.sampled_from(
    [
        *("type", "role", "content", "text", "input", "output", "call_id", "name", "arguments"),
        *("id", "summary", "encrypted_content", "image_url", "file_data", "file_id", "input_audio", "data", "format"),
        *(
            "tools",
            "tool_choice",
            "namespace",
            "parameters",
            "reasoning",
            "effort",
            "include",
            "metadata",
            "instructions",
        ),
    ]
)
kinds = st.sampled_from(
    [
        *{item["type"] for item in (*CODEX["input"], *HOSTED, *CODEX["tools"], *HOSTED_TOOLS) if "type" in item},
        *("input_text", "input_image", "input_file", "input_audio", "refusal", "json_schema", "allowed_tools", "user"),
    ]
)
junk: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | some.texts | kinds,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=6),
    max_leaves=20,
)


@given(body=st.dictionaries(names, junk, max_size=8))
def test_any_body_is_read_or_refused_and_what_was_read_can_be_written_or_is_refused(body: dict[str, Any]) -> None:
    plain = orjson.loads(orjson.dumps(body))
    call = unwrap_or_failure(OPENAI_RESPONSES.chat.read_request(Inbound(plain, model="m")))
    assert isinstance(call, (InboundCall, InvalidRequest))
    if isinstance(call, InboundCall):
        assert write_any(call.request) is not None


@given(item=st.dictionaries(names, junk, max_size=8), kind=kinds)
def test_any_item_of_an_answer_is_read(item: dict[str, Any], kind: str) -> None:
    document = {"status": "completed", "output": [{**item, "type": kind}]}
    assert OPENAI_RESPONSES.chat.read_response(orjson.loads(orjson.dumps(document)), TARGET) is not None


def test_a_count_takes_what_makes_a_difference_to_it() -> None:
    assert OPENAI_RESPONSES.count is not None
    wire = unwrap_or_failure(OPENAI_RESPONSES.count.write_request(read(**BODY).request, TARGET))
    assert isinstance(wire, WireRequest)
    assert wire.path == "/responses/input_tokens"
    assert wire.body is not None
    assert set(wire.body) == {
        *("model", "instructions", "input", "tools", "tool_choice", "parallel_tool_calls", "text", "reasoning"),
    }
    call = unwrap_or_failure(OPENAI_RESPONSES.count.read_request(Inbound({"model": "m", "input": "hi"})))
    assert isinstance(call, InboundCall)
    assert call.request == ask()
    assert OPENAI_RESPONSES.count.write_response(7, call) == {"object": "response.input_tokens", "input_tokens": 7}
