"""The vendors' own packages read what the simulator writes: answers, streams, tools, lists, errors of their types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import ollama
import openai
import pytest
from anyio.from_thread import start_blocking_portal
from google import genai
from google.genai import errors as genai_errors
from google.genai import types as genai_types

from pointsman.layers.simulation import simulator, simulator_running
from tests.adapters.media.test_sound_and_documents import tone
from tests.simulated import STRICT

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::UserWarning")

QUESTION = "Use get_weather for Bern."
PARAMETERS: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A running simulator, in a thread of its own."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(simulator_running(simulator(strict=STRICT))) as found,
    ):
        yield found


@pytest.fixture
def openai_client(address: str) -> Iterator[openai.OpenAI]:
    """OpenAI's client, without retries."""
    with openai.OpenAI(api_key="x", base_url=f"{address}/v1", max_retries=0) as client:
        yield client


@pytest.fixture
def anthropic_client(address: str) -> Iterator[anthropic.Anthropic]:
    """Anthropic's client, without retries."""
    with anthropic.Anthropic(api_key="x", base_url=address, max_retries=0) as client:
        yield client


@pytest.fixture
def genai_client(address: str) -> Iterator[genai.Client]:
    """Google's client."""
    client = genai.Client(api_key="x", http_options=genai_types.HttpOptions(base_url=address))
    yield client
    client.close()


@pytest.fixture
def ollama_client(address: str) -> Iterator[ollama.Client]:
    """Ollama's client."""
    client = ollama.Client(host=address)
    yield client
    client._client.close()


def test_openai_chat_stream_and_tools(openai_client: openai.OpenAI) -> None:
    ask: Any = {"model": "sim", "messages": [{"role": "user", "content": "Which way?"}]}
    whole = openai_client.chat.completions.create(**ask)
    assert "Which way?" in (whole.choices[0].message.content or "")
    assert whole.usage is not None
    pieces = [
        chunk.choices[0].delta.content or "" for chunk in openai_client.chat.completions.create(stream=True, **ask)
    ]
    assert "".join(pieces) == whole.choices[0].message.content
    tool: Any = {"type": "function", "function": {"name": "get_weather", "parameters": PARAMETERS}}
    asked: Any = [{"role": "user", "content": QUESTION}]
    called = openai_client.chat.completions.create(model="sim", messages=asked, tools=[tool])
    assert called.choices[0].finish_reason == "tool_calls"
    calls: Any = called.choices[0].message.tool_calls
    assert calls[0].function.name == "get_weather"
    assert "sim" in {model.id for model in openai_client.models.list()}
    assert len(openai_client.embeddings.create(model="sim-embed", input=["a", "b"]).data) == 2


def test_openai_responses_and_their_stream(openai_client: openai.OpenAI) -> None:
    whole = openai_client.responses.create(model="sim", input="Which way?")
    assert "Which way?" in whole.output_text
    with openai_client.responses.stream(model="sim", input="Which way?") as events:
        kinds = [event.type for event in events]
        final = events.get_final_response()
    assert final.output_text == whole.output_text
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"
    tool: Any = {"type": "function", "name": "get_weather", "parameters": PARAMETERS, "strict": False}
    called = openai_client.responses.create(model="sim", input=QUESTION, tools=[tool])
    assert [item.type for item in called.output] == ["function_call"]


def test_openai_completions_and_their_stream(openai_client: openai.OpenAI) -> None:
    ask: Any = {"model": "sim", "prompt": "Once upon a time"}
    whole = openai_client.completions.create(**ask)
    chunks = list(openai_client.completions.create(stream=True, stream_options={"include_usage": True}, **ask))
    pieces = [chunk.choices[0].text for chunk in chunks if chunk.choices]
    assert len([piece for piece in pieces if piece]) > 2
    assert "".join(pieces) == whole.choices[0].text
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage == whole.usage
    with pytest.raises(openai.RateLimitError, match="simulat"):
        openai_client.completions.create(model="sim-rate-limit-1", prompt="hi", stream=True)
    with pytest.raises(openai.APIError, match="simulated"):
        list(openai_client.completions.create(model="sim-stream-error", prompt="hi", stream=True))


