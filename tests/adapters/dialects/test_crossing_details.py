"""What crosses from one vendor to another in another form: grammars, settings of searches, state, quiet values."""

from __future__ import annotations

from typing import Any

import attrs
import orjson
import pytest
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.anthropic import ANTHROPIC
from pointsman.adapters.dialects.dialect import Dialect, Inbound, InboundCall, Quirks, Target, WireRequest
from pointsman.adapters.dialects.gemini import GEMINI
from pointsman.adapters.dialects.ollama import OLLAMA
from pointsman.adapters.dialects.openai_chat import OPENAI_CHAT
from pointsman.adapters.dialects.openai_responses import OPENAI_RESPONSES
from pointsman.adapters.dialects.passthrough import original_answer
from pointsman.core.chat.message import assistant, user
from pointsman.core.chat.part import Opaque, Text, ToolCall
from pointsman.core.chat.request import ChatRequest, ask
from pointsman.core.chat.tool import ProviderTool, Tool
from pointsman.core.chat.transcription import Transcription
from pointsman.core.json import JsonObject, as_object

DIALECTS = (OPENAI_CHAT, OPENAI_RESPONSES, ANTHROPIC, GEMINI, OLLAMA)
ALL = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: str(dialect.name))
TARGET = Target("somebody", "claude-opus-4-6", Quirks(custom_tools=True))
GRAMMAR: JsonObject = {"type": "grammar", "syntax": "lark", "definition": "start: /x/"}
PATCH = Tool("patch", "Patches", freeform=True, grammar=GRAMMAR)
NESTED = {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: /x/"}}


def write(dialect: Dialect, request: ChatRequest) -> WireRequest:
    wire = unwrap_or_failure(dialect.chat.write_request(request, TARGET, False))
    assert isinstance(wire, WireRequest), wire
    return wire


def with_tools(*tools: Tool | ProviderTool) -> ChatRequest:
    return attrs.evolve(ask("m", "q"), tools=tools)


def tools_of(dialect: Dialect, request: ChatRequest) -> Any:
    return orjson.loads(orjson.dumps(write(dialect, request).body))["tools"]


def read(dialect: Dialect, body: JsonObject) -> InboundCall[ChatRequest]:
    call = unwrap_or_failure(dialect.chat.read_request(Inbound(body, model="m")))
    assert isinstance(call, InboundCall), call
    return call


def test_a_grammar_is_nested_in_openai_chat_and_flat_in_responses_and_here() -> None:
    (in_chat,) = tools_of(OPENAI_CHAT, with_tools(PATCH))
    (in_responses,) = tools_of(OPENAI_RESPONSES, with_tools(PATCH))
    assert in_chat["custom"]["format"] == NESTED
    assert in_responses["format"] == GRAMMAR
    body: JsonObject = {"messages": [{"role": "user", "content": "q"}], "tools": [in_chat]}
    assert read(OPENAI_CHAT, body).request.tools == (PATCH,)


@pytest.mark.parametrize(
    ("form", "lost"),
    [
        ({"type": "text"}, []),
        ({"type": "poem"}, ["tools[].custom.format"]),
        (
            {"type": "grammar", "grammar": {**as_object(NESTED["grammar"]), "depth": 3}},
            ["tools[].custom.format.grammar.depth"],
        ),
    ],
)
def test_what_of_a_format_no_grammar_holds_is_reported(form: JsonObject, lost: list[str]) -> None:
    tool: JsonObject = {"type": "custom", "custom": {"name": "patch", "format": form}}
    call = read(OPENAI_CHAT, {"messages": [{"role": "user", "content": "q"}], "tools": [tool]})
    assert [one.path for one in call.untranslated] == lost


@ALL
def test_state_of_another_vendor_is_told_once_however_often_it_comes(dialect: Dialect) -> None:
    calls = [ToolCall(f"c{at}", "look", "{}", Opaque("elsewhere", "signature", "s")) for at in range(2)]
    said = Text("so", Opaque("elsewhere", "signature", "s"))
    request = ChatRequest("m", (user("q"), assistant(said, *calls), user("and?")), tools=(Tool("look"),))
    assert [warning.subject for warning in write(dialect, request).warnings] == ["state"]


@ALL
def test_values_that_ask_for_what_is_done_anyway_are_no_reason_to_warn(dialect: Dialect) -> None:
    quiet = attrs.evolve(ask("m", "q"), n=1, frequency_penalty=0, presence_penalty=0.0, logit_bias={}, metadata={})
    assert write(dialect, quiet).warnings == ()


def test_a_search_keeps_its_domains_its_place_and_its_size_where_both_have_a_word() -> None:
    place: JsonObject = {"type": "approximate", "approximate": {"city": "Turin"}}
    options: JsonObject = {"search_context_size": "low", "user_location": place}
    in_chat = ProviderTool("openai-chat", {"web_search_options": options}, "web_search")
    (search,) = tools_of(OPENAI_RESPONSES, with_tools(in_chat))
    assert search["search_context_size"] == "low"
    assert search["user_location"] == {"type": "approximate", "city": "Turin"}
    in_gemini = ProviderTool("gemini", {"googleSearch": {"excludeDomains": ["a.example"]}}, "web_search")
    (search,) = tools_of(ANTHROPIC, with_tools(in_gemini))
    assert search["blocked_domains"] == ["a.example"]


@pytest.mark.parametrize("dialect", [ANTHROPIC, OPENAI_RESPONSES, GEMINI], ids=lambda dialect: str(dialect.name))
def test_what_a_hosted_tool_is_set_to_and_another_vendor_has_not_is_told(dialect: Dialect) -> None:
    odd = ProviderTool("elsewhere", {"type": "search", "name": "search", "depth": 3}, "web_search")
    code = ProviderTool("elsewhere", {"type": "python", "files": ["f1"]}, "code_execution")
    subjects = {warning.subject for warning in write(dialect, with_tools(odd, code)).warnings}
    assert {"tools.web_search.depth", "tools.code_execution.files"} <= subjects


def test_an_answer_of_a_kind_that_is_never_passed_on_has_no_original() -> None:
    assert original_answer(OPENAI_CHAT, Transcription(text="well")) is None
