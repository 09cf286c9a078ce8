"""Every field of a request is written, warned of or refused, and read back; unknown names are reported."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from pointsman.adapters.dialects.dialect import WireRequest
from pointsman.adapters.dialects.ollama.parameters import PARAMETERS
from pointsman.core.chat.message import user
from pointsman.core.chat.request import ESSENTIALS, NO_LIMIT, ChatRequest, Effort, Thinking
from pointsman.core.chat.request import PARAMETERS as FIELDS
from pointsman.core.chat.tool import AllowedTools, ForcedTool, ResponseSchema, Tool
from pointsman.core.error import InvalidRequest
from tests.adapters.dialects.ollama.wire import EMPTY, ask, read, read_any, untranslated, warnings, write, write_any

TOOL = Tool("look", "Look.", EMPTY)
SAMPLES: dict[str, Any] = {
    "temperature": 0.5,
    "top_p": 0.9,
    "top_k": 3,
    "frequency_penalty": 0.5,
    "presence_penalty": 0.5,
    "logit_bias": {"7": 1.0},
    "logprobs": 2,
    "n": 2,
    "max_tokens": 64,
    "stop": ("END",),
    "seed": 7,
    "verbosity": "low",
    "service_tier": "flex",
    "tool_choice": ForcedTool("look"),
    "parallel_tools": False,
    "thinking": Thinking("high"),
    "metadata": {"a": "b"},
    "messages": (user("one"), user("two")),
    "tools": (TOOL,),
    "response_schema": ResponseSchema({"type": "object", "properties": {"a": {"type": "string"}}}),
    "json_mode": True,
}
APART = {"model", "timeout", "request_id", "options", "original", "on_unsupported", "extra"}


def holding(field: str) -> ChatRequest:
    """A request that says `field`."""
    base = ask(tools=(TOOL,) if field in ("tool_choice", "parallel_tools") else ())
    return attrs.evolve(base, **{field: SAMPLES[field]})


def test_there_is_a_sample_of_every_field_that_goes_on_the_wire() -> None:
    assert {field.name for field in attrs.fields(ChatRequest)} - APART == set(SAMPLES) == {*FIELDS, *ESSENTIALS}


@pytest.mark.parametrize("field", [name for name in (*PARAMETERS, *ESSENTIALS) if name != "tool_choice"])
def test_a_field_that_the_api_has_is_written_and_read_back(field: str) -> None:
    assert warnings(holding(field)) == set()
    call = read(**write(holding(field)))
    assert getattr(call.request, field) == SAMPLES[field]
    assert untranslated(call) == {"truncate": False, "shift": False}


@pytest.mark.parametrize("field", sorted(set(FIELDS) - set(PARAMETERS)))
def test_a_parameter_that_the_api_lacks_is_left_out_with_a_warning(field: str) -> None:
    assert warnings(holding(field)) == {field}
    assert write(holding(field)) == write(ask(tools=holding(field).tools))


@pytest.mark.parametrize("field", FIELDS)
def test_a_parameter_that_a_provider_lacks_is_warned_of(field: str) -> None:
    outcome = write_any(holding(field), lacks=frozenset((field,)))
    assert isinstance(outcome, WireRequest)
    assert {warning.subject for warning in outcome.warnings} == {field}


@pytest.mark.parametrize(
    ("choice", "tools", "warned"),
    [
        ("auto", ["look", "leap"], set()),
        ("none", [], {"tool_choice"}),
        ("required", ["look", "leap"], {"tool_choice"}),
        (ForcedTool("look"), ["look", "leap"], {"tool_choice"}),
        (AllowedTools(("look",)), ["look"], set()),
        (AllowedTools(("look",), required=True), ["look"], {"tool_choice"}),
    ],
)
def test_a_choice_leaves_tools_out_or_is_warned_of(choice: Any, tools: list[str], warned: set[str]) -> None:
    request = ask(tools=(TOOL, Tool("leap")), tool_choice=choice)
    assert [tool["function"]["name"] for tool in write(request).get("tools", [])] == tools
    assert warnings(request) == warned


@pytest.mark.parametrize(
    ("effort", "think", "warned"),
    [
        ("none", False, set()),
        ("minimal", "low", {"thinking.effort"}),
        ("low", "low", set()),
        ("medium", "medium", set()),
        ("high", "high", set()),
        ("xhigh", "high", {"thinking.effort"}),
        ("max", "max", set()),
    ],
)
def test_an_effort_that_ollama_lacks_is_its_neighbour_with_a_warning(
    effort: Effort, think: bool | str, warned: set[str]
) -> None:
    request = ask(thinking=Thinking(effort))
    assert write(request)["think"] == think
    assert warnings(request) == warned


def test_json_mode_is_ollamas_own_and_never_a_schema() -> None:
    assert write(ask(json_mode=True))["format"] == "json"
    request = read(format="json").request
    assert (request.json_mode, request.response_schema) == (True, None)


@pytest.mark.parametrize("limit", [-1, -2])
def test_no_limit_is_read_from_both_its_numbers(limit: int) -> None:
    assert read(options={"num_predict": limit}).request.max_tokens == NO_LIMIT
    assert write(ask(max_tokens=NO_LIMIT))["options"] == {"num_predict": -1}


def test_options_that_only_ollama_has_are_reported() -> None:
    call = read(keep_alive="10m", options={"num_ctx": 4096, "mirostat": 1, "temperature": 0.5})
    assert untranslated(call) == {"options.num_ctx": False, "options.mirostat": False, "keep_alive": False}
    assert call.request == ask(temperature=0.5)


def test_unknown_names_of_every_level_are_reported() -> None:
    call_before = {"id": "c", "new": 1, "function": {"name": "look", "arguments": {}, "newer": 2}}
    call = read(
        messages=[
            {"role": "user", "content": "hi", "mood": "good"},
            {"role": "assistant", "content": "", "tool_calls": [call_before]},
            {"role": "tool", "tool_name": "look", "content": "x", "newest": 3},
        ],
        tools=[{"type": "function", "function": {"name": "look", "strict": True}, "defer_loading": True}],
    )
    assert untranslated(call) == dict.fromkeys(
        (
            "messages[].mood",
            "messages[].tool_calls[].new",
            "messages[].tool_calls[].function.newer",
            "messages[].newest",
            "tools[].function.strict",
            "tools[].defer_loading",
        ),
        False,
    )


@pytest.mark.parametrize("name", ["raw", "template", "context"])
def test_what_changes_what_the_model_is_shown_is_essential(name: str) -> None:
    assert untranslated(read(**{name: [1]})) == {name: True}
    assert untranslated(read(**{name: False})) == {}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"options": {"temperature": "hot"}}, "options.temperature"),
        ({"options": {"num_predict": -3}}, "options.num_predict"),
        ({"options": {"stop": 3}}, "options.stop"),
        ({"options": [1]}, "options"),
        ({"think": "hard"}, "think"),
        ({"format": "yaml"}, "format"),
        ({"stream": "yes"}, "stream"),
        ({"messages": "hi"}, "messages"),
        ({"messages": ["hi"]}, "messages[0]"),
        ({"messages": [{"role": "robot", "content": "hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"messages": [{"role": "assistant", "tool_calls": {}}]}, "messages[0].tool_calls"),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"function": {"arguments": {}}}]}]},
            "messages[0].tool_calls[0].function.name",
        ),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": [1]}}]}]},
            "messages[0].tool_calls[0].function.arguments",
        ),
        ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name"),
        (
            {"tools": [{"type": "function", "function": {"name": "f", "parameters": "x"}}]},
            "tools[0].function.parameters",
        ),
    ],
)
def test_what_is_wrong_is_a_problem_with_its_path(body: dict[str, Any], path: str) -> None:
    failure = read_any(**body)
    assert isinstance(failure, InvalidRequest)
    assert path in {problem.partition(": ")[0] for problem in failure.problems}


def test_extra_is_joined_and_never_wipes_a_typed_field() -> None:
    request = ask(temperature=0.5, extra={"options": {"temperature": 1, "num_ctx": 8192}, "keep_alive": "10m"})
    body = write(request)
    assert body["options"] == {"temperature": 0.5, "num_ctx": 8192}
    assert body["keep_alive"] == "10m"
    assert warnings(request) == {"extra.options.temperature"}