def test_openai_transcriptions(openai_client: openai.OpenAI) -> None:
    sound = ("speech.wav", tone(1.5))
    plain = openai_client.audio.transcriptions.create(model="sim", file=sound, prompt="Zug", temperature=0)
    assert "24044 bytes of audio/wav" in plain.text
    assert plain.usage is not None
    assert plain.usage.type == "tokens"
    verbose = openai_client.audio.transcriptions.create(
        model="sim", file=sound, response_format="verbose_json", language="de", timestamp_granularities=["segment"]
    )
    assert (verbose.text, verbose.duration, verbose.language) == (plain.text, 1.5, "de")
    assert "".join(segment.text for segment in verbose.segments or []) == plain.text
    with pytest.raises(openai.BadRequestError, match="could not be decoded"):
        openai_client.audio.transcriptions.create(model="sim", file=("speech.wav", b"hello"))
    with pytest.raises(openai.RateLimitError, match="simulat"):
        openai_client.audio.transcriptions.create(model="sim-rate-limit-1", file=sound)


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("sim-auth", openai.AuthenticationError),
        ("sim-rate-limit-1", openai.RateLimitError),
        ("sim-overflow", openai.BadRequestError),
        ("sim-not-found", openai.NotFoundError),
        ("sim-status-500", openai.InternalServerError),
    ],
)
def test_openai_errors(openai_client: openai.OpenAI, model: str, kind: type[openai.APIStatusError]) -> None:
    with pytest.raises(kind, match="simulat"):
        openai_client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hi"}])
    with pytest.raises(kind, match="simulat"):
        openai_client.responses.create(model=model, input="hi")


def test_anthropic_chat_stream_tools_and_count(anthropic_client: anthropic.Anthropic) -> None:
    ask: Any = {"model": "sim", "max_tokens": 500, "messages": [{"role": "user", "content": "Which way?"}]}
    whole = anthropic_client.messages.create(**ask)
    assert "Which way?" in getattr(whole.content[0], "text", "")
    assert whole.stop_reason == "end_turn"
    with anthropic_client.messages.stream(**ask) as events:
        assert "".join(events.text_stream) == getattr(whole.content[0], "text", "")
    tool: Any = {"name": "get_weather", "input_schema": PARAMETERS}
    asked: Any = [{"role": "user", "content": QUESTION}]
    called = anthropic_client.messages.create(model="sim", max_tokens=500, messages=asked, tools=[tool])
    assert [block.type for block in called.content] == ["tool_use"]
    assert anthropic_client.messages.count_tokens(model="sim", messages=ask["messages"]).input_tokens > 0
    assert "sim" in {model.id for model in anthropic_client.models.list()}


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("sim-auth", anthropic.AuthenticationError),
        ("sim-rate-limit-1", anthropic.RateLimitError),
        ("sim-overflow", anthropic.BadRequestError),
        ("sim-not-found", anthropic.NotFoundError),
        ("sim-status-500", anthropic.InternalServerError),
    ],
)
def test_anthropic_errors(
    anthropic_client: anthropic.Anthropic, model: str, kind: type[anthropic.APIStatusError]
) -> None:
    with pytest.raises(kind, match="simulat"):
        anthropic_client.messages.create(model=model, max_tokens=9, messages=[{"role": "user", "content": "hi"}])


