"""The vendors' own packages ask the gateway, in their own dialect, and any provider behind it answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import ollama
import openai
import pytest
from google import genai
from google.genai import errors as genai_errors
from google.genai import types as genai_types

from tests.adapters.media.test_sound_and_documents import tone
from tests.served import BEHIND, Running, running

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::UserWarning")

QUESTION = "Use get_weather for Bern."
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
PARAMETERS: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "degrees": {"type": "integer"}},
    "required": ["city", "degrees"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with every dialect behind it."""
    with running(tmp_path_factory.mktemp("gateway") / "home") as found:
        yield found


@pytest.fixture
def openai_client(server: Running) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="anything", base_url=f"{server.address}/v1", max_retries=0) as client:
        yield client


@pytest.fixture
def anthropic_client(server: Running) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(api_key="anything", base_url=server.address, max_retries=0) as client:
        yield client


@pytest.fixture
def genai_client(server: Running) -> Iterator[genai.Client]:
    client = genai.Client(api_key="anything", http_options=genai_types.HttpOptions(base_url=server.address))
    yield client
    client.close()


@pytest.fixture
def ollama_client(server: Running) -> Iterator[ollama.Client]:
    client = ollama.Client(host=server.address)
    yield client
    client._client.close()


@pytest.mark.parametrize("behind", BEHIND)
def test_openai_chat(openai_client: openai.OpenAI, behind: str) -> None:
    ask: Any = {"model": f"{behind}/sim", "messages": [{"role": "user", "content": "Which way?"}]}
    whole = openai_client.chat.completions.create(**ask)
    assert "Which way?" in (whole.choices[0].message.content or "")
    assert whole.choices[0].finish_reason == "stop"
    assert whole.usage is not None
    assert whole.usage.prompt_tokens > 0
    assert whole.created > 1_700_000_000
    chunks = list(openai_client.chat.completions.create(stream=True, stream_options={"include_usage": True}, **ask))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens > 0


@pytest.mark.parametrize("behind", BEHIND)
def test_openai_tools_and_structured_output(openai_client: openai.OpenAI, behind: str) -> None:
    tool: Any = {"type": "function", "function": {"name": "get_weather", "parameters": PARAMETERS}}
    asked: Any = [{"role": "user", "content": QUESTION}]
    called = openai_client.chat.completions.create(model=f"{behind}/sim", messages=asked, tools=[tool])
    assert called.choices[0].finish_reason == "tool_calls"
    calls: Any = called.choices[0].message.tool_calls
    assert calls[0].function.name == "get_weather"
    assert "city" in json.loads(calls[0].function.arguments)
    asked += [
        called.choices[0].message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": calls[0].id, "content": "12 degrees"},
    ]
    final = openai_client.chat.completions.create(model=f"{behind}/sim", messages=asked, tools=[tool])
    assert final.choices[0].finish_reason == "stop"
    with openai_client.chat.completions.stream(
        model=f"{behind}/sim", messages=[{"role": "user", "content": QUESTION}], tools=[tool]
    ) as events:
        for _ in events:
            pass
        streamed: Any = events.get_final_completion().choices[0].message.tool_calls
    assert streamed[0].function.name == "get_weather"
    form: Any = {"type": "json_schema", "json_schema": {"name": "weather", "schema": SCHEMA, "strict": True}}
    shaped = openai_client.chat.completions.create(
        model=f"{behind}/sim", messages=[{"role": "user", "content": "How warm?"}], response_format=form
    )
    assert json.loads(shaped.choices[0].message.content or "").keys() == {"city", "degrees"}


@pytest.mark.parametrize("behind", BEHIND)
def test_openai_responses(openai_client: openai.OpenAI, behind: str) -> None:
    whole = openai_client.responses.create(model=f"{behind}/sim", input="Which way?")
    assert "Which way?" in whole.output_text
    with openai_client.responses.stream(model=f"{behind}/sim", input="Which way?") as events:
        kinds = [event.type for event in events]
        final = events.get_final_response()
    assert final.output_text == whole.output_text
    assert (kinds[0], kinds[-1]) == ("response.created", "response.completed")
    tool: Any = {"type": "function", "name": "get_weather", "parameters": PARAMETERS, "strict": False}
    called = openai_client.responses.create(model=f"{behind}/sim", input=QUESTION, tools=[tool])
    assert [item.type for item in called.output if item.type != "reasoning"] == ["function_call"]


