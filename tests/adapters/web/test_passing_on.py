"""Between equals nothing is lost: what a client sends reaches a provider of its dialect, and the answer comes back.

Each property holds for any unknown fields, put in at any level. What may differ is the model's name in the request, and
the frame with the usage that only the gateway asked for.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.adapters.web.recording_upstream import Reply, Upstream, recording
from tests.served import SETTINGS, Running, running

KINDS = ("openai", "openai-responses", "anthropic", "gemini", "ollama")
LOOK: dict[str, Any] = {"type": "object", "properties": {"at": {"type": "string"}}}
BODIES: dict[str, dict[str, Any]] = {
    "openai": {
        "model": "MODEL",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Which way?"}]},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "left"},
        ],
        "tools": [{"type": "function", "function": {"name": "look", "description": "Look", "parameters": LOOK}}],
        "temperature": 1.0,
        "max_tokens": 90,
    },
    "openai-responses": {
        "model": "MODEL",
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "Which way?"}]},
            {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "left"},
        ],
        "tools": [{"type": "function", "name": "look", "parameters": LOOK}],
        "reasoning": {"effort": "low"},
    },
    "anthropic": {
        "model": "MODEL",
        "max_tokens": 90,
        "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Which way?"}]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "look", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "left"}]},
        ],
        "tools": [{"name": "look", "input_schema": LOOK}],
    },
    "gemini": {
        "contents": [
            {"role": "user", "parts": [{"text": "Which way?"}]},
            {"role": "model", "parts": [{"functionCall": {"name": "look", "args": {"at": "N4"}}}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "look", "response": {"lamp": "green"}}}]},
        ],
        "tools": [{"functionDeclarations": [{"name": "look", "parametersJsonSchema": LOOK}]}],
        "generationConfig": {"topK": 3, "temperature": 1.0},
    },
    "ollama": {
        "model": "MODEL",
        "messages": [{"role": "user", "content": "Which way?"}],
        "options": {"num_ctx": 4096, "temperature": 0.5},
        "stream": False,
    },
}
PATHS = {
    "openai": "/v1/chat/completions",
    "openai-responses": "/v1/responses",
    "anthropic": "/v1/messages",
    "gemini": "/v1beta/models/gemini/m:generateContent",
    "ollama": "/api/chat",
}
HEADERS = {"anthropic": {"anthropic-version": "2023-06-01", "x-api-key": "sk-local"}}
ANSWERS: dict[str, dict[str, Any]] = {
    "openai": {
        "id": "c1",
        "object": "chat.completion",
        "created": 7,
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Left."}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
    },
    "openai-responses": {
        "id": "resp_1",
        "object": "response",
        "created_at": 7,
        "status": "completed",
        "model": "m",
        "output": [
            {
                "type": "message",
                "id": "msg_1",
                "role": "assistant",
                "status": "completed",
                "content": [{"type": "output_text", "text": "Left.", "annotations": []}],
            }
        ],
        "usage": {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7},
    },
    "anthropic": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [{"type": "text", "text": "Left."}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 5, "output_tokens": 2},
    },
    "gemini": {
        "candidates": [
            {"content": {"role": "model", "parts": [{"text": "Left."}]}, "finishReason": "STOP", "index": 0}
        ],
        "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 2, "totalTokenCount": 7},
        "modelVersion": "m",
        "responseId": "r1",
    },
    "ollama": {
        "model": "m",
        "created_at": "2026-01-01T00:00:00Z",
        "message": {"role": "assistant", "content": "Left."},
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": 5,
        "eval_count": 2,
    },
}
VENDOR_HEADERS = {"x-request-id": "req_vendor", "x-ratelimit-remaining-tokens": "99", "request-id": "r7", "x-new": "1"}
leaf = (
    st.none() | st.booleans() | st.integers(-3, 2**53) | st.floats(-9, 9) | st.sampled_from(["", "a", "é", '"', "\\"])
)
unknown = st.recursive(
    leaf, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("x_y"), inner), max_leaves=4
)
examples = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@attrs.frozen(repr=False)
class Lab:
    """A gateway whose providers are all one upstream, and a client of it."""

    upstream: Upstream
    gateway: Running
    client: httpx.Client

    def ask(self, kind: str, body: Any, path: str = "") -> httpx.Response:
        self.upstream.asked.clear()
        return self.client.post(path or PATHS[kind], content=json.dumps(body), headers=HEADERS.get(kind, {}))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home: Path = tmp_path_factory.mktemp("passing") / "home"
    with recording() as upstream:
        written = SETTINGS.replace("ADDRESS", upstream.address)
        with running(home, written) as gateway:
            headers = {"content-type": "application/json"}
            with httpx.Client(base_url=gateway.address, timeout=30, trust_env=False, headers=headers) as client:
                yield Lab(upstream, gateway, client)


@st.composite
def enriched(draw: st.DrawFn, value: Any, places: int = 3) -> Any:
    """`value` with unknown fields put into some of its objects, at any level; one spelling of each, as vendors want."""
    value = copy.deepcopy(value)
    objects = list(_objects(value))
    for at in draw(st.lists(st.integers(0, len(objects) - 1), max_size=places)):
        objects[at][draw(st.sampled_from(["x_new", "beta_field", "xOther"]))] = draw(unknown)
    return value


def _objects(value: Any, key: str = "") -> Iterator[dict[str, Any]]:
    """All objects in it whose fields the vendor defines; what stands in schemas and arguments is the user's own."""
    if isinstance(value, dict):
        yield value
        for name, inner in value.items():
            if name not in ("parameters", "input_schema", "parametersJsonSchema", "args", "response", "input") or (
                name == "input" and isinstance(inner, list)
            ):
                yield from _objects(inner, name)
    if isinstance(value, list):
        for inner in value:
            yield from _objects(inner, key)


