"""Which of the offered tools the simulated model calls, and with which arguments. Pure."""

from __future__ import annotations

import re

from pointsman.adapters.simulator.example import example
from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Text, ToolCall, ToolResult
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.tool import AllowedTools, ForcedTool, Tool, functions_of
from pointsman.core.json import dumps_text

_FILLERS = frozenset(
    (
        *("get", "set", "fetch", "find", "list", "search", "create", "make", "do", "run", "call", "read", "write"),
        *("look", "up", "lookup", "show", "the", "a", "an", "of", "for"),
    )
)
_ASKED = re.compile(r"\b(?:use|call|run|try|invoke)\s+(?:a|the|your|any|some|one|this|that)?\s*(?:tools?|functions?)\b")


def calls(request: ChatRequest, prefix: str) -> tuple[ToolCall, ...]:
    """The calls that answer `request`, with ids `prefix` + number; none where it is to be answered in words.

    A tool is called when the last user text names it (`get_weather`, `get weather`, or the telling words of its name,
    as in “the weather in Rome”), when the text asks to use a tool, or when the choice demands one. After tool results
    the answer is always in words, so that a program's loop of tool calls ends.
    """
    chosen = _choose_tools(request)
    if request.parallel_tools is False:
        chosen = chosen[:1]
    return tuple(
        ToolCall(f"{prefix}{number}", tool.name, dumps_text(_arguments(tool))) for number, tool in enumerate(chosen, 1)
    )


def _choose_tools(request: ChatRequest) -> list[Tool]:
    choice = request.tool_choice
    tools = _tools_on_offer(request)
    if choice == "none" or not tools or tool_results(request):
        return []
    if isinstance(choice, ForcedTool):
        return tools
    text = _last_user_text(request.messages).lower()
    named = [tool for tool in tools if _mentions(text, tool.name.lower())]
    required = choice == "required" or (isinstance(choice, AllowedTools) and choice.required)
    if named or not (required or _ASKED.search(text)):
        return named
    return tools[:1]


def _tools_on_offer(request: ChatRequest) -> list[Tool]:
    """The functions that the choice leaves to be called."""
    choice = request.tool_choice
    if isinstance(choice, ForcedTool):
        return [tool for tool in functions_of(request.tools) if tool.name == choice.name]
    if isinstance(choice, AllowedTools):
        return [tool for tool in functions_of(request.tools) if tool.name in choice.names]
    return list(functions_of(request.tools))


def tool_results(request: ChatRequest) -> tuple[ToolResult, ...]:
    """The tool results that the last message or the run of tool messages at the end brings."""
    found: list[ToolResult] = []
    for message in reversed(request.messages):
        here = [part for part in message.parts if isinstance(part, ToolResult)]
        if not here:
            break
        found[:0] = here
    return tuple(found)


def result_text(result: ToolResult) -> str:
    """The text of a tool result."""
    return "".join(part.text for part in result.content if isinstance(part, Text))


def _last_user_text(messages: tuple[Message, ...]) -> str:
    return messages[-1].text if messages and messages[-1].role == "user" else ""


def _mentions(text: str, name: str) -> bool:
    if not name:
        return False
    spaced = " ".join(_words(name))
    if name in text or (spaced and spaced in text):
        return True
    telling = [word for word in _words(name) if word not in _FILLERS]
    return bool(telling) and set(telling) <= set(_words(text))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


def _arguments(tool: Tool) -> object:
    made = example(tool.parameters, tool.name)
    return made if isinstance(made, dict) else {}