def test_openai_embeddings_models_completions_and_transcriptions(openai_client: openai.OpenAI) -> None:
    for behind in ("openai", "gemini", "ollama"):
        vectors = openai_client.embeddings.create(model=f"{behind}/sim-embed", input=["a", "b"]).data
        assert len(vectors) == 2
        assert vectors[0].embedding != vectors[1].embedding
    names = {model.id for model in openai_client.models.list()}
    assert {"auto", *(f"{behind}/sim" for behind in BEHIND)} <= names
    assert openai_client.models.retrieve("anthropic/sim").id == "anthropic/sim"
    assert openai_client.models.retrieve("sim").id == "openai/sim"
    with pytest.raises(openai.NotFoundError):
        openai_client.models.retrieve("nothing/like-it")
    done = openai_client.completions.create(model="ollama/sim", prompt="Once upon a time", max_tokens=5)
    assert done.choices[0].text
    heard = openai_client.audio.transcriptions.create(model="openai/sim", file=("speech.wav", tone(0.5)))
    assert "audio/wav" in heard.text


@pytest.mark.parametrize("behind", BEHIND)
def test_openai_completions_are_streamed(openai_client: openai.OpenAI, behind: str) -> None:
    ask: Any = {"model": f"{behind}/sim", "prompt": "Once upon a time", "max_tokens": 60}
    whole = openai_client.completions.create(**ask)
    chunks = list(openai_client.completions.create(stream=True, stream_options={"include_usage": True}, **ask))
    pieces = [chunk.choices[0].text for chunk in chunks if chunk.choices]
    assert len([piece for piece in pieces if piece]) > 2
    assert "".join(pieces) == whole.choices[0].text
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == whole.choices[0].finish_reason
    assert all(chunk.created > 1_700_000_000 for chunk in chunks)
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens > 0
    silent = list(openai_client.completions.create(stream=True, **ask))
    assert all(chunk.usage is None for chunk in silent)


@pytest.mark.parametrize("behind", BEHIND)
def test_ollama_generate_is_streamed(ollama_client: ollama.Client, behind: str) -> None:
    whole = ollama_client.generate(model=f"{behind}/sim", prompt="Once upon a time")
    parts = list(ollama_client.generate(model=f"{behind}/sim", prompt="Once upon a time", stream=True))
    assert len(parts) > 3
    assert "".join(part.response or "" for part in parts) == whole.response
    assert [part.done for part in parts] == [*([False] * (len(parts) - 1)), True]
    assert parts[-1].eval_count == whole.eval_count


@pytest.mark.parametrize("behind", BEHIND)
def test_ollama_generate_with_what_only_a_chat_can_do(ollama_client: ollama.Client, behind: str) -> None:
    schema = {"type": "object", "properties": {"platform": {"type": "integer"}}, "required": ["platform"]}
    ask: dict[str, Any] = {"model": f"{behind}/sim", "prompt": "Which platform?", "format": schema}
    whole = ollama_client.generate(**ask, system="Be brief.")
    assert isinstance(json.loads(whole.response)["platform"], int)
    assert (whole.prompt_eval_count or 0) > (ollama_client.generate(**ask).prompt_eval_count or 0), "system is sent on"
    parts = list(ollama_client.generate(**ask, system="Be brief.", stream=True))
    assert "".join(part.response or "" for part in parts) == whole.response
    assert ollama_client.generate(model=f"{behind}/sim", prompt="What is this?", images=[PIXEL]).response


@pytest.mark.parametrize("model", ["sim-reset", "sim-malformed", "sim-cut-3", "sim-stream-error-3"])
@pytest.mark.parametrize("behind", BEHIND)
def test_a_streamed_completion_that_breaks_is_an_error_of_the_sdk(
    openai_client: openai.OpenAI, ollama_client: ollama.Client, behind: str, model: str
) -> None:
    with pytest.raises(openai.APIError):
        list(openai_client.completions.create(model=f"{behind}/{model}", prompt="hi", stream=True))
    with pytest.raises(ollama.ResponseError):
        list(ollama_client.generate(model=f"{behind}/{model}", prompt="hi", stream=True))


ERRORS: list[tuple[str, type[openai.APIStatusError], type[anthropic.APIStatusError], int]] = [
    ("sim-auth", openai.AuthenticationError, anthropic.AuthenticationError, 401),
    ("sim-rate-limit-1", openai.RateLimitError, anthropic.RateLimitError, 429),
    ("sim-quota", openai.RateLimitError, anthropic.APIStatusError, 429),
    ("sim-overflow", openai.BadRequestError, anthropic.BadRequestError, 400),
    ("sim-content-filter", openai.BadRequestError, anthropic.BadRequestError, 400),
    ("sim-not-found", openai.NotFoundError, anthropic.NotFoundError, 404),
    ("sim-status-500", openai.InternalServerError, anthropic.InternalServerError, 503),
    ("sim-html-502", openai.InternalServerError, anthropic.InternalServerError, 503),
]
BROKEN = ("sim-reset", "sim-malformed", "sim-cut-3", "sim-stream-error-3")
"""What fails when something has been said already."""