@pytest.mark.parametrize("kind", KINDS)
@examples
@given(data=st.data())
def test_a_request_reaches_the_vendor_as_it_was_sent(lab: Lab, kind: str, data: st.DataObject) -> None:
    body = data.draw(enriched(BODIES[kind]))
    lab.upstream.reply = Reply(pieces=[json.dumps(ANSWERS[kind]).encode()])
    sent = {**body, "model": f"{kind}/m"} if "model" in body else body
    answer = lab.ask(kind, sent)
    assert answer.status_code == 200, answer.text
    expected = {**body, "model": "m"} if "model" in body else body
    assert lab.upstream.asked[-1].body == expected


@pytest.mark.parametrize("kind", KINDS)
@examples
@given(data=st.data())
def test_an_answer_comes_back_byte_for_byte_with_the_vendors_headers(lab: Lab, kind: str, data: st.DataObject) -> None:
    raw = json.dumps(data.draw(enriched(ANSWERS[kind])), indent=data.draw(st.sampled_from([None, 2]))).encode()
    cut = data.draw(st.integers(0, len(raw)))
    lab.upstream.reply = Reply(headers=VENDOR_HEADERS, pieces=[raw[:cut], raw[cut:]])
    answer = lab.ask(kind, {**BODIES[kind], "model": f"{kind}/m"} if "model" in BODIES[kind] else BODIES[kind])
    assert (answer.status_code, answer.content) == (200, raw)
    assert {name: answer.headers.get(name) for name in VENDOR_HEADERS} == VENDOR_HEADERS


ERRORS: dict[str, dict[str, Any]] = {
    "openai": {"error": {"message": "No such lamp", "type": "invalid_request_error", "param": "x", "code": "lamp"}},
    "openai-responses": {"error": {"message": "No lamp", "type": "invalid_request_error", "param": None, "code": None}},
    "anthropic": {"type": "error", "error": {"type": "invalid_request_error", "message": "lamp"}, "request_id": "r"},
    "gemini": {"error": {"code": 400, "message": "Lamp not valid", "status": "INVALID_ARGUMENT", "details": []}},
    "ollama": {"error": "no such lamp"},
}


@pytest.mark.parametrize("status", [400, 401, 404, 422, 429, 500, 503, 529])
@pytest.mark.parametrize("kind", KINDS)
def test_an_error_comes_back_as_it_was_answered(lab: Lab, kind: str, status: int) -> None:
    raw = json.dumps(ERRORS[kind], indent=1).encode()
    lab.upstream.reply = Reply(status, {"x-should-retry": "false", "x-request-id": "req_vendor"}, [raw])
    body = {**BODIES[kind], "model": f"{kind}/m{status}"} if "model" in BODIES[kind] else BODIES[kind]
    answer = lab.ask(kind, body, PATHS[kind].replace("/m:", f"/m{status}:"))
    assert (answer.status_code, answer.content) == (status, raw)
    assert answer.headers["x-should-retry"] == "false"
    assert answer.headers["x-request-id"] == "req_vendor"