def test_genai_chat_stream_tools_and_lists(genai_client: genai.Client) -> None:
    models = genai_client.models
    whole = models.generate_content(model="sim", contents="Which way?")
    assert "Which way?" in (whole.text or "")
    pieces = [chunk.text or "" for chunk in models.generate_content_stream(model="sim", contents="Which way?")]
    assert "".join(pieces) == whole.text
    declared = genai_types.FunctionDeclaration(name="get_weather", parameters_json_schema=PARAMETERS)
    config = genai_types.GenerateContentConfig(tools=[genai_types.Tool(function_declarations=[declared])])
    called = models.generate_content(model="sim", contents=QUESTION, config=config)
    assert [call.name for call in called.function_calls or []] == ["get_weather"]
    assert (models.count_tokens(model="sim", contents="Which way?").total_tokens or 0) > 0
    both: list[Any] = ["a", "b"]
    vectors = models.embed_content(model="sim-embed", contents=both).embeddings or []
    assert [len(vector.values or []) for vector in vectors] == [16, 16]
    assert "models/sim" in {model.name for model in models.list()}


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("sim-auth", 400),
        ("sim-rate-limit-1", 429),
        ("sim-overflow", 400),
        ("sim-not-found", 404),
        ("sim-status-503", 503),
    ],
)
def test_genai_errors(genai_client: genai.Client, model: str, code: int) -> None:
    with pytest.raises(genai_errors.APIError) as caught:
        genai_client.models.generate_content(model=model, contents="hi")
    assert caught.value.code == code


def test_ollama_chat_stream_tools_and_lists(ollama_client: ollama.Client) -> None:
    messages = [{"role": "user", "content": "Which way?"}]
    whole = ollama_client.chat(model="sim", messages=messages)
    assert "Which way?" in (whole.message.content or "")
    pieces = [part.message.content or "" for part in ollama_client.chat(model="sim", messages=messages, stream=True)]
    assert "".join(pieces) == whole.message.content
    tool = {"type": "function", "function": {"name": "get_weather", "description": "", "parameters": PARAMETERS}}
    called = ollama_client.chat(model="sim", messages=[{"role": "user", "content": QUESTION}], tools=[tool])
    assert [call.function.name for call in called.message.tool_calls or []] == ["get_weather"]
    assert len(ollama_client.embed(model="sim-embed", input=["a", "b"]).embeddings) == 2
    assert any((model.model or "").startswith("sim") for model in ollama_client.list().models)
    assert ollama_client.show("sim").capabilities


def test_ollama_generate_and_its_stream(ollama_client: ollama.Client) -> None:
    whole = ollama_client.generate(model="sim", prompt="Once upon a time")
    parts = list(ollama_client.generate(model="sim", prompt="Once upon a time", stream=True))
    assert len(parts) > 3
    assert "".join(part.response or "" for part in parts) == whole.response
    assert [part.done for part in parts] == [*([False] * (len(parts) - 1)), True]
    assert (parts[-1].done_reason, parts[-1].eval_count) == ("stop", whole.eval_count)
    with pytest.raises(ollama.ResponseError, match="simulated"):
        list(ollama_client.generate(model="sim-stream-error", prompt="hi", stream=True))


def test_ollama_generate_with_what_only_a_chat_can_do(ollama_client: ollama.Client) -> None:
    schema = {"type": "object", "properties": {"platform": {"type": "integer"}}, "required": ["platform"]}
    ask: dict[str, Any] = {"model": "sim", "prompt": "Which platform?", "system": "Be brief.", "format": schema}
    whole = ollama_client.generate(**ask)
    assert isinstance(json.loads(whole.response)["platform"], int)
    parts = list(ollama_client.generate(**ask, stream=True))
    assert "".join(part.response or "" for part in parts) == whole.response
    assert parts[-1].done_reason == "stop"


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("sim-auth", 401),
        ("sim-rate-limit-1", 429),
        ("sim-overflow", 400),
        ("sim-not-found", 404),
        ("sim-status-500", 500),
    ],
)
def test_ollama_errors(ollama_client: ollama.Client, model: str, code: int) -> None:
    with pytest.raises(ollama.ResponseError) as caught:
        ollama_client.chat(model=model, messages=[{"role": "user", "content": "hi"}])
    assert caught.value.status_code == code
