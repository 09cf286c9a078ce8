"""Between different vendors nothing is silent: what a client of one dialect sends reaches a provider of another, or
stands in a warning or in the typed failure.

What is to be expected is taken from the dialects' tables of parameters and content, not from what writes requests.
"""

from __future__ import annotations

import base64
from itertools import permutations
from typing import Any

import attrs
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.anthropic import ANTHROPIC
from pointsman.adapters.dialects.dialect import ContentKind, Dialect, Inbound, InboundCall, Quirks, Target, WireRequest
from pointsman.adapters.dialects.gemini import GEMINI
from pointsman.adapters.dialects.ollama import OLLAMA
from pointsman.adapters.dialects.openai_chat import OPENAI_CHAT
from pointsman.adapters.dialects.openai_responses import OPENAI_RESPONSES
from pointsman.adapters.dialects.passthrough import remember_original, write_onward
from pointsman.core.chat.part import ProviderPart
from pointsman.core.chat.request import NO_LIMIT, PARAMETERS, ChatRequest, Thinking
from pointsman.core.chat.response import Warning
from pointsman.core.chat.tool import AllowedTools, AnyTool, ForcedTool, ProviderTool
from pointsman.core.error import InvalidRequest, UnsupportedFeature
from pointsman.core.json import Json, JsonObject, as_object, dumps_text
from tests.adapters.dialects import pair_samples as samples
from tests.adapters.dialects.pair_samples import SAYS_NOTHING, VALUES, Fact, facts_of, kinds_in

DIALECTS = tuple(
    dialect for dialect in (OPENAI_CHAT, OPENAI_RESPONSES, ANTHROPIC, GEMINI, OLLAMA) if dialect.parameters
)
PAIRS = pytest.mark.parametrize(
    ("one", "other"), list(permutations(DIALECTS, 2)), ids=lambda dialect: str(dialect.name)
)
MODEL = "claude-opus-4-6"
CLIENT = Target("client", MODEL, Quirks(custom_tools=True, cache_control=True, file_urls=True, replay_reasoning=True))
"""Whom a client writes to that says all that its dialect has words for."""
PROVIDER = Target("somebody", MODEL)
UNKNOWN = ("zzone", "zztwo")


@st.composite
def bodies(draw: st.DrawFn, dialect: Dialect) -> JsonObject:
    """A body of `dialect` with any of its parameters and kinds of content, and with names that nobody knows."""
    kinds = draw(st.lists(st.sampled_from(_sent_kinds(dialect)), max_size=4, unique=True))
    given_by_kind = [samples.sample(kind, dialect.name) for kind in kinds]
    strange = draw(st.sampled_from([None] * 8 + [samples.unknown_part, samples.unknown_tool]))
    held = [*given_by_kind, strange(dialect.name) if strange is not None else None]
    request = samples.join_samples(MODEL, [one for one in held if one is not None])
    named = draw(st.lists(st.sampled_from(sorted(dialect.parameters)), max_size=5, unique=True))
    fields: dict[str, Any] = {name: draw(st.sampled_from(VALUES[name])) for name in named}
    if "tool_choice" in fields or "parallel_tools" in fields:
        tools = {tool.name: tool for tool in (*request.tools, samples.WEATHER, samples.CLOCK)}
        fields["tools"] = tuple(tools.values())
    if request.tool_choice is not None:
        fields.pop("tool_choice", None)
    written = dialect.chat.write_request(attrs.evolve(request, **fields), CLIENT, False)
    wire = unwrap_or_failure(written)
    if not isinstance(wire, WireRequest):
        return {}
    body = as_object(orjson.loads(orjson.dumps(wire.body)))
    for name in draw(st.lists(st.sampled_from(UNKNOWN), max_size=2, unique=True)):
        draw(st.sampled_from(list(_objects(body))))[name] = "strange"
    return body


def _sent_kinds(dialect: Dialect) -> list[ContentKind]:
    said = {"native", "translated"}
    return [kind for kind, support in dialect.content.items() if support in said and samples.sample(kind, dialect.name)]


