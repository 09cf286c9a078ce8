"""OpenAI's other endpoints: embeddings, model lists, old completions; literal bodies and laws."""

from __future__ import annotations

import attrs
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.methods import unwrap_or_failure
from returns.result import Success

from pointsman.adapters.dialects.dialect import Inbound, InboundCall, Quirks, Target
from pointsman.adapters.dialects.openai_chat.completions import OPENAI_COMPLETE
from pointsman.adapters.dialects.openai_chat.embeddings import OPENAI_EMBED
from pointsman.adapters.dialects.openai_chat.models import OPENAI_MODELS
from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import Embedding, EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.response import Finish
from pointsman.core.chat.usage import Usage
from pointsman.core.error import InvalidRequest, InvalidResponse, ModelNotFound, UnsupportedFeature
from pointsman.core.json import Json
from pointsman.core.models.model import ModelInfo, ModelPage, ModelQuery
from tests.adapters.dialects import strategies as some

TARGET = Target("acme", "m")


def models(body: Json) -> tuple[ModelInfo, ...]:
    return OPENAI_MODELS.read_response(body, TARGET).unwrap().models


@pytest.mark.parametrize(
    ("item", "known"),
    [
        pytest.param({"object": "model", "owned_by": "openai"}, {"owner": "openai"}, id="OpenAI"),
        pytest.param(
            {"created": 1700000000, "description": "Fast."},
            {"created": 1700000000.0, "description": "Fast."},
            id="when it was made and what it is for",
        ),
        pytest.param({"owned_by": "vllm", "max_model_len": 4096}, {"owner": "vllm", "context_length": 4096}, id="vLLM"),
        pytest.param(
            {
                "type": "vlm",
                "publisher": "lms",
                "arch": "qwen2",
                "quantization": "4bit",
                "state": "not-loaded",
                "max_context_length": 32768,
                "capabilities": ["tool_use"],
            },
            {
                "type": "vlm",
                "owner": "lms",
                "architecture": "qwen2",
                "quantization": "4bit",
                "state": "not-loaded",
                "context_length": 32768,
                "capabilities": ("tool_use",),
            },
            id="LM Studio",
        ),
        pytest.param(
            {"type": "chat", "organization": "Meta", "context_length": 8192},
            {"type": "llm", "owner": "Meta", "context_length": 8192},
            id="Together",
        ),
        pytest.param(
            {
                "context_length": 200000,
                "architecture": {"input_modalities": ["text", "image"]},
                "top_provider": {"context_length": 1, "max_completion_tokens": 64000},
                "supported_parameters": ["tools", "temperature"],
            },
            {"type": "vlm", "context_length": 200000, "max_output": 64000, "capabilities": ("tools",)},
            id="OpenRouter",
        ),
        pytest.param(
            {"max_context_length": 131072, "capabilities": {"completion_chat": True, "vision": False}},
            {"context_length": 131072, "capabilities": ("completion_chat",)},
            id="Mistral",
        ),
        pytest.param(
            {"context_window": 131072, "max_completion_tokens": 8192},
            {"context_length": 131072, "max_output": 8192},
            id="Groq",
        ),
        pytest.param(
            {"meta": {"n_ctx_train": 4096, "size": 900}, "status": {"value": "unloaded"}},
            {"context_length": 4096, "size_bytes": 900, "state": "not-loaded"},
            id="llama.cpp",
        ),
        pytest.param(
            {"type": "image", "context_length": 0, "state": "dreaming"}, {}, id="what is not known stays unknown"
        ),
    ],
)
def test_what_servers_tell_of_a_model(item: dict[str, Json], known: dict[str, object]) -> None:
    expected = attrs.evolve(ModelInfo(id="m1", provider="acme"), **known)  # type: ignore[arg-type]
    assert models({"object": "list", "data": [{"id": "m1", **item}]}) == (expected,)


@pytest.mark.parametrize("body", [[{"id": "m1"}], {"data": [{"id": "m1"}]}, {"models": [{"name": "m1"}, {}, 3]}])
def test_lists_in_every_wrapping(body: Json) -> None:
    assert models(body) == (ModelInfo(id="m1", provider="acme"),)


@pytest.mark.parametrize("body", [{}, None, {"data": {}}, 3])
def test_what_is_no_list_of_models(body: Json) -> None:
    assert isinstance(unwrap_or_failure(OPENAI_MODELS.read_response(body, TARGET)), InvalidResponse)