def sse(*events: Any, end: bytes = b"") -> bytes:
    """Events as most vendors send them."""
    named = (b"event: " + event["type"].encode() + b"\n" if "type" in event else b"" for event in events)
    return (
        b"".join(n + b"data: " + json.dumps(event).encode() + b"\n\n" for n, event in zip(named, events, strict=True))
        + end
    )


def stream_of(kind: str, texts: list[str], extra: Any) -> bytes:
    """A stream of that vendor's with these texts, and with frames that nobody knows between."""
    if kind == "openai":
        head = {"id": "c1", "object": "chat.completion.chunk", "created": 7, "model": "m"}

        def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
            return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

        usage = {**head, "choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}}
        said = [chunk({"content": text}) for text in texts]
        return sse(
            chunk({"role": "assistant", "content": ""}),
            *said,
            {**head, "choices": [], "x_new": extra},
            chunk({}, "stop"),
            usage,
            end=b"data: [DONE]\n\n",
        )
    if kind == "openai-responses":
        answer = ANSWERS[kind]
        item = answer["output"][0]
        delta = {"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0}
        whole = {**item, "content": [{"type": "output_text", "text": "".join(texts), "annotations": []}]}
        return sse(
            {"type": "response.created", "response": {**answer, "status": "in_progress", "output": []}},
            {"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": []}},
            *({**delta, "delta": text} for text in texts),
            {"type": "response.new_thing", "x_new": extra},
            {"type": "response.output_item.done", "output_index": 0, "item": whole},
            {"type": "response.completed", "response": {**answer, "output": [whole]}},
        )
    if kind == "anthropic":
        said = [
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}} for text in texts
        ]
        return sse(
            {"type": "message_start", "message": {**ANSWERS[kind], "content": [], "stop_reason": None}},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "ping"},
            *said,
            {"type": "new_event", "x_new": extra},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
            {"type": "message_stop"},
        )
    if kind == "gemini":
        said = [
            {"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}]} for text in texts
        ]
        return sse(*said, {**ANSWERS[kind], "xNew": extra})
    line = {"model": "m", "created_at": "2026-01-01T00:00:00Z", "done": False}
    lines = [{**line, "message": {"role": "assistant", "content": text}} for text in texts]
    return b"".join(json.dumps(each).encode() + b"\n" for each in [*lines, {**ANSWERS[kind], "x_new": extra}])


@pytest.mark.parametrize("kind", KINDS)
@examples
@given(
    texts=st.lists(st.text(max_size=5) | st.sampled_from(['"', "\\", "\n", "é"]), max_size=6),
    extra=unknown,
    cuts=st.lists(st.integers(0, 4000), max_size=6),
    crlf=st.booleans(),
)
def test_a_stream_comes_back_frame_by_frame_however_it_is_cut(
    lab: Lab, kind: str, texts: list[str], extra: Any, cuts: list[int], crlf: bool
) -> None:
    raw = stream_of(kind, [text.encode("utf-8", "replace").decode() for text in texts], extra)
    raw = raw.replace(b"\n", b"\r\n") if crlf and kind != "ollama" else raw
    places = sorted({cut % (len(raw) + 1) for cut in cuts} | {0, len(raw)})
    pieces = [raw[start:end] for start, end in pairwise(places)]
    media = "application/x-ndjson" if kind == "ollama" else "text/event-stream"
    lab.upstream.reply = Reply(headers={"content-type": media}, pieces=pieces)
    body = {**BODIES[kind], "stream": True, "stream_options": {"include_usage": True}}
    if kind != "openai":
        body.pop("stream_options")
    path = PATHS[kind]
    if kind == "gemini":
        body.pop("stream")
        path = path.replace(":generateContent", ":streamGenerateContent?alt=sse")
    if "model" in body:
        body["model"] = f"{kind}/m"
    answer = lab.ask(kind, body, path)
    assert (answer.status_code, answer.content) == (200, raw)
