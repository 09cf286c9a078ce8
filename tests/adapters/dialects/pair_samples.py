"""What a request may hold, and how to find it again: values for each parameter, requests for each kind of content, and
every single fact that a request states. It may know no dialect but by its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import attrs

from pointsman.adapters.dialects.dialect import ContentKind
from pointsman.core.chat.message import Message, assistant, tool, user
from pointsman.core.chat.part import (
    Audio,
    Bytes,
    CacheControl,
    Citation,
    File,
    FileId,
    Image,
    Opaque,
    Part,
    ProviderPart,
    Reasoning,
    Refusal,
    ResultPart,
    Text,
    ToolCall,
    ToolResult,
    Url,
)
from pointsman.core.chat.request import ChatRequest, Thinking
from pointsman.core.chat.tool import AllowedTools, AnyTool, ForcedTool, ProviderTool, ResponseSchema, Tool
from pointsman.core.json import JsonObject

WEATHER = Tool("get_weather", "Tells the weather", {"type": "object", "properties": {"city": {"type": "string"}}})
CLOCK = Tool("clock", "Tells the time")
STRICT = Tool(
    "exact",
    "Is exact",
    {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False},
    strict=True,
)
SAYS_NOTHING: Mapping[str, Any] = {"n": 1, "frequency_penalty": 0, "presence_penalty": 0}
"""Values that ask for what is done anyway: nobody must be warned that they were left out."""
VALUES: Mapping[str, tuple[Any, ...]] = {
    "temperature": (0.25, 1.75),
    "top_p": (0.5,),
    "top_k": (7,),
    "frequency_penalty": (0.5, 0),
    "presence_penalty": (-1.5, 0),
    "logit_bias": ({"11": 5.0},),
    "logprobs": (3, 0),
    "n": (2, 1, 9),
    "max_tokens": (4321, 5, -1),
    "stop": (("END",), (" ", "END"), ("a", "b", "c", "d", "e", "f")),
    "seed": (9, 2**40),
    "verbosity": ("low", "high"),
    "service_tier": ("auto", "flex", "standard_only"),
    "tool_choice": (
        "auto",
        "none",
        "required",
        ForcedTool("get_weather"),
        AllowedTools(("get_weather",)),
        AllowedTools(("clock",), required=True),
    ),
    "parallel_tools": (False, True),
    "thinking": (
        *(Thinking(effort) for effort in ("none", "minimal", "low", "high", "xhigh", "max")),
        Thinking(budget=2048),
        Thinking("high", show=True),
        Thinking(show=False),
    ),
    "metadata": ({"user_id": "u1"}, {"team": "t1", "user_id": "u1"}),
}
"""Of each parameter, so chosen that every vendor's bounds are crossed."""