@pytest.mark.parametrize(("model", "kind", "_", "status"), ERRORS, ids=[row[0] for row in ERRORS])
@pytest.mark.parametrize("behind", BEHIND)
def test_openai_errors(
    openai_client: openai.OpenAI, behind: str, model: str, kind: type[openai.APIStatusError], _: object, status: int
) -> None:
    ask: Any = {"model": f"{behind}/{model}", "messages": [{"role": "user", "content": "hi"}]}
    for stream in (False, True):
        with pytest.raises(kind) as found:
            openai_client.chat.completions.create(stream=stream, **ask)
        assert found.value.status_code // 100 == status // 100
        assert found.value.request_id
        with pytest.raises(kind) as continued:
            openai_client.completions.create(model=f"{behind}/{model}", prompt="hi", stream=stream)
        assert continued.value.status_code == found.value.status_code
    with pytest.raises(kind):
        openai_client.responses.create(model=f"{behind}/{model}", input="hi")


@pytest.mark.parametrize("model", BROKEN)
@pytest.mark.parametrize("behind", BEHIND)
def test_a_stream_that_breaks_is_an_error_of_the_sdk(
    openai_client: openai.OpenAI, anthropic_client: anthropic.Anthropic, behind: str, model: str
) -> None:
    ask: Any = {"model": f"{behind}/{model}", "messages": [{"role": "user", "content": "hi"}]}
    with pytest.raises(openai.APIError):
        list(openai_client.chat.completions.create(stream=True, **ask))
    with pytest.raises(anthropic.APIStatusError), anthropic_client.messages.stream(max_tokens=9, **ask) as events:
        events.until_done()


@pytest.mark.parametrize(("model", "_", "kind", "status"), ERRORS, ids=[row[0] for row in ERRORS])
@pytest.mark.parametrize("behind", BEHIND)
def test_anthropic_errors(
    anthropic_client: anthropic.Anthropic,
    behind: str,
    model: str,
    _: object,
    kind: type[anthropic.APIStatusError],
    status: int,
) -> None:
    ask: Any = {"model": f"{behind}/{model}", "max_tokens": 16, "messages": [{"role": "user", "content": "hi"}]}
    with pytest.raises(kind) as found:
        anthropic_client.messages.create(**ask)
    assert found.value.status_code // 100 == status // 100
    with pytest.raises(kind), anthropic_client.messages.stream(**ask) as events:
        events.until_done()


@pytest.mark.parametrize("behind", BEHIND)
def test_anthropic_chat_tools_and_count(anthropic_client: anthropic.Anthropic, behind: str) -> None:
    model = f"{behind}/sim"
    ask: Any = {"model": model, "max_tokens": 500, "messages": [{"role": "user", "content": "Which way?"}]}
    whole = anthropic_client.messages.create(**ask)
    assert "Which way?" in getattr(whole.content[0], "text", "")
    assert (whole.stop_reason, whole.usage.input_tokens > 0) == ("end_turn", True)
    with anthropic_client.messages.stream(**ask) as events:
        assert "".join(events.text_stream) == getattr(whole.content[0], "text", "")
    tool: Any = {"name": "get_weather", "input_schema": PARAMETERS}
    asked: Any = [{"role": "user", "content": QUESTION}]
    called = anthropic_client.messages.create(model=model, max_tokens=500, messages=asked, tools=[tool])
    assert (called.stop_reason, called.content[-1].type) == ("tool_use", "tool_use")
    form: Any = {"format": {"type": "json_schema", "schema": SCHEMA}}
    shaped = anthropic_client.messages.create(
        model=model, max_tokens=500, messages=[{"role": "user", "content": "How warm?"}], output_config=form
    )
    assert json.loads(getattr(shaped.content[-1], "text", "")).keys() == {"city", "degrees"}
    counted = anthropic_client.messages.count_tokens(model=model, messages=asked)
    assert counted.input_tokens > 0
    assert f"{behind}/sim" in {one.id for one in anthropic_client.models.list(limit=1000)}