def test_an_error_in_place_of_a_list() -> None:
    body: Json = {"error": "Unexpected endpoint or method. (GET /models)"}
    assert isinstance(unwrap_or_failure(OPENAI_MODELS.read_response(body, TARGET)), ModelNotFound)


def test_the_list_is_got() -> None:
    wire = OPENAI_MODELS.write_request(ModelQuery(), TARGET).unwrap()
    assert (wire.method, wire.path, wire.body) == ("GET", "/models", None)
    assert OPENAI_MODELS.read_request(Inbound({})) == Success(InboundCall(ModelQuery()))


positive = st.none() | st.integers(1, 10**9)
infos = st.builds(
    ModelInfo,
    id=some.full_texts,
    provider=st.just("acme"),
    type=st.sampled_from(["llm", "vlm", "embedding", None]),
    architecture=st.none() | some.names,
    quantization=st.none() | some.names,
    state=st.sampled_from(["loaded", "not-loaded", None]),
    context_length=positive,
    max_output=positive,
    owner=st.none() | some.names,
    size_bytes=positive,
    capabilities=st.lists(some.names, unique=True, max_size=3).map(tuple),
)


@given(st.lists(infos, max_size=4).map(tuple))
def test_reading_a_written_list_gives_it_back(listed: tuple[ModelInfo, ...]) -> None:
    page = ModelPage(listed)
    body = orjson.loads(orjson.dumps(OPENAI_MODELS.write_response(page, InboundCall(ModelQuery()))))
    assert OPENAI_MODELS.read_response(body, TARGET) == Success(page)


def test_an_embedding_request() -> None:
    request = EmbeddingRequest("acme/m", ("a", "b"), 256, extra={"user": "me"})
    wire = OPENAI_EMBED.write_request(request, TARGET).unwrap()
    assert wire.path == "/embeddings"
    assert wire.body == {"model": "m", "input": ["a", "b"], "dimensions": 256, "user": "me"}


def test_vectors_as_numbers_or_base64_in_the_order_of_their_index() -> None:
    data: Json = [
        {"object": "embedding", "index": 1, "embedding": "AACAPwAAAMA="},
        {"object": "embedding", "index": 0, "embedding": [0.5, 1]},
    ]
    body: Json = {"data": data, "model": "m-1", "usage": {"prompt_tokens": 8, "total_tokens": 8}}
    assert OPENAI_EMBED.read_response(body, TARGET) == Success(
        EmbeddingResponse(
            embeddings=(Embedding((0.5, 1.0), 0), Embedding((1.0, -2.0), 1)),
            model="m-1",
            provider="acme",
            usage=Usage(8),
        )
    )


@pytest.mark.parametrize("vector", [None, [], ["a"], [True], "AAA=", "!", {}, [1, None]])
def test_what_is_no_vector_is_told(vector: Json) -> None:
    body: Json = {"data": [{"embedding": [1.0]}, {"embedding": vector}]}
    assert isinstance(unwrap_or_failure(OPENAI_EMBED.read_response(body, TARGET)), InvalidResponse)


@pytest.mark.parametrize("wanted", [[[15339, 1917]], [15339, 1917]])
def test_token_ids_are_read_and_written(wanted: Json) -> None:
    call = OPENAI_EMBED.read_request(Inbound({"model": "m", "input": wanted})).unwrap()
    assert (call.request.texts, call.request.token_ids) == ((), ((15339, 1917),))
    body = OPENAI_EMBED.write_request(call.request, TARGET).unwrap().body or {}
    assert body["input"] == [[15339, 1917]]


def test_vectors_are_written_as_base64_where_that_is_asked_for() -> None:
    call = OPENAI_EMBED.read_request(Inbound({"model": "m", "input": "a", "encoding_format": "base64"})).unwrap()
    response = EmbeddingResponse(embeddings=(Embedding((0.5, 0.25), 0),))
    body = OPENAI_EMBED.write_response(response, call)
    assert body["data"] == [{"object": "embedding", "index": 0, "embedding": "AAAAPwAAgD4="}]