PICTURE = Bytes(b"\x89PNG\r\n\x1a\n-picture", "image/png")
SHOWN = Bytes(b"\x89PNG\r\n\x1a\n-shown", "image/png")
PAPER = Bytes(b"%PDF-1.7 paper", "application/pdf")
REPORT = Bytes(b"%PDF-1.7 report", "application/pdf")
SOUND = Bytes(b"RIFF\x24\x00\x00\x00WAVEfmt sound", "audio/wav")
_STATES = {
    "anthropic": Opaque("anthropic", "signature", "signed-by-anthropic"),
    "gemini": Opaque("gemini", "thought_signature", "c2lnbmVkLWJ5LWdlbWluaQ=="),
}
_SEARCHES: Mapping[str, JsonObject] = {
    "openai-chat": {
        "web_search_options": {
            "search_context_size": "low",
            "user_location": {"type": "approximate", "approximate": {"city": "Turin"}},
        }
    },
    "openai-responses": {"type": "web_search", "filters": {"allowed_domains": ["found.example"]}},
    "anthropic": {
        "type": "web_search_20250305",
        "name": "web_search",
        "max_uses": 3,
        "blocked_domains": ["found.example"],
        "cache_control": {"type": "ephemeral"},
    },
    "gemini": {"googleSearch": {"excludeDomains": ["found.example"]}},
}
_CODE: Mapping[str, JsonObject] = {
    "openai-responses": {"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["file-7"]}},
    "anthropic": {"type": "code_execution_20250825", "name": "code_execution"},
    "gemini": {"codeExecution": {}},
}
_FILES: Mapping[str, JsonObject] = {"openai-responses": {"type": "file_search", "vector_store_ids": ["vs_1"]}}
_OTHERS: Mapping[str, tuple[JsonObject, JsonObject]] = {
    "openai-chat": ({"type": "zzpart", "zz": 1}, {"type": "zztool", "zz": 1}),
    "openai-responses": ({"type": "input_zzpart", "zz": 1}, {"type": "zztool", "zz": 1}),
    "anthropic": ({"type": "zzpart", "zz": 1}, {"type": "zztool_20300101", "name": "zztool"}),
    "gemini": ({"zzpart": {"zz": 1}}, {"zztool": {"zz": 1}}),
}
"""A part and a tool of no kind that anybody has words for."""
Given: TypeAlias = tuple[tuple[Message, ...], Mapping[str, Any]]
"""Messages, and fields of the request."""


def _tool_turns(id: str, *content: ResultPart, is_error: bool = False) -> Given:
    call = ToolCall(id, "clock", '{"zone":"utc"}')
    result = ToolResult(id, "clock", content, is_error)
    return (user(f"ask {id}"), assistant(call), Message("tool", (result,))), {"tools": (CLOCK,)}


def _user_turn(*parts: Part) -> Given:
    return (Message("user", parts),), {}


def _assistant_turn(*parts: Part) -> Given:
    return (user("and?"), Message("assistant", parts)), {}


def _hosted_tool(dialect: str, wires: Mapping[str, JsonObject], kind: Any) -> Given | None:
    wire = wires.get(dialect)
    return None if wire is None else ((), {"tools": (ProviderTool(dialect, wire, kind),)})


def sample(kind: ContentKind, dialect: str) -> Given | None:
    """What a client of `dialect` sends of the kind; None where it has no words for it."""
    match kind:
        case "image bytes":
            return _user_turn(Text("look"), Image(PICTURE, "high"))
        case "image url":
            return _user_turn(Text("look there"), Image(Url("https://example.com/one.png", "image/png")))
        case "image file id":
            return _user_turn(Text("look at mine"), Image(FileId("file-picture")))
        case "audio bytes":
            return _user_turn(Text("hear"), Audio(SOUND))
        case "audio url":
            return _user_turn(Text("hear there"), Audio(Url("https://example.com/one.wav", "audio/wav")))
        case "file bytes":
            return _user_turn(Text("read"), File(PAPER, "paper.pdf"))
        case "file url":
            return _user_turn(
                Text("read there"), File(Url("https://example.com/one.pdf", "application/pdf"), "one.pdf")
            )
        case "file id":
            return _user_turn(Text("read mine"), File(FileId("file-paper")))
        case "tool call":
            call = ToolCall("call-1", "clock", '{"zone":"cet"}', _STATES.get(dialect) if dialect == "gemini" else None)
            return (user("call"), assistant(Text("now"), call), tool(call, "noon")), {"tools": (CLOCK, STRICT)}
        case "tool result":
            return _tool_turns("call-2", Text("half past"))
        case "image in a tool result":
            return _tool_turns("call-3", Text("a dial"), Image(SHOWN))
        case "file in a tool result":
            return _tool_turns("call-4", Text("a table"), File(REPORT, "report.pdf"))
        case "failed tool result":
            return _tool_turns("call-5", Text("it stopped"), is_error=True)
        case "parallel tool results":
            calls = (ToolCall("call-6", "clock", '{"zone":"a"}'), ToolCall("call-7", "clock", '{"zone":"b"}'))
            results = [ToolResult(call.id, "clock", (Text(f"at {call.id}"),)) for call in calls]
            return (user("twice"), assistant(*calls), Message("tool", tuple(results))), {"tools": (CLOCK,)}
        case "reasoning":
            return _assistant_turn(Reasoning("it must be", _STATES.get(dialect)), Text("thus"))
        case "refusal":
            return _assistant_turn(Refusal("I will not"))
        case "cache control":
            mark = CacheControl("1h")
            marked = Tool("marked", "Is marked", cache_control=mark)
            said = (Text("kept"), Text("held", cache_control=CacheControl()))
            result = ToolResult("call-9", "marked", said, cache_control=mark)
            call = ToolCall("call-9", "marked", "{}", cache_control=mark)
            asked = user(Text("remember this", cache_control=mark))
            return (asked, assistant(call), Message("tool", (result,))), {"tools": (marked,)}
        case "citations":
            cited = Citation("https://example.com/source", "The source", "the words", 0, 5)
            return _assistant_turn(Text("as it says", citations=(cited,)))
        case "message name":
            return (Message("user", (Text("me"),), name="ann"),), {}
        case "freeform tool":
            patch = Tool("patch", "Patches", freeform=True, grammar={**_GRAMMAR})
            call = ToolCall("call-8", "patch", "*** Begin", freeform=True)
            return (user("patch"), assistant(call), tool(call, "done")), {"tools": (patch,)}
        case "web search":
            return _hosted_tool(dialect, _SEARCHES, "web_search")
        case "code execution":
            return _hosted_tool(dialect, _CODE, "code_execution")
        case "file search":
            return _hosted_tool(dialect, _FILES, "file_search")
        case "response schema":
            schema: JsonObject = {"type": "object", "properties": {"zip": {"type": "string", "title": "Zip"}}}
            return (), {"response_schema": ResponseSchema(schema, "place", "A place")}
        case "json mode":
            return (), {"json_mode": True}
        case "forced tool":
            return (), {"tools": (WEATHER,), "tool_choice": ForcedTool("get_weather")}
        case "allowed tools":
            return (), {"tools": (WEATHER, CLOCK), "tool_choice": AllowedTools(("get_weather",))}


_GRAMMAR: JsonObject = {"type": "grammar", "syntax": "lark", "definition": "start: /x/"}


def unknown_part(dialect: str) -> Given | None:
    """Content that only `dialect` has."""
    wires = _OTHERS.get(dialect)
    return None if wires is None else _user_turn(Text("strange"), ProviderPart(dialect, wires[0]))


def unknown_tool(dialect: str) -> Given | None:
    """A tool that only `dialect` has."""
    wires = _OTHERS.get(dialect)
    return None if wires is None else ((), {"tools": (ProviderTool(dialect, wires[1]),)})


def join_samples(model: str, samples: list[Given]) -> ChatRequest:
    """One request that holds them all; it begins with instructions and ends with a question."""
    messages = [message for said, _ in samples for message in said]
    fields: dict[str, Any] = {}
    tools: dict[str, AnyTool] = {}
    for _, given in samples:
        fields.update({name: value for name, value in given.items() if name != "tools"})
        tools.update({one.name: one for one in given.get("tools", ())})
    if "response_schema" in fields:
        fields.pop("json_mode", None)
    first = Message("system", (Text("Be brief."),))
    return ChatRequest(model, (first, *messages, user("well?")), tools=tuple(tools.values()), **fields)


def kinds_in(request: ChatRequest) -> set[ContentKind]:
    """The kinds of content that a request holds."""
    parts = [part for message in request.messages for part in message.parts]
    kinds: set[ContentKind] = {kind for part in parts for kind in _part_kinds(part)}
    if any(message.name for message in request.messages):
        kinds.add("message name")
    for one in request.tools:
        if isinstance(one, ProviderTool):
            kinds |= {_TOOL_KINDS[one.kind]} if one.kind else set()
        else:
            kinds |= _marks(one)
            if one.freeform:
                kinds.add("freeform tool")
    if request.response_schema is not None:
        kinds.add("response schema")
    if request.json_mode:
        kinds.add("json mode")
    if isinstance(request.tool_choice, ForcedTool):
        kinds.add("forced tool")
    if isinstance(request.tool_choice, AllowedTools):
        kinds.add("allowed tools")
    return kinds


_TOOL_KINDS: Mapping[str, ContentKind] = {
    "web_search": "web search",
    "code_execution": "code execution",
    "file_search": "file search",
}
_SOURCES: Mapping[tuple[type, type], ContentKind] = {
    (Image, Bytes): "image bytes",
    (Image, Url): "image url",
    (Image, FileId): "image file id",
    (Audio, Bytes): "audio bytes",
    (Audio, Url): "audio url",
    (File, Bytes): "file bytes",
    (File, Url): "file url",
    (File, FileId): "file id",
}


def _marks(holder: object) -> set[ContentKind]:
    return {"cache control"} if getattr(holder, "cache_control", None) is not None else set()


def _part_kinds(part: Part) -> Iterator[ContentKind]:
    yield from _marks(part)
    match part:
        case Image(source) | Audio(source) | File(source):
            yield _SOURCES[type(part), type(source)]
        case ToolCall():
            yield "tool call"
        case ToolResult(_, _, content, is_error):
            yield "tool result"
            for inner in content:
                yield from _part_kinds(inner)
                if isinstance(inner, Image):
                    yield "image in a tool result"
                if isinstance(inner, File):
                    yield "file in a tool result"
            if is_error:
                yield "failed tool result"
        case Reasoning():
            yield "reasoning"
        case Refusal():
            yield "refusal"
        case Text(citations=citations) if citations:
            yield "citations"
        case _:
            pass


@attrs.frozen
class Fact:
    """One thing that a request states: under which names, from the outermost in, and what."""

    names: tuple[str, ...]
    value: object


def facts_of(value: object, names: tuple[str, ...] = ()) -> Iterator[Fact]:
    """All that `value`, one of our types, says beyond its defaults."""
    if isinstance(value, (tuple, list)):
        for item in value:
            yield from facts_of(item, names)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from facts_of(item, (*names, name))
    elif attrs.has(type(value)):
        holder: type[Any] = type(value)
        for field in attrs.fields(holder):
            held = getattr(value, field.name)
            if held != field.default and held is not None:
                yield from facts_of(held, (*names, type(value).__name__.lower(), field.name))
    else:
        yield Fact(names, value)
