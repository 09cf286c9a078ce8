"""What the simulated model answers, as a function of the request alone."""

from __future__ import annotations

import base64
import json
import math

import attrs
import jsonschema
import pytest

from pointsman.adapters.simulator.answer import answer, continue_prompt
from pointsman.adapters.simulator.tokens import tokens_of
from pointsman.adapters.simulator.vectors import embed, vector
from pointsman.adapters.simulator.vendor_style import voice_of
from pointsman.core.chat.completion import CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.chat.message import assistant, system, tool, user
from pointsman.core.chat.part import Bytes, Image, Reasoning, Text, Url
from pointsman.core.chat.request import ChatRequest, Thinking, ask
from pointsman.core.chat.response import ChatResponse, Finish
from pointsman.core.chat.tool import ForcedTool, ResponseSchema, Tool, ToolChoice

PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")
WEATHER = Tool("get_weather", parameters={"type": "object", "properties": {"city": {"type": "string"}}})
TIME = Tool("time_now")


def answered(request: ChatRequest, dialect: str = "openai-chat", seed: int = 0) -> ChatResponse:
    return answer(request, seed, voice_of(dialect))


def test_it_reflects_the_request() -> None:
    request = ChatRequest(
        "sim",
        (
            system("Be brief."),
            user("Look", Image(Bytes(PIXEL, "image/png")), Image(Url("https://example.com/cat.jpg"))),
            assistant("I see"),
            user("And now?"),
        ),
        temperature=0.5,
        stop=("~",),
    )
    text = answered(request).text
    for line in (
        "You asked: “And now?”. I counted 2 words in it.",
        "- messages: 4 (1 system, 2 user, 1 assistant)",
        "- system prompt: “Be brief.”",
        f"- image: image/png, {len(PIXEL)} bytes, 1×1 pixels",
        "- image: at https://example.com/cat.jpg (not fetched)",
        "- parameters: temperature=0.5, stop sequences=1",
        "```json",
    ):
        assert line in text


def test_seed_and_request_decide_the_answer() -> None:
    first = answered(ask("sim", "x"))
    assert first == answered(ask("sim", "x"))
    assert first.id != answered(ask("sim", "x"), seed=1).id
    assert first.id != answered(ask("sim", "y")).id
    assert (
        answered(attrs.evolve(ask("sim", "x"), seed=9)).id == answered(attrs.evolve(ask("sim", "x"), seed=9), seed=3).id
    )


@pytest.mark.parametrize(
    ("text", "choice", "parallel", "called"),
    [
        ("How is the weather in Rome?", None, None, ["get_weather"]),
        ("call get_weather and time_now", None, None, ["get_weather", "time_now"]),
        ("call get_weather and time_now", None, False, ["get_weather"]),
        ("call get_weather", "none", None, []),
        ("Hello", None, None, []),
        ("Hello", "auto", None, []),
        ("Hello", "required", None, ["get_weather"]),
        ("Hello", ForcedTool("time_now"), None, ["time_now"]),
        ("Please use a tool.", None, None, ["get_weather"]),
    ],
)
def test_which_tools_are_called(text: str, choice: ToolChoice | None, parallel: bool | None, called: list[str]) -> None:
    request = ChatRequest("sim", (user(text),), tools=(WEATHER, TIME), tool_choice=choice, parallel_tools=parallel)
    response = answered(request)
    assert [call.name for call in response.tool_calls] == called
    assert response.finish_reason is (Finish.TOOL_CALLS if called else Finish.STOP)
    assert len({call.id for call in response.tool_calls}) == len(called)
    for call in response.tool_calls:
        assert call.parse_arguments().unwrap() == ({"city": "simulated city"} if call.name == "get_weather" else {})


@pytest.mark.parametrize("choice", [None, "required"])
def test_after_tool_results_it_quotes_them_and_calls_no_more(choice: ToolChoice | None) -> None:
    request = ChatRequest("sim", (user("get_weather and time_now"),), tools=(WEATHER, TIME), tool_choice=choice)
    first, second = answered(request).tool_calls
    results = (tool(first, "Sunny, 20°"), tool(second, "no clock", is_error=True))
    response = answered(attrs.evolve(request, messages=(*request.messages, assistant(first, second), *results)))
    assert response.tool_calls == ()
    assert "The tool `get_weather` answered: “Sunny, 20°”" in response.text
    assert "The tool `time_now` answered (marked as an error): “no clock”" in response.text