@pytest.mark.parametrize("wanted", [None, [], 3, [[1], ["a"]], [True]])
def test_input_that_is_neither_text_nor_tokens_is_rejected(wanted: Json) -> None:
    problem = unwrap_or_failure(OPENAI_EMBED.read_request(Inbound({"model": "m", "input": wanted})))
    assert isinstance(problem, InvalidRequest)
    assert problem.problems == ("input: a text, a list of texts, or lists of token ids are needed",)


vectors = st.lists(st.floats(-1, 1), min_size=1, max_size=5).map(tuple)


@given(st.lists(some.texts, min_size=1, max_size=3).map(tuple), st.none() | st.integers(1, 4096))
def test_reading_a_written_embedding_request_gives_it_back(texts: tuple[str, ...], dimensions: int | None) -> None:
    request = EmbeddingRequest("m", texts, dimensions)
    wire = OPENAI_EMBED.write_request(request, TARGET).unwrap()
    assert OPENAI_EMBED.read_request(Inbound(wire.body or {})) == Success(InboundCall(request))


@given(st.lists(vectors, min_size=1, max_size=4), st.none() | some.counts)
def test_reading_written_vectors_gives_them_back(found: list[tuple[float, ...]], counted: int | None) -> None:
    embeddings = tuple(Embedding(vector, at) for at, vector in enumerate(found))
    response = EmbeddingResponse(embeddings=embeddings, model="m", provider="acme", usage=Usage(counted))
    body = orjson.loads(orjson.dumps(OPENAI_EMBED.write_response(response, InboundCall(EmbeddingRequest("m", ())))))
    assert OPENAI_EMBED.read_response(body, TARGET) == Success(response)


def test_a_completion_request_with_a_suffix() -> None:
    request = CompletionRequest("acme/m", "def f(", suffix="return x", max_tokens=9, seed=1, stop=("\n",))
    wire = OPENAI_COMPLETE.write_request(request, TARGET).unwrap()
    assert wire.path == "/completions"
    assert wire.body == {
        "model": "m",
        "prompt": "def f(",
        "suffix": "return x",
        "max_tokens": 9,
        "stop": ["\n"],
        "seed": 1,
    }


def test_what_a_provider_lacks_of_a_completion() -> None:
    target = Target("acme", "m", Quirks(lacks=frozenset({"seed", "suffix"})))
    wire = OPENAI_COMPLETE.write_request(CompletionRequest("m", "x", seed=1), target).unwrap()
    assert wire.body == {"model": "m", "prompt": "x"}
    assert [warning.subject for warning in wire.warnings] == ["seed"]
    refused = OPENAI_COMPLETE.write_request(CompletionRequest("m", "x", suffix="y"), target)
    assert isinstance(unwrap_or_failure(refused), UnsupportedFeature)


@pytest.mark.parametrize("body", [{}, {"choices": []}, {"choices": [{"message": {"content": "x"}}]}, None])
def test_what_is_no_completion(body: Json) -> None:
    assert isinstance(unwrap_or_failure(OPENAI_COMPLETE.read_response(body, TARGET)), InvalidResponse)


@given(
    st.builds(
        CompletionRequest,
        st.just("m"),
        some.texts,
        suffix=st.none() | some.full_texts,
        temperature=st.none() | some.temperatures,
        top_p=st.none() | st.floats(0, 1),
        max_tokens=st.none() | st.integers(1, 10**6),
        stop=st.lists(some.full_texts, max_size=2).map(tuple),
        seed=st.none() | some.counts,
    )
)
def test_reading_a_written_completion_request_gives_it_back(request: CompletionRequest) -> None:
    wire = OPENAI_COMPLETE.write_request(request, TARGET).unwrap()
    assert OPENAI_COMPLETE.read_request(Inbound(wire.body or {})) == Success(InboundCall(request))


@given(some.texts, st.sampled_from([Finish.STOP, Finish.LENGTH, Finish.CONTENT_FILTER]), some.usages)
def test_reading_a_written_completion_gives_it_back(text: str, finish: Finish, usage: Usage) -> None:
    completion = Completion(text=text, finish_reason=finish, usage=usage, model="m", provider="acme", id="x")
    body = orjson.loads(
        orjson.dumps(OPENAI_COMPLETE.write_response(completion, InboundCall(CompletionRequest("m", ""))))
    )
    assert OPENAI_COMPLETE.read_response(body, TARGET) == Success(completion)
