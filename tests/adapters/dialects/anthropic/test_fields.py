"""No field of a request is lost in silence: every one is written, warned of or refused, and every unknown one told."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.anthropic import ANTHROPIC
from pointsman.adapters.dialects.anthropic.parameters import PARAMETERS
from pointsman.adapters.dialects.dialect import Inbound, Quirks, Target, WireRequest
from pointsman.core.chat import request as requests
from pointsman.core.chat.message import user
from pointsman.core.chat.original import Untranslated
from pointsman.core.chat.request import NO_LIMIT, ChatRequest, Thinking, ask
from pointsman.core.chat.tool import ForcedTool, ResponseSchema
from pointsman.core.error import UnsupportedFeature
from pointsman.core.json import JsonObject, as_object, dumps_text
from tests.adapters.dialects.anthropic_wire import CHAT, WEATHER, good

MODEL = "claude-opus-4-6"
TARGET = Target("anthropic", MODEL)


def wire(request: ChatRequest, target: Target = TARGET) -> WireRequest:
    return good(CHAT.write_request(request, target, False))


def body(request: ChatRequest) -> JsonObject:
    return as_object(wire(request).body)


def subjects(request: ChatRequest) -> list[str]:
    return [warning.subject for warning in wire(request).warnings]


VALUES: dict[str, Any] = {
    "temperature": 0.25,
    "top_p": 0.5,
    "top_k": 7,
    "frequency_penalty": 0.5,
    "presence_penalty": 0.5,
    "logit_bias": {"11": 5.0},
    "logprobs": 3,
    "n": 2,
    "max_tokens": 321,
    "stop": ("END",),
    "seed": 9,
    "verbosity": "low",
    "service_tier": "standard_only",
    "tool_choice": ForcedTool("get_weather"),
    "parallel_tools": False,
    "thinking": Thinking("xhigh"),
    "metadata": {"user_id": "u1"},
    "messages": (user("hello"),),
    "tools": (WEATHER,),
    "response_schema": ResponseSchema({"type": "object", "properties": {}, "additionalProperties": False}),
    "json_mode": True,
    "extra": {"inference_geo": "eu"},
}
PLACES = {
    "temperature": ("temperature", 0.25),
    "top_p": ("top_p", 0.5),
    "top_k": ("top_k", 7),
    "max_tokens": ("max_tokens", 321),
    "stop": ("stop_sequences", ["END"]),
    "service_tier": ("service_tier", "standard_only"),
    "tool_choice": ("tool_choice", {"type": "tool", "name": "get_weather"}),
    "parallel_tools": ("tool_choice", {"type": "auto", "disable_parallel_tool_use": True}),
    "thinking": ("output_config", {"effort": "xhigh"}),
    "metadata": ("metadata", {"user_id": "u1"}),
}


def _request(field: str) -> ChatRequest:
    given: dict[str, Any] = {"tools": (WEATHER,), field: VALUES[field]}
    return attrs.evolve(ask(MODEL, "hi"), **given)


def test_every_field_of_a_request_has_a_value_here() -> None:
    assert VALUES.keys() == {*requests.PARAMETERS, *requests.ESSENTIALS, "extra"}
    assert PLACES.keys() == PARAMETERS.keys()


@pytest.mark.parametrize("field", requests.PARAMETERS)
def test_a_parameter_is_written_where_it_belongs_or_warned_of(field: str) -> None:
    sent = wire(_request(field))
    if field in PLACES:
        place, value = PLACES[field]
        assert as_object(sent.body)[place] == value
        assert sent.warnings == ()
    else:
        assert [warning.subject for warning in sent.warnings] == [field]
        assert as_object(sent.body) == as_object(wire(_request("tools")).body)


@pytest.mark.parametrize("field", [name for name in requests.PARAMETERS if name in PARAMETERS])
def test_a_parameter_that_was_written_is_read_again(field: str) -> None:
    read = good(CHAT.read_request(Inbound(body(_request(field))))).request
    assert getattr(read, field) == VALUES[field]


@pytest.mark.parametrize("field", [*requests.PARAMETERS, "tools", "response_schema"])
def test_what_a_provider_lacks_is_warned_of_or_refused(field: str) -> None:
    target = attrs.evolve(TARGET, quirks=Quirks(lacks=frozenset({field})))
    sent = unwrap_or_failure(CHAT.write_request(_request(field), target, False))
    if field in requests.PARAMETERS:
        assert isinstance(sent, WireRequest)
        assert [warning.subject for warning in sent.warnings] == [field]
        assert as_object(sent.body) == as_object(wire(_request("tools")).body)
    else:
        assert isinstance(sent, UnsupportedFeature)
        assert field in sent.feature


def test_thinking_that_a_provider_lacks_plays_no_part_in_other_parameters() -> None:
    target = attrs.evolve(TARGET, quirks=Quirks(lacks=frozenset({"thinking"})))
    request = attrs.evolve(ask(MODEL, "x"), thinking=Thinking(budget=50_000), temperature=0.5, max_tokens=100)
    sent = good(CHAT.write_request(request, target, False))
    assert [warning.subject for warning in sent.warnings] == ["thinking"]
    assert (as_object(sent.body)["temperature"], as_object(sent.body)["max_tokens"]) == (0.5, 100)


@pytest.mark.parametrize(
    ("max_output", "asked", "sent", "warned"),
    [
        (None, None, 32_000, []),
        (64_000, None, 64_000, []),
        (64_000, NO_LIMIT, 64_000, []),
        (None, NO_LIMIT, 32_000, []),
        (64_000, 200, 200, []),
        (64_000, 128_000, 64_000, ["max_tokens"]),
        (None, 128_000, 128_000, []),
    ],
)
def test_without_a_limit_goes_the_most_that_the_model_can_write(
    max_output: int | None, asked: int | None, sent: int, warned: list[str]
) -> None:
    target = attrs.evolve(TARGET, max_output=max_output)
    written = wire(attrs.evolve(ask(MODEL, "x"), max_tokens=asked), target=target)
    assert as_object(written.body)["max_tokens"] == sent
    assert [warning.subject for warning in written.warnings] == warned


@pytest.mark.parametrize(
    ("field", "value", "thinking", "place", "sent"),
    [
        ("stop", ("\n", "END"), None, "stop_sequences", ["END"]),
        ("stop", ("\n",), None, "stop_sequences", None),
        ("service_tier", "flex", None, "service_tier", None),
        ("top_k", 5, Thinking("low"), "top_k", None),
        ("top_p", 0.5, Thinking("low"), "top_p", 0.95),
        ("top_p", 0.5, Thinking("none"), "top_p", 0.5),
        ("tool_choice", "required", None, "tool_choice", None),
    ],
)
def test_what_the_api_refuses_is_changed_with_a_warning(
    field: str, value: Any, thinking: Thinking | None, place: str, sent: object
) -> None:
    given: dict[str, Any] = {field: value, "thinking": thinking}
    request = attrs.evolve(ask(MODEL, "x"), **given)
    assert body(request).get(place) == sent
    assert subjects(request) == ([] if sent == value else [field])


def test_the_tier_that_openai_calls_default_is_the_standard_one() -> None:
    assert body(attrs.evolve(ask(MODEL, "x"), service_tier="default"))["service_tier"] == "standard_only"


MARK: JsonObject = {"type": "ephemeral", "ttl": "1h"}
STRANGE: JsonObject = {
    "model": "m",
    "max_tokens": 9,
    "context_management": {"edits": []},
    "cache_control": MARK,
    "system": [{"type": "text", "text": "s", "glow": 1}],
    "messages": [
        {
            "role": "user",
            "mood": "good",
            "content": [
                {"type": "text", "text": "hi", "cache_control": MARK, "priority": 1},
                {
                    "type": "document",
                    "source": {"type": "text", "media_type": "text/plain", "data": "d", "lang": "en"},
                    "citations": {"enabled": True},
                    "context": "c",
                },
                {"type": "image", "source": {"type": "url", "url": "https://e.org/a.png"}, "alt": "a"},
            ],
        },
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {"any": {"thing": 1}}, "speed": 2}],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "t",
                    "weight": 1,
                    "content": [{"type": "text", "text": "r", "shade": 1}],
                }
            ],
        },
    ],
    "tools": [{"name": "f", "input_schema": {"type": "object", "x": 1}, "defer_loading": True, "cache_control": MARK}],
    "tool_choice": {"type": "auto", "why": "so"},
    "thinking": {"type": "dreamy", "display": "psychedelic"},
    "output_config": {"effort": "galactic", "task_budget": {"type": "tokens", "total": 9}},
    "metadata": {"user_id": "u", "team": "t"},
    "container": "con_1",
    "mcp_servers": [{"name": "x"}],
}


def test_unknown_names_are_told_at_every_level_with_their_path() -> None:
    call = good(CHAT.read_request(Inbound(STRANGE)))
    assert set(call.untranslated) == {
        Untranslated("context_management"),
        Untranslated("cache_control"),
        Untranslated("system[].glow"),
        Untranslated("messages[].mood"),
        Untranslated("messages[].content[].priority"),
        Untranslated("messages[].content[].source.lang"),
        Untranslated("messages[].content[].citations"),
        Untranslated("messages[].content[].context"),
        Untranslated("messages[].content[].alt"),
        Untranslated("messages[].content[].speed"),
        Untranslated("messages[].content[].weight"),
        Untranslated("messages[].content[].content[].shade"),
        Untranslated("tools[].defer_loading"),
        Untranslated("tool_choice.why"),
        Untranslated("thinking.type"),
        Untranslated("thinking.display"),
        Untranslated("output_config.effort"),
        Untranslated("output_config.task_budget"),
        Untranslated("metadata.team"),
        Untranslated("container", essential=True),
        Untranslated("mcp_servers", essential=True),
    }
    assert call.request.extra == {}


def test_a_form_of_answer_that_is_not_known_is_essential() -> None:
    asked: JsonObject = {"model": "m", "messages": [{"role": "user", "content": "x"}], "max_tokens": 1}
    call = good(CHAT.read_request(Inbound({**asked, "output_config": {"format": {"type": "poem"}}})))
    assert call.untranslated == (Untranslated("output_config.format", essential=True),)
    form: JsonObject = {"type": "json_schema", "schema": {"type": "object"}}
    early = good(CHAT.read_request(Inbound({**asked, "output_format": form})))
    assert early.request.response_schema == ResponseSchema({"type": "object"})
    assert early.untranslated == ()


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"temperature": "hot"}, "temperature"),
        ({"max_tokens": "5"}, "max_tokens"),
        ({"top_k": 0}, "top_k"),
        ({"stop_sequences": 5}, "stop_sequences"),
        ({"thinking": 5}, "thinking"),
        ({"thinking": {"type": "enabled", "budget_tokens": "many"}}, "thinking.budget_tokens"),
        ({"metadata": {"user_id": 5}}, "metadata.user_id"),
        ({"stream": "yes"}, "stream"),
        ({"tools": {}}, "tools"),
        ({"tools": [{"name": "f", "input_schema": []}]}, "tools[0].input_schema"),
        ({"system": 5}, "system"),
        ({"messages": "hi"}, "messages"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [5]}]}, "messages[0].content[0]"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": 5}]}]}, "messages[0].content[0].text"),
    ],
)
def test_a_value_of_the_wrong_type_is_a_problem_with_its_path(wrong: JsonObject, path: str) -> None:
    asked: JsonObject = {"model": "m", "messages": [{"role": "user", "content": "x"}], "max_tokens": 1}
    refused = CHAT.read_request(Inbound({**asked, **wrong})).failure()
    assert path in [problem.partition(":")[0] for problem in refused.problems], dumps_text(refused.problems)


def test_the_record_names_its_table() -> None:
    assert ANTHROPIC.parameters is PARAMETERS
    assert Target("p", "m").max_output is None