def _objects(value: Json, name: str = "") -> list[JsonObject]:
    """The objects of a body, but for those that hold a schema, arguments or whatever names a client likes."""
    if isinstance(value, list):
        return [inner for item in value for inner in _objects(item)]
    if not isinstance(value, dict) or name in _FREE or "properties" in value or value.get("type") == "object":
        return []
    return [value, *(inner for name, item in value.items() for inner in _objects(item, name))]


_FREE = frozenset(("arguments", "args", "input", "response", "metadata", "logit_bias", "parameters", "input_schema"))


@PAIRS
@given(data=st.data())
def test_nothing_of_a_request_is_lost_in_silence(one: Dialect, other: Dialect, data: st.DataObject) -> None:
    body = data.draw(bodies(one).filter(bool))
    call = unwrap_or_failure(one.chat.read_request(Inbound(body, model=MODEL, stream=False)))
    assert isinstance(call, InboundCall), call
    sent = _cross(one, other, call, body)
    if isinstance(sent, WireRequest):
        assert not _refused_names(one, other, call), "it holds what cannot be carried"
        _judge(other, call, sent)
    else:
        assert isinstance(sent, UnsupportedFeature), sent
        assert _refused_names(one, other, call), f"nothing in it had to be refused: {sent}"
        for path in _essential(call):
            assert path in sent.feature or any(name in sent.feature for name in _refused_names(one, other, call))


def _cross(
    one: Dialect, other: Dialect, call: InboundCall[ChatRequest], body: JsonObject
) -> WireRequest | UnsupportedFeature | InvalidRequest:
    request = remember_original(one, "chat", call, Inbound(body, data=orjson.dumps(body)))
    return unwrap_or_failure(
        write_onward(
            other,
            "chat",
            other.chat.forward,
            request,
            PROVIDER,
            False,
            lambda request, target: other.chat.write_request(request, target, False),
        )
    )


def _essential(call: InboundCall[ChatRequest]) -> list[str]:
    return [lost.path for lost in call.untranslated if lost.essential]


def _refused_names(one: Dialect, other: Dialect, call: InboundCall[ChatRequest]) -> list[str]:
    """What of a request the other dialect cannot have, by its table."""
    offered = _offered_tools(other, call.request)
    request = attrs.evolve(call.request, tools=tuple(offered))
    kinds = [kind for kind in kinds_in(request) if other.content[kind] == "refused"]
    foreign = [part for message in call.request.messages for part in message.parts if isinstance(part, ProviderPart)]
    tools = [tool for tool in offered if isinstance(tool, ProviderTool) and tool.kind is None]
    return [*kinds, *(part.kind for part in foreign), *(tool.name for tool in tools), *_essential(call)]


def _judge(other: Dialect, call: InboundCall[ChatRequest], sent: WireRequest) -> None:
    body = as_object(orjson.loads(orjson.dumps(sent.body)))
    back = unwrap_or_failure(other.chat.read_request(Inbound(body, model=MODEL, stream=False)))
    assert isinstance(back, InboundCall), back
    subjects = {warning.subject for warning in sent.warnings}
    for lost in call.untranslated:
        assert lost.path in subjects
    text = dumps_text(body)
    for name in UNKNOWN:
        assert name not in text, "no field of one vendor crosses to another"
    for field in PARAMETERS:
        _judge_parameter(field, other, call.request, back.request, sent.warnings)
    _judge_content(other, call.request, back.request, text, subjects)
    told = [(warning.subject, warning.text) for warning in sent.warnings]
    assert len(told) == len(set(told))
    if other.content["cache control"] == "dropped":
        assert sum(warning.subject == "cache_control" for warning in sent.warnings) <= 1


