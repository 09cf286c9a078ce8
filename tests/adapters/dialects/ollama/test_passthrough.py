"""What came as Ollama's goes on as Ollama's; generate and both ways to embed are read, written and answered."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.dialect import Inbound, InboundCall, WireRequest
from pointsman.adapters.dialects.ollama import OLLAMA
from pointsman.adapters.dialects.ollama.passthrough import forward_chat, forward_completion, forward_embedding, has_end
from pointsman.core.chat.completion import CompletionRequest
from pointsman.core.chat.embedding import Embedding, EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import Done
from pointsman.core.chat.message import system, user
from pointsman.core.chat.part import Bytes, Image, Reasoning, Text
from pointsman.core.chat.request import ChatRequest, Thinking
from pointsman.core.chat.response import ChatResponse, Finish
from pointsman.core.chat.usage import Usage
from pointsman.core.error import InvalidRequest, UnsupportedFeature
from pointsman.core.json import JsonObject
from pointsman.core.schema.unfold import unfold
from tests.adapters.dialects.ollama.wire import EMPTY, TARGET, untranslated

PNG = b"\x89PNG\r\n\x1a\n" + bytes(9)
PICTURE = base64.b64encode(PNG).decode()
NEW: JsonObject = {"keep_alive": "10m", "options": {"num_ctx": 4096}, "brand_new": {"a": 1}}
assert OLLAMA.complete is not None
assert OLLAMA.complete.chat is not None
assert OLLAMA.embed is not None
GENERATE, GENERATE_CHAT, EMBED = OLLAMA.complete, OLLAMA.complete.chat, OLLAMA.embed


@pytest.mark.parametrize("asked", [{}, {"stream": True}, {"stream": False}])
@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(("forward", "path"), [(forward_chat, "/api/chat"), (forward_completion, "/api/generate")])
def test_only_the_model_and_the_flag_of_streaming_are_ours(
    forward: Any, path: str, stream: bool, asked: JsonObject
) -> None:
    sent = forward({"model": "oll/m", "messages": [], **NEW, **asked}, TARGET, stream)
    assert sent.path == path
    as_it_is = (asked.get("stream") is not False) is stream
    flag = asked if as_it_is else {"stream": stream}
    assert sent.body == {"model": "m", "messages": [], **NEW, **flag}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"input": "a"}, "/api/embed"),
        ({"prompt": "a"}, "/api/embeddings"),
        ({"prompt": "a", "input": ["b"]}, "/api/embed"),
    ],
)
def test_texts_to_be_embedded_go_to_the_endpoint_that_was_asked(body: JsonObject, path: str) -> None:
    sent = forward_embedding({"model": "oll/m", **body, **NEW}, TARGET, False)
    assert (sent.path, sent.body) == (path, {"model": "m", **body, **NEW})


@pytest.mark.parametrize(
    ("frames", "ends"),
    [
        (b'{"done":false}\n{"done":true}\n', True),
        (b'{"done": true}', True),
        (b'{"done":true}\n{"done":false}\n', False),
        (b"", False),
    ],
)
def test_a_stream_has_its_end_where_its_last_line_is_done(frames: bytes, ends: bool) -> None:
    assert has_end(frames) is ends


def generating(**body: Any) -> Inbound:
    return Inbound({"model": "m", "prompt": "What is it?", **body})


@pytest.mark.parametrize(
    ("body", "is_chat"),
    [
        ({}, False),
        ({"suffix": "end"}, False),
        ({"system": ""}, False),
        ({"system": "Be brief."}, True),
        ({"images": [PICTURE]}, True),
        ({"format": "json"}, True),
        ({"think": False}, True),
    ],
)
def test_what_only_a_chat_can_do_is_read_as_one(body: dict[str, Any], is_chat: bool) -> None:
    assert GENERATE.needs_chat(generating(**body)) is is_chat


def test_generate_with_a_system_text_and_pictures_is_a_chat_and_goes_out_as_generate() -> None:
    body = {"system": "Be brief.", "images": [PICTURE], "format": "json", "think": "low", "options": {"seed": 7}}
    call = unwrap_or_failure(GENERATE_CHAT.read_request(generating(**body, keep_alive="10m")))
    assert isinstance(call, InboundCall)
    assert call.stream
    assert untranslated(call) == {"keep_alive": False}
    assert call.request == ChatRequest(
        "m",
        (system("Be brief."), user(Image(Bytes(PNG, "image/png")), "What is it?")),
        json_mode=True,
        thinking=Thinking("low"),
        seed=7,
    )
    wire = unwrap_or_failure(GENERATE_CHAT.write_request(call.request, TARGET, True))
    assert isinstance(wire, WireRequest)
    assert wire.path == "/api/generate"
    ours = {"model": "m", "prompt": "What is it?", "stream": True, "truncate": False, "shift": False}
    assert wire.body == {**ours, **body}


def test_a_conversation_does_not_fit_into_generate() -> None:
    request = ChatRequest("m", (user("a"), user("b")))
    assert isinstance(unwrap_or_failure(GENERATE_CHAT.write_request(request, TARGET, True)), UnsupportedFeature)


def test_an_answer_of_a_chat_is_told_as_generate_tells_it_whole_and_streamed() -> None:
    answer = ChatResponse(
        parts=(Reasoning("Hm."), Text("Green.")),
        finish_reason=Finish.LENGTH,
        usage=Usage(3, 2),
        model="served",
        provider="ollama",
    )
    call = InboundCall(ChatRequest("asked", (user("?"),)), True, at=1_790_000_000.25)
    body = GENERATE_CHAT.write_response(answer, call)
    head = {"model": "asked", "created_at": "2026-09-21T14:13:20.250000Z", "response": "Green.", "thinking": "Hm."}
    assert {**body, **head, "done_reason": "length", "prompt_eval_count": 3, "eval_count": 2} == body
    read_back = unwrap_or_failure(GENERATE_CHAT.read_response(orjson.loads(orjson.dumps(body)), TARGET))
    assert isinstance(read_back, ChatResponse)
    assert (read_back.parts, read_back.usage) == (answer.parts, answer.usage)
    writer, reader = GENERATE_CHAT.open_writer(call), GENERATE_CHAT.open_reader(TARGET)
    lines = b"".join(map(writer.write, unfold(answer, 3))).splitlines()
    events = [event for line in lines for event in reader.feed("", line)]
    assert isinstance(events[-1], Done)
    assert events[-1].response == read_back
    assert all({"message"}.isdisjoint(orjson.loads(line)) for line in lines)


def test_what_a_completion_has_no_place_for_is_reported() -> None:
    call = unwrap_or_failure(GENERATE.read_request(generating(options={"num_ctx": 1, "seed": 7}, context=[1])))
    assert isinstance(call, InboundCall)
    assert call.request == CompletionRequest("m", "What is it?", seed=7)
    assert untranslated(call) == {"options.num_ctx": False, "context": True}
    wrong = unwrap_or_failure(GENERATE.read_request(generating(options={"temperature": "hot"})))
    assert isinstance(wrong, InvalidRequest)


def embedding(body: JsonObject) -> InboundCall[EmbeddingRequest]:
    call = unwrap_or_failure(EMBED.read_request(Inbound({"model": "m", **body})))
    assert isinstance(call, InboundCall)
    return call


VECTORS = EmbeddingResponse(
    embeddings=(Embedding((0.5, 1.0), 0), Embedding((2.0, 3.0), 1)), model="served", usage=Usage(5)
)


def test_the_older_endpoint_takes_one_prompt_and_answers_with_one_vector() -> None:
    call = embedding({"prompt": "a", "keep_alive": "10m"})
    assert (call.request.texts, untranslated(call)) == (("a",), {"keep_alive": False})
    assert EMBED.write_response(VECTORS, call) == {"embedding": [0.5, 1.0]}
    one = unwrap_or_failure(EMBED.read_response({"embedding": [0.5, 1.0]}, TARGET))
    assert isinstance(one, EmbeddingResponse)
    assert one.embeddings == (Embedding((0.5, 1.0), 0),)


def test_the_newer_endpoint_takes_texts_and_answers_with_as_many_vectors() -> None:
    call = embedding({"input": ["a", "b"], "dimensions": 2})
    assert call.request == EmbeddingRequest("m", ("a", "b"), 2)
    written = EMBED.write_response(VECTORS, call)
    assert written == {
        "model": "m",
        "embeddings": [[0.5, 1.0], [2.0, 3.0]],
        "prompt_eval_count": 5,
        "total_duration": 0,
    }


@pytest.mark.parametrize(
    ("answer", "asked", "fits"),
    [
        (b'{"embedding":[1]}', {"prompt": "a"}, True),
        (b'{"embeddings":[[1]]}', {"prompt": "a"}, False),
        (b'{"embeddings":[[1]]}', {"input": "a"}, True),
        (b'{"embedding":[1]}', {"input": "a"}, False),
    ],
)
def test_an_answer_of_the_other_endpoint_is_written_anew(answer: bytes, asked: JsonObject, fits: bool) -> None:
    assert EMBED.is_as_asked(answer, embedding(asked)) is fits


def test_extra_of_an_embedding_never_wipes_a_typed_field() -> None:
    request = EmbeddingRequest("m", ("a",), 2, extra={"dimensions": 3, "keep_alive": "10m"})
    wire = unwrap_or_failure(EMBED.write_request(request, TARGET))
    assert isinstance(wire, WireRequest)
    assert wire.body == {"model": "m", "input": ["a"], "truncate": False, "dimensions": 2, "keep_alive": "10m"}
    assert [warning.subject for warning in wire.warnings] == ["extra.dimensions"]


def test_tools_beside_a_prompt_are_a_chats_affair() -> None:
    """Ollama's generate knows no tools: they are reported, not sent."""
    tools = [{"type": "function", "function": {"name": "look", "parameters": EMPTY}}]
    call = unwrap_or_failure(GENERATE.read_request(generating(tools=tools)))
    assert isinstance(call, InboundCall)
    assert untranslated(call) == {"tools": False}