def test_a_schema_gives_json_that_fits() -> None:
    schema = ResponseSchema(
        {"type": "object", "properties": {"n": {"type": "integer", "minimum": 3}}, "required": ["n"]}
    )
    response = answered(attrs.evolve(ask("sim", "x"), response_schema=schema))
    jsonschema.validate(json.loads(response.text), schema.schema)


@pytest.mark.parametrize(
    ("dialect", "origin"), [("anthropic", "anthropic"), ("openai-responses", "openai"), ("openai-chat", None)]
)
def test_thinking_gives_reasoning_with_the_state_of_its_dialect(dialect: str, origin: str | None) -> None:
    response = answered(attrs.evolve(ask("sim", "x"), thinking=Thinking(effort="low")), dialect)
    thought = response.parts[0]
    assert isinstance(thought, Reasoning)
    assert (thought.state and thought.state.origin) == origin
    assert response.usage.reasoning == tokens_of(thought.text) > 0


def test_who_thinks() -> None:
    assert answered(ask("sim-reasoning", "x")).reasoning
    assert not answered(ask("sim", "x")).reasoning
    assert not answered(attrs.evolve(ask("sim", "x"), thinking=Thinking(effort="none"))).reasoning
    assert not answered(attrs.evolve(ask("sim", "x"), thinking=Thinking(budget=0))).reasoning


@pytest.mark.parametrize("most", [1, 2, 5, 10])
def test_max_tokens_cuts(most: int) -> None:
    whole = answered(ask("sim", "x"))
    cut = answered(attrs.evolve(ask("sim", "x"), max_tokens=most))
    assert whole.text.startswith(cut.text)
    assert len(cut.text) == 4 * most
    assert cut.finish_reason is Finish.LENGTH
    assert cut.usage.output == most
    assert whole.finish_reason is Finish.STOP


def test_max_tokens_counts_thoughts_and_leaves_out_calls_that_do_not_fit() -> None:
    request = ChatRequest("sim", (user("weather"),), tools=(WEATHER,), thinking=Thinking(), max_tokens=3)
    cut = answered(request)
    assert [type(part) for part in cut.parts] == [Reasoning]
    assert cut.usage.output == 3
    assert answered(attrs.evolve(request, thinking=None)).parts == ()


def test_a_stop_sequence_ends_the_text_before_it() -> None:
    cut = answered(attrs.evolve(ask("sim", "x"), stop=("never", "model", "answer")))
    assert cut.parts == (Text("Simulated "),)
    assert cut.finish_reason is Finish.STOP


def test_usage_can_be_reckoned_by_hand() -> None:
    request = ask("sim", "12345678")
    response = answered(request)
    assert response.usage.input == 8 // 4 + 4
    assert response.usage.output == math.ceil(len(response.text) / 4)
    assert response.usage.cached_input == 0


def test_a_long_history_is_partly_cached() -> None:
    usage = answered(ChatRequest("sim", (user("x" * 8000), assistant("y"), user("z")))).usage
    assert usage.cached_input == 1920
    assert usage.input is not None
    assert usage.input > usage.cached_input


def test_a_prompt_is_continued_within_its_limits() -> None:
    whole = continue_prompt(CompletionRequest("sim", "Once upon"), 0)
    assert "“Once upon”, 2 words" in whole.text
    assert continue_prompt(CompletionRequest("sim", "Once upon", max_tokens=2), 0).text == whole.text[:8]


def _cosine(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    return sum(a * b for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("size", [1, 16, 256])
@pytest.mark.parametrize("text", ["", " ", "one", "many words in a row", "\ud800"])
def test_vectors_have_length_one(text: str, size: int) -> None:
    assert math.isclose(_cosine(vector(text, size), vector(text, size)), 1.0)
    assert len(vector(text, size)) == size


def test_texts_that_share_words_are_near() -> None:
    near = _cosine(vector("The cat sat on the mat"), vector("a cat on the mat"))
    far = _cosine(vector("The cat sat on the mat"), vector("quarterly revenue grew sharply"))
    assert near > 0.6 > far


def test_embedding_keeps_the_order_of_the_texts() -> None:
    response = embed(EmbeddingRequest("sim-embed", ("a", "b"), 8))
    assert [each.vector for each in response.embeddings] == [vector("a", 8), vector("b", 8)]
    assert [each.index for each in response.embeddings] == [0, 1]
