"""How many tokens a text has, guessed without a vocabulary. The provider's own count is always the truth."""

from __future__ import annotations

import re
from contextvars import ContextVar
from math import ceil
from operator import is_
from typing import TypeAlias

from pointsman.core.chat.message import Message
from pointsman.core.chat.part import (
    Audio,
    Bytes,
    File,
    FileId,
    Image,
    Part,
    ProviderPart,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Url,
)
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.tool import AnyTool, ProviderTool, ResponseSchema
from pointsman.core.images.image_facts import image_facts
from pointsman.core.json import dumps_text

PER_MESSAGE = 4
PER_IMAGE = 800
"""Of a picture that is not here."""
PER_FILE = 4000
"""Of a file that is not here: a few pages."""
_PIXELS, _LEAST_FOR_PICTURE, _MOST_FOR_PICTURE = 750, 85, 1600
"""See https://platform.claude.com/docs/en/build-with-claude/vision#evaluate-image-size."""
_PER_PAGE = 3000
"""The most that vendors name for a page, text and picture together.

See https://platform.claude.com/docs/en/build-with-claude/pdf-support#estimate-your-costs."""
_PAGE = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")
_BYTES_OF_PAGE = 4000
"""Of a PDF whose pages stand in compressed parts: fewer than most have."""
_BYTES_OF_TOKEN = 4
_HEAD = 2000
_PRINTED = bytes((*range(9, 14), *range(32, 127), *range(128, 256)))
"""Bytes that stand in texts."""

_LETTERS = bytes((*range(65, 91), *range(97, 123)))
_DIGITS = b"0123456789"
_SPACE = b" \t\r\n"
_ASCII = bytes(range(128))

_WORD, _LETTER, _DIGIT, _MARK, _EXTRA_SPACE, _LINE = 0.46, 0.118, 0.842, 0.603, 0.021, 1.119
_LEADS = (
    (bytes(range(0xC3, 0xC6)), 1.6),  # Latin with accents: words in other languages than English are cut finer
    (bytes(range(0xC6, 0xE0)), 0.28),  # Greek, Cyrillic, Hebrew, Arabic
    (bytes(range(0xE0, 0xE2)), 0.38),  # scripts of South and South-East Asia
    (b"\xc2\xe2", 1.0),  # typographic marks
    (bytes(range(0xE3, 0xEA)), 0.88),  # Chinese and Japanese
    (bytes(range(0xEA, 0xEE)), 0.55),  # Korean
    (b"\xee\xef", 0.9),
    (bytes(range(0xF0, 0xF5)), 1.5),  # emoji
)
"""What one character costs, by the first byte of its UTF-8 form."""


def estimate_text(text: str) -> int:
    """Tokens of `text`, from how many words, letters, digits and marks it has, and which scripts.

    The weights for ASCII are a least-squares fit to OpenAI's o200k_base over English prose, Python and JSON: the error
    is about 10 % there (one standard deviation); those of other scripts are set by one sample of each, expect 20 %.
    """
    data = text.encode("utf-8", "replace")
    size = len(data)
    letters = size - len(data.translate(None, _LETTERS))
    digits = size - len(data.translate(None, _DIGITS))
    space = size - len(data.translate(None, _SPACE))
    words = len(data.split())
    total = _WORD * words + _LETTER * letters + _DIGIT * digits + _LINE * data.count(b"\n")
    total += _EXTRA_SPACE * max(0, space - words + 1)
    marks = size - letters - digits - space
    if not text.isascii():
        others = data.translate(None, _ASCII)
        marks -= len(others)
        total += sum(weight * (len(others) - len(others.translate(None, leads))) for leads, weight in _LEADS)
    return ceil(total + _MARK * marks)


def estimate_request(request: ChatRequest) -> int:
    """Input tokens of `request`: its messages, tools and schema.

    The last answer is remembered in each task, because a limit, a budget and a router ask for the same one after the
    other.
    """
    counted, tokens = _LAST.get()
    if all(map(is_, (request.messages, request.tools, request.response_schema), counted)):
        return tokens
    tokens = _estimate_request(request)
    remember_estimate(request, tokens)
    return tokens


def remember_estimate(request: ChatRequest, tokens: int) -> None:
    """Have this task remember what `estimate_request` gave for `request` in a thread."""
    _LAST.set(((request.messages, request.tools, request.response_schema), tokens))


_Counted: TypeAlias = tuple[tuple[Message, ...], tuple[AnyTool, ...], ResponseSchema | None]
_LAST: ContextVar[tuple[_Counted, int]] = ContextVar("pointsman.token_estimate", default=(((), (), None), 3))


def _estimate_request(request: ChatRequest) -> int:
    total = 3
    for message in request.messages:
        total += estimate_message(message)
    for tool in request.tools:
        total += _estimate_tool(tool) + PER_MESSAGE
    if request.response_schema is not None:
        total += estimate_text(dumps_text(request.response_schema.schema))
    return total


def _estimate_tool(tool: AnyTool) -> int:
    if isinstance(tool, ProviderTool):
        return estimate_text(dumps_text(tool.wire))
    return estimate_text(f"{tool.name} {tool.description} {dumps_text(tool.parameters)}")


def estimate_message(message: Message) -> int:
    """Tokens of one message with its frame."""
    total = PER_MESSAGE
    for part in message.parts:
        total += estimate_text(part.text) if type(part) is Text else _part(part)
    return total


def estimate_audio(audio: Audio) -> int:
    """Tokens of recorded sound."""
    return max(1, len(audio.data) // 3200)


def _part(part: Part) -> int:
    match part:
        case Text(text) | Reasoning(text) | Refusal(text):
            return estimate_text(text)
        case ToolCall(_, name, arguments):
            return estimate_text(name) + estimate_text(arguments) + PER_MESSAGE
        case ToolResult(_, name, content):
            return estimate_text(name) + sum(_part(inner) for inner in content)
        case ProviderPart(_, wire):
            return estimate_text(dumps_text(wire))
        case Image(source):
            return _picture(source)
        case Audio():
            return estimate_audio(part)
        case File(source):
            return _file(source)


def _picture(source: Bytes | Url | FileId) -> int:
    """By its size, as Anthropic counts, who cuts larger ones; the others take less, or as much."""
    facts = image_facts(source.data).value_or(None) if isinstance(source, Bytes) else None
    if facts is None:
        return PER_IMAGE
    return min(_MOST_FOR_PICTURE, max(_LEAST_FOR_PICTURE, facts.pixels // _PIXELS))


def _file(source: Bytes | Url | FileId) -> int:
    """A text by its words, a PDF by its pages, what else there is by its bytes: towards the dear side."""
    if not isinstance(source, Bytes):
        return PER_FILE
    data, kind = source.data, (source.media_type or "").partition(";")[0].strip().lower()
    if data.startswith(b"%PDF-"):
        return _PER_PAGE * (len(_PAGE.findall(data)) or len(data) // _BYTES_OF_PAGE + 1)
    if kind.startswith("text/") or kind.endswith(("json", "xml", "yaml", "javascript")) or _is_text(data):
        return estimate_text(data.decode("utf-8", "replace"))
    facts = image_facts(data).value_or(None)
    return _picture(source) if facts is not None else max(1, len(data) // _BYTES_OF_TOKEN)


def _is_text(data: bytes) -> bool:
    head = data[:_HEAD]
    return b"\0" not in head and not head.translate(None, _PRINTED)
