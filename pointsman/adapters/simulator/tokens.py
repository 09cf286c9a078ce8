"""How the simulator counts tokens: four characters are one. Crude on purpose, so that a test can reckon it by hand."""

from __future__ import annotations

from collections.abc import Iterable

from pointsman.core.chat.part import (
    Audio,
    File,
    Image,
    Part,
    ProviderPart,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.tool import AnyTool, ProviderTool
from pointsman.core.json import dumps_text

CHARACTERS_A_TOKEN = 4
TOKENS_A_MESSAGE = 4
TOKENS_AN_IMAGE = 256


def tokens_of(text: str) -> int:
    """Tokens of `text`: a quarter of its characters, rounded up."""
    return -(-len(text) // CHARACTERS_A_TOKEN)


def tokens_of_parts(parts: Iterable[Part]) -> int:
    """Tokens of all `parts`; a picture, a sound or a file counts as 256."""
    return sum(_tokens(part) for part in parts)


def _tokens(part: Part) -> int:
    match part:
        case Text(text) | Reasoning(text) | Refusal(text):
            return tokens_of(text)
        case ToolCall(_, name, arguments):
            return tokens_of(name) + tokens_of(arguments)
        case ToolResult(_, _, content):
            return tokens_of_parts(content)
        case ProviderPart(_, wire):
            return tokens_of(dumps_text(wire))
        case Image() | Audio() | File():
            return TOKENS_AN_IMAGE


def tokens_of_request(request: ChatRequest) -> int:
    """Input tokens of `request`: its messages with 4 for each, its tools, its schema."""
    total = sum(tokens_of_parts(message.parts) + TOKENS_A_MESSAGE for message in request.messages)
    total += sum(map(_tokens_of_tool, request.tools))
    return total + (tokens_of(dumps_text(request.response_schema.schema)) if request.response_schema else 0)


def _tokens_of_tool(tool: AnyTool) -> int:
    if isinstance(tool, ProviderTool):
        return tokens_of(dumps_text(tool.wire))
    return tokens_of(tool.name + tool.description + dumps_text(tool.parameters))


def cached_tokens_of(request: ChatRequest) -> int:
    """Tokens taken as read from a cache: what stands before the last message, from 1024 on, in steps of 128."""
    before = sum(tokens_of_parts(message.parts) + TOKENS_A_MESSAGE for message in request.messages[:-1])
    return before // 128 * 128 if before >= 1024 else 0
