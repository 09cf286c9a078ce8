"""What was asked, as a usage record keeps it where texts are kept: all that can be asked again. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from pointsman.core.chat.message import Message
from pointsman.core.chat.options import PLAIN
from pointsman.core.chat.part import Audio, Bytes, File, Image, Part, ResultPart, ToolResult
from pointsman.core.chat.request import ChatRequest


def keep_request(request: ChatRequest) -> tuple[ChatRequest, int]:
    """`request` without what belongs to one call alone, and how many parts were left out of it.

    Left out are pictures, recordings and files that were sent in the request itself: they would be most of a database.
    """
    parts = sum(_count(message.parts) for message in request.messages)
    kept = tuple(message for message in map(_without_media, request.messages) if message.parts)
    left_out = parts - sum(_count(message.parts) for message in kept)
    plain = attrs.evolve(request, messages=kept, options=PLAIN, original=None, request_id=None, timeout=None)
    return plain, left_out


def _without_media(message: Message) -> Message:
    if not any(isinstance(part, (Image, Audio, File, ToolResult)) for part in message.parts):
        return message
    return attrs.evolve(
        message, parts=tuple(_without_its_media(part) for part in message.parts if not _is_inline(part))
    )


def _without_its_media(part: Part) -> Part:
    if not isinstance(part, ToolResult):
        return part
    return attrs.evolve(part, content=tuple(one for one in part.content if not _is_inline(one)))


def _is_inline(part: Part | ResultPart) -> bool:
    return isinstance(part, (Image, Audio, File)) and isinstance(part.source, Bytes)


def _count(parts: Iterable[Part]) -> int:
    """Those of results of tools, too."""
    return sum(1 + (len(part.content) if isinstance(part, ToolResult) else 0) for part in parts)
