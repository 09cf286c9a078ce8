"""Every field of a request is written, warned of or refused, and read back; unknown names are reported."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from pointsman.adapters.dialects.dialect import WireRequest
from pointsman.adapters.dialects.openai_responses.parameters import PARAMETERS
from pointsman.core.chat.message import user
from pointsman.core.chat.request import ESSENTIALS, ChatRequest, Thinking
from pointsman.core.chat.request import PARAMETERS as FIELDS
from pointsman.core.chat.tool import ForcedTool, ResponseSchema, Tool
from pointsman.core.error import InvalidRequest, UnsupportedFeature
from tests.adapters.dialects.openai_responses.wire import (
    EMPTY,
    ask,
    read,
    read_any,
    untranslated,
    warnings,
    write,
    write_any,
)

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
    "thinking": Thinking("xhigh", show=True),
    "metadata": {"a": "b"},
    "messages": (user("one"), user("two")),
    "tools": (TOOL,),
    "response_schema": ResponseSchema({"type": "object"}, strict=False),
    "json_mode": True,
}
APART = {"model", "timeout", "request_id", "options", "original", "on_unsupported", "extra"}


def holding(field: str) -> ChatRequest:
    """A request that says `field`."""
    base = ask(tools=(TOOL,) if field in ("tool_choice", "parallel_tools") else ())
    return attrs.evolve(base, **{field: SAMPLES[field]})


def test_there_is_a_sample_of_every_field_that_goes_on_the_wire() -> None:
    assert {field.name for field in attrs.fields(ChatRequest)} - APART == set(SAMPLES) == {*FIELDS, *ESSENTIALS}


@pytest.mark.parametrize("field", [*PARAMETERS, *ESSENTIALS])
def test_a_field_that_the_api_has_is_written_and_read_back(field: str) -> None:
    request = holding(field)
    assert warnings(request) == set()
    call = read(**{**write(request), "model": "m"})
    assert getattr(call.request, field) == SAMPLES[field]
    assert call.untranslated == ()


@pytest.mark.parametrize("field", sorted(set(FIELDS) - set(PARAMETERS)))
def test_a_parameter_that_the_api_lacks_is_left_out_with_a_warning(field: str) -> None:
    assert warnings(holding(field)) == {field}
    assert write(holding(field)) == write(ask())


@pytest.mark.parametrize("field", list(SAMPLES))
def test_what_a_provider_lacks_is_warned_of_or_refused(field: str) -> None:
    outcome = write_any(holding(field), lacks=frozenset((field,)))
    if field in ESSENTIALS:
        assert isinstance(outcome, UnsupportedFeature)
    else:
        assert isinstance(outcome, WireRequest)
        assert {warning.subject for warning in outcome.warnings} == {field}


def test_a_limit_below_what_openai_takes_is_raised_with_a_warning() -> None:
    request = ask(max_tokens=5)
    assert write(request)["max_output_tokens"] == 16
    assert warnings(request) == {"max_tokens"}


def test_no_limit_is_left_out() -> None:
    assert "max_output_tokens" not in write(ask(max_tokens=-1))


def test_what_two_parameters_include_stands_in_one_list() -> None:
    body = write(ask(thinking=Thinking("low"), logprobs=3))
    assert set(body["include"]) == {"reasoning.encrypted_content", "message.output_text.logprobs"}
    assert body["top_logprobs"] == 3


def test_log_probabilities_without_alternatives_are_asked_for_by_the_list_alone() -> None:
    body = write(ask(logprobs=0))
    assert "top_logprobs" not in body
    assert read(**body).request.logprobs == 0


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"temperature": "hot"}, "temperature"),
        ({"max_output_tokens": "5"}, "max_output_tokens"),
        ({"parallel_tool_calls": "yes"}, "parallel_tool_calls"),
        ({"metadata": {"a": 1}}, "metadata.a"),
        ({"tool_choice": "any"}, "tool_choice"),
        ({"tools": {}}, "tools"),
        ({"tools": [{"type": "function", "parameters": {}}]}, "tools[0].name"),
        ({"text": {"format": {"type": "json_schema", "name": "a"}}}, "text.format.schema"),
        ({"input": [{"role": "robot", "content": "hi"}]}, "input[0].role"),
        ({"input": [{"role": "user", "content": [{"type": "input_text", "text": 5}]}]}, "input[0].content[0].text"),
        ({"input": [{"type": "function_call_output", "output": "x"}]}, "input[0].call_id"),
        ({"input": ["hi"]}, "input[0]"),
        ({"input": None}, "input"),
        ({"stream": "yes"}, "stream"),
    ],
)
def test_what_is_wrong_is_a_problem_with_its_path(body: dict[str, Any], path: str) -> None:
    failure = read_any(**body)
    assert isinstance(failure, InvalidRequest)
    assert path in {problem.partition(": ")[0] for problem in failure.problems}


@pytest.mark.parametrize("name", ["previous_response_id", "conversation", "prompt", "background"])
def test_state_on_the_server_is_essential(name: str) -> None:
    assert untranslated(read(**{name: {"id": "x"} if name == "prompt" else True})) == {name: True}


@pytest.mark.parametrize("name", ["previous_response_id", "conversation", "prompt"])
def test_who_goes_on_with_what_the_server_holds_need_not_say_anything(name: str) -> None:
    call = read(**{name: {"id": "x"}, "input": None})
    assert untranslated(call) == {name: True}
    assert write(call.request)["input"] == []


def test_unknown_names_of_every_level_are_reported() -> None:
    call = read(
        truncation="auto",
        prompt_cache_key="k",
        safety_identifier="u",
        store=True,
        include=["web_search_call.action.sources"],
        reasoning={"effort": "low", "context": "all_turns"},
        text={"verbosity": "low", "format": {"type": "text"}, "new": 1},
        tools=[{"type": "function", "name": "look", "parameters": EMPTY, "defer_loading": True}],
        input=[
            {"role": "user", "content": [{"type": "input_text", "text": "hi", "new": 1}], "newer": 2},
            {"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}", "caller": {"type": "direct"}},
            {"type": "function_call_output", "call_id": "c", "output": "x", "newest": 3},
        ],
    )
    assert untranslated(call) == dict.fromkeys(
        (
            "truncation",
            "prompt_cache_key",
            "safety_identifier",
            "store",
            "include",
            "reasoning.context",
            "text.new",
            "tools[].defer_loading",
            "input[].content[].new",
            "input[].newer",
            "input[].caller",
            "input[].newest",
        ),
        False,
    )


def test_what_says_no_more_than_silence_is_not_reported() -> None:
    call = read(
        store=False,
        background=False,
        truncation="disabled",
        stream=True,
        stream_options={"include_obfuscation": False},
        include=["reasoning.encrypted_content"],
        text={"format": {"type": "text"}},
        input=[{"type": "message", "id": "msg_1", "status": "completed", "role": "user", "content": "hi"}],
    )
    assert call.untranslated == ()
    assert call.stream
    assert call.request == ask()


def test_a_format_that_is_not_known_is_essential() -> None:
    assert untranslated(read(text={"format": {"type": "grammar", "syntax": "lark"}}))["text.format"]


def test_extra_is_joined_and_never_wipes_a_typed_field() -> None:
    request = ask(verbosity="low", extra={"text": {"verbosity": "high", "more": 1}, "truncation": "auto"})
    body = write(request)
    assert body["text"] == {"verbosity": "low", "more": 1}
    assert body["truncation"] == "auto"
    assert warnings(request) == {"extra.text.verbosity"}