@pytest.mark.parametrize("behind", BEHIND)
def test_gemini_chat_tools_and_structured_output(genai_client: genai.Client, behind: str) -> None:
    models, model = genai_client.models, f"{behind}/sim"
    whole = models.generate_content(model=model, contents="Which way?")
    assert "Which way?" in (whole.text or "")
    pieces = [chunk.text or "" for chunk in models.generate_content_stream(model=model, contents="Which way?")]
    assert "".join(pieces) == whole.text
    declared = genai_types.FunctionDeclaration(name="get_weather", parameters_json_schema=PARAMETERS)
    config = genai_types.GenerateContentConfig(tools=[genai_types.Tool(function_declarations=[declared])])
    called = models.generate_content(model=model, contents=QUESTION, config=config)
    assert [call.name for call in called.function_calls or []] == ["get_weather"]
    shaped = models.generate_content(
        model=model,
        contents="How warm?",
        config=genai_types.GenerateContentConfig(response_mime_type="application/json", response_json_schema=SCHEMA),
    )
    assert json.loads(shaped.text or "").keys() == {"city", "degrees"}
    assert (models.count_tokens(model=model, contents="Which way?").total_tokens or 0) > 0


def test_gemini_embeddings_and_models(genai_client: genai.Client) -> None:
    both: list[Any] = ["a", "b"]
    vectors = genai_client.models.embed_content(model="ollama/sim-embed", contents=both).embeddings or []
    assert len(vectors) == 2
    assert "models/anthropic/sim" in {model.name for model in genai_client.models.list()}


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("sim-auth", 401),
        ("sim-rate-limit-1", 429),
        ("sim-quota", 429),
        ("sim-overflow", 400),
        ("sim-content-filter", 400),
        ("sim-not-found", 404),
        ("sim-status-500", 503),
        ("sim-reset", 500),
    ],
)
@pytest.mark.parametrize("behind", ["openai", "anthropic", "gemini"])
def test_gemini_errors(genai_client: genai.Client, behind: str, model: str, code: int) -> None:
    with pytest.raises(genai_errors.APIError) as found:
        genai_client.models.generate_content(model=f"{behind}/{model}", contents="hi")
    assert found.value.code // 100 == code // 100


@pytest.mark.parametrize("behind", BEHIND)
def test_ollama_chat_tools_and_format(ollama_client: ollama.Client, behind: str) -> None:
    model = f"{behind}/sim"
    asked: Any = [{"role": "user", "content": "Which way?"}]
    whole = ollama_client.chat(model=model, messages=asked)
    assert "Which way?" in (whole.message.content or "")
    pieces = [part.message.content or "" for part in ollama_client.chat(model=model, messages=asked, stream=True)]
    assert "".join(pieces) == whole.message.content
    tool: Any = {"type": "function", "function": {"name": "get_weather", "parameters": PARAMETERS}}
    called = ollama_client.chat(model=model, messages=[{"role": "user", "content": QUESTION}], tools=[tool])
    assert [call.function.name for call in called.message.tool_calls or []] == ["get_weather"]
    shaped = ollama_client.chat(model=model, messages=asked, format=SCHEMA)
    assert json.loads(shaped.message.content or "").keys() == {"city", "degrees"}


def test_ollama_lists_shows_embeds_and_generates(ollama_client: ollama.Client) -> None:
    names = {model.model for model in ollama_client.list().models}
    assert {f"{behind}/sim" for behind in BEHIND} <= names
    shown = ollama_client.show("anthropic/sim")
    assert "tools" in (shown.capabilities or [])
    assert len(ollama_client.embed(model="openai/sim-embed", input=["a", "b"]).embeddings) == 2
    assert ollama_client.generate(model="ollama/sim", prompt="Once").response
    assert [part.done for part in ollama_client.generate(model="ollama/sim", prompt="Once", stream=True)][-1]
    assert ollama_client.ps().models


@pytest.mark.parametrize(
    ("model", "status"),
    [
        ("sim-auth", 401),
        ("sim-rate-limit-1", 429),
        ("sim-quota", 429),
        ("sim-overflow", 400),
        ("sim-content-filter", 400),
        ("sim-not-found", 404),
        ("sim-status-500", 503),
        ("sim-reset", 502),
    ],
)
@pytest.mark.parametrize("behind", ["openai", "anthropic", "ollama"])
def test_ollama_errors(ollama_client: ollama.Client, behind: str, model: str, status: int) -> None:
    with pytest.raises(ollama.ResponseError) as found:
        ollama_client.chat(model=f"{behind}/{model}", messages=[{"role": "user", "content": "hi"}])
    assert found.value.status_code // 100 == status // 100
    if model != "sim-reset":  # which breaks a stream only when something has been said
        with pytest.raises(ollama.ResponseError) as early:
            list(ollama_client.generate(model=f"{behind}/{model}", prompt="hi", stream=True))
        assert early.value.status_code == found.value.status_code
