"""What the simulator says it saw of a request, as lines of markdown. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Audio, Bytes, File, FileId, Image, Part, ToolResult, Url
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.tool import AllowedTools, ForcedTool
from pointsman.core.images.image_facts import image_facts
from pointsman.core.json import dumps_text

_SET = ("temperature", "top_p", "max_tokens", "seed", "parallel_tools")


def quote_line(text: str, most: int = 160) -> str:
    """`text` on one line in quotation marks, cut at `most` characters."""
    line = " ".join(text.split())
    return f"“{line}”" if len(line) <= most else f"“{line[: most - 1]}…”"


def count_in_words(words: int) -> str:
    """A number of words, in words."""
    return "1 word" if words == 1 else f"{words} words"


def summary_lines(request: ChatRequest) -> Iterator[str]:
    """One line for each thing in `request` that a person who tests a program wants to see arrive."""
    yield f"messages: {_roles(request.messages)}"
    for message in request.messages:
        if message.role == "system":
            yield f"system prompt: {quote_line(message.text)}"
    for message in request.messages:
        yield from _media(message.parts)
    if request.tools:
        yield f"tools offered: {', '.join(f'`{tool.name}`' for tool in request.tools)} (choice: {_choice(request)})"
    if request.thinking is not None:
        yield f"thinking: {_thinking(request)}"
    if parameters := ", ".join(_parameters(request)):
        yield f"parameters: {parameters}"


def _roles(messages: tuple[Message, ...]) -> str:
    counts = {
        role: sum(message.role == role for message in messages) for role in ("system", "user", "assistant", "tool")
    }
    return f"{len(messages)} ({', '.join(f'{count} {role}' for role, count in counts.items() if count)})"


def _media(parts: tuple[Part, ...]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Image):
            yield f"image: {_source(part.source)}"
        elif isinstance(part, Audio):
            yield f"audio: {_source(part.source)}"
        elif isinstance(part, File):
            yield f"file: {part.name or 'without a name'}, {_source(part.source)}"
        elif isinstance(part, ToolResult):
            yield from _media(part.content)


def _source(source: Bytes | Url | FileId) -> str:
    match source:
        case Bytes(data, media_type):
            return f"{media_type}, {len(data)} bytes{_extent(data)}"
        case Url(url, _):
            return f"at {quote_line(url)[1:-1]} (not fetched)"
        case FileId(id):
            return f"uploaded as {id}"


def _extent(data: bytes) -> str:
    """Width and height of a picture, where its first bytes tell them."""
    return image_facts(data).map(lambda facts: f", {facts.width}×{facts.height} pixels").value_or("")


def _choice(request: ChatRequest) -> str:
    choice = request.tool_choice
    if isinstance(choice, AllowedTools):
        return ", ".join(f"`{name}`" for name in choice.names)
    return f"`{choice.name}`" if isinstance(choice, ForcedTool) else choice or "not set"


def _thinking(request: ChatRequest) -> str:
    asked = {} if request.thinking is None else attrs.asdict(request.thinking)
    return ", ".join(f"{name}={value}" for name, value in asked.items() if value is not None) or "on"


def _parameters(request: ChatRequest) -> Iterator[str]:
    for name in _SET:
        value = getattr(request, name)
        if value is not None:
            yield f"{name}={dumps_text(value)}"
    if request.stop:
        yield f"stop sequences={len(request.stop)}"
    for name in request.extra:
        yield f"{name}={dumps_text(request.extra[name])[:80]}"