def _judge_parameter(
    field: str, other: Dialect, request: ChatRequest, back: ChatRequest, warnings: tuple[Warning, ...]
) -> None:
    value, arrived = getattr(request, field), getattr(back, field)
    if value in (None, (), {}) or (field, value) == ("max_tokens", NO_LIMIT):  # a vendor's most is no limit, too
        return
    is_told = any(warning.subject == field or warning.subject.startswith(f"{field}.") for warning in warnings)
    if field not in other.parameters and SAYS_NOTHING.get(field, None) == value:
        assert not is_told, f"{field}={value!r} says nothing, so nobody is to be warned of it"
    elif field == "parallel_tools" and request.tool_choice == "none":
        pass  # where no tool may be called there are no parallel calls
    elif field == "thinking":
        assert is_told or _fill_show(other, value) == _fill_show(other, arrived)
    elif field == "tool_choice" and isinstance(value, AllowedTools) and other.content["allowed tools"] == "translated":
        assert is_told or _normal_value(field, arrived) == ("required" if value.required else None)
    else:
        assert is_told or (
            field in other.parameters and _normal_value(field, value) == _normal_value(field, arrived)
        ), field


def _fill_show(other: Dialect, thinking: Thinking | None) -> Thinking:
    """What is done where nobody says whether thoughts are to be shown: Ollama shows them, OpenAI does not."""
    usual = {OLLAMA.name: True, OPENAI_RESPONSES.name: False}
    thinking = thinking or Thinking()
    return attrs.evolve(thinking, show=usual.get(other.name) if thinking.show is None else thinking.show)


def _normal_value(field: str, value: object) -> object:
    """An automatic choice is what there is where nobody says anything; a tool that alone may and must be called is
    forced."""
    if isinstance(value, AllowedTools) and value.required and len(value.names) == 1:
        return ForcedTool(value.names[0])
    return None if (field, value) == ("tool_choice", "auto") else value


def _judge_content(other: Dialect, request: ChatRequest, back: ChatRequest, body: str, subjects: set[str]) -> None:
    stated = facts_of((request.messages, _offered_tools(other, request), request.response_schema or ()), ("request",))
    held = (back.messages, back.tools, back.response_schema)
    arrived = {(fact.names[-1], repr(fact.value)) for fact in facts_of(held, ("back",))}
    words = {subject.rpartition(".")[2] for subject in subjects}
    for fact in stated:
        if fact.names[-2:] in _PLAIN or _is_translated(other, fact):
            continue
        is_there = (fact.names[-1], repr(fact.value)) in arrived or _occurs_in(fact.value, body)
        assert is_there or words.intersection(fact.names), f"{fact} is lost"
    hosted = {tool.kind for tool in _offered_tools(other, request) if isinstance(tool, ProviderTool)}
    assert hosted <= {tool.kind for tool in back.tools if isinstance(tool, ProviderTool)}
    assert request.json_mode == back.json_mode or other.content["json mode"] == "translated"
    assert (request.response_schema is None) == (back.response_schema is None)


_PLAIN = {
    ("url", "media_type"),
    ("responseschema", "name"),
    ("wire", "type"),
    ("wire", "name"),
    ("providertool", "dialect"),
}
"""What labels something and no more: the vendor asks the address for the type of what is there."""


def _is_translated(other: Dialect, fact: Fact) -> bool:
    """Whether the table says that it goes in another form, which has a test of its own in the dialect's."""
    if fact.names[-1] == "freeform" or ("grammar" in fact.names and fact.names[-1] != "definition"):
        return other.content["freeform tool"] == "translated"
    return fact.names[-1] == "is_error" and other.content["failed tool result"] == "translated"


def _offered_tools(other: Dialect, request: ChatRequest) -> list[AnyTool]:
    """The tools that the model may be shown."""
    choice = request.tool_choice
    if isinstance(choice, AllowedTools) and other.content["allowed tools"] == "translated":
        return [tool for tool in request.tools if tool.name in choice.names]
    has_no_choice = other.content["forced tool"] == "dropped"
    return [] if choice == "none" and has_no_choice else list(request.tools)


def _occurs_in(value: object, body: str) -> bool:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode() in body
    return dumps_text(value)[1:-1] in body if isinstance(value, str) else f":{dumps_text(value)}" in body
