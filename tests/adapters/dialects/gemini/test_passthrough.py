"""What goes on to Gemini as it came, its other questions, and where a server of it listens."""

from __future__ import annotations

from typing import Any

import attrs
import orjson
import pytest
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.dialect import Inbound, Target, WireRequest
from pointsman.adapters.dialects.gemini import GEMINI
from pointsman.adapters.dialects.gemini.passthrough import forward_chat, forward_count, forward_embedding, read_text
from pointsman.adapters.dialects.passthrough import remember_original, write_onward
from pointsman.adapters.dialects.routing import PathTable
from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.chat.original import Untranslated
from pointsman.core.chat.request import ChatRequest
from pointsman.core.error import InvalidRequest, UnsupportedFeature

TARGET = Target("gemini", "m")
BODY: Any = {
    "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
    "safety_settings": [{"category": "X"}],
    "generation_config": {"max_output_tokens": 9, "response_modalities": ["TEXT"], "thinking_config": {"a": 1}},
}


def passed_on(body: Any, stream: bool = False, **changes: Any) -> WireRequest:
    """How a client's chat goes on, after `changes` of the request."""
    inbound = Inbound(body, "m", stream, data=orjson.dumps(body))
    call = unwrap_or_failure(GEMINI.chat.read_request(inbound))
    assert not isinstance(call, InvalidRequest)
    request = attrs.evolve(remember_original(GEMINI, "chat", call, inbound), **changes)

    def write(asked: ChatRequest, whom: Target) -> Any:
        return GEMINI.chat.write_request(asked, whom, stream)

    wire = unwrap_or_failure(
        write_onward(GEMINI, "chat", GEMINI.chat.forward, request, TARGET, stream=stream, write=write)
    )
    assert isinstance(wire, WireRequest)
    return wire


def test_an_unchanged_body_goes_on_byte_by_byte() -> None:
    wire = passed_on(BODY, stream=True)
    assert (wire.path, wire.query) == ("/models/m:streamGenerateContent", (("alt", "sse"),))
    assert wire.data == orjson.dumps(BODY)


def test_a_change_is_done_to_the_clients_own_spelling_and_nothing_else_is_lost() -> None:
    wire = passed_on(BODY, temperature=0.5, max_tokens=3)
    assert wire.body == {
        "contents": BODY["contents"],
        "safety_settings": BODY["safety_settings"],
        "generationConfig": {
            "maxOutputTokens": 3,
            "temperature": 0.5,
            "responseModalities": ["TEXT"],
            "thinkingConfig": {"a": 1},
        },
    }
    assert BODY["generation_config"]["max_output_tokens"] == 9


@pytest.mark.parametrize("forward", [forward_chat, forward_count, forward_embedding])
def test_no_name_of_a_model_chooses_the_path(forward: Any) -> None:
    for name in ("../files", "a?x", "a#b", "a/../b", ""):
        assert isinstance(forward({}, Target("gemini", name), False), InvalidRequest)
    assert forward({}, Target("gemini", "a/b"), False).path.startswith("/models/a%2Fb:")
    assert forward({}, Target("gemini", "tunedModels/b"), False).path.startswith("/tunedModels/b:")


def test_the_model_is_put_where_a_body_names_it() -> None:
    count = forward_count({"generateContentRequest": {"model": "models/gem/m", "contents": []}}, TARGET, False)
    assert isinstance(count, WireRequest)
    assert count.body == {"generateContentRequest": {"model": "models/m", "contents": []}}
    one: Any = {"content": {"parts": [{"text": "a"}]}, "taskType": "RETRIEVAL_QUERY"}
    batch = forward_embedding({"requests": [{**one, "model": "models/gem/m"}]}, TARGET, False)
    assert isinstance(batch, WireRequest)
    assert batch.path == "/models/m:batchEmbedContents"
    assert batch.body == {"requests": [{**one, "model": "models/m"}]}
    single = forward_embedding(one, TARGET, False)
    assert isinstance(single, WireRequest)
    assert (single.path, single.body) == ("/models/m:embedContent", one)


def test_only_plain_text_is_read_without_care() -> None:
    plain = {"candidates": [{"content": {"parts": [{"text": "a"}]}, "index": 0}], "usageMetadata": {}}
    assert read_text(orjson.dumps(plain)) == "a"
    others: tuple[Any, ...] = ({"finishReason": "STOP"}, {"index": 1}, {"groundingMetadata": {}})
    for more in others:
        candidate = {"content": {"parts": [{"text": "a"}]}, **more}
        assert read_text(orjson.dumps({"candidates": [candidate]})) is None
    assert read_text(b"[1") is None


def test_embeddings_have_a_task_and_no_token_ids() -> None:
    assert GEMINI.embed is not None
    request = EmbeddingRequest("m", ("a",), 8, task_type="CLUSTERING", extra={"title": "T"})
    wire = unwrap_or_failure(GEMINI.embed.write_request(request, TARGET))
    assert isinstance(wire, WireRequest)
    row = {"model": "models/m", "content": {"parts": [{"text": "a"}]}, "taskType": "CLUSTERING"}
    assert wire.body == {"requests": [{**row, "outputDimensionality": 8, "title": "T"}]}
    refused = unwrap_or_failure(GEMINI.embed.write_request(EmbeddingRequest("m", (), token_ids=((1, 2),)), TARGET))
    assert isinstance(refused, UnsupportedFeature)
    assert "check_embedding_ctx_length=False" in refused.detail


def test_what_only_gemini_embeds_is_reported() -> None:
    assert GEMINI.embed is not None
    row: Any = {"content": {"parts": [{"text": "a"}]}, "title": "T", "taskType": "CLUSTERING"}
    picture = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}
    other: Any = {"content": {"parts": [{"text": "b"}, picture]}}
    read = GEMINI.embed.read_request(Inbound({"requests": [row, other]}, "m")).unwrap()
    assert read.request == EmbeddingRequest("m", ("a", "b"), task_type="CLUSTERING")
    assert set(read.untranslated) == {
        Untranslated("requests[].title"),
        Untranslated("requests[].taskType", essential=True),
        Untranslated("requests[].content.parts", essential=True),
    }


def test_a_count_is_of_a_whole_request_or_of_contents() -> None:
    assert GEMINI.count is not None
    bodies: tuple[Any, ...] = (BODY, {"generateContentRequest": {"model": "models/m", **BODY}})
    for body in bodies:
        read = GEMINI.count.read_request(Inbound(body, "m")).unwrap()
        assert read.request.messages[0].text == "hi"
        assert any(lost.path.endswith("safetySettings") for lost in read.untranslated)


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/v1beta/models/m:generateContent", "m"),
        ("/v1/models/gem/m:generateContent", "gem/m"),
        ("/models/m:generateContent", "m"),
        ("/v1beta/gem/m:generateContent", "gem/m"),
        ("/v1/gem/m:generateContent", "gem/m"),
        ("/v1beta/tunedModels/gem/x:generateContent", "tunedModels/gem/x"),
    ],
)
def test_a_server_listens_with_and_without_the_collection(path: str, model: str) -> None:
    match = PathTable((GEMINI,)).find("POST", path, {})
    assert match is not None
    assert (match.route.operation, match.route.stream, match.model) == ("chat", False, model)
