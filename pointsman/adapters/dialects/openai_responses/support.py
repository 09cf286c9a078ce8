"""What the Responses API does with each kind of content, for the documentation and for the laws."""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.adapters.dialects.dialect import ContentKind, Support

CONTENT: Mapping[ContentKind, Support] = {
    "image bytes": "native",
    "image url": "native",
    "image file id": "native",
    "audio bytes": "native",
    "audio url": "refused",
    "file bytes": "native",
    "file url": "native",
    "file id": "native",
    "tool call": "native",
    "tool result": "native",
    "image in a tool result": "native",
    "file in a tool result": "native",
    "failed tool result": "translated",
    "parallel tool results": "native",
    "reasoning": "dropped",  # but for OpenAI's own, which goes back as it came
    "refusal": "native",
    "cache control": "dropped",
    "citations": "native",
    "message name": "dropped",
    "freeform tool": "native",
    "web search": "native",
    "code execution": "native",
    "file search": "refused",  # but for OpenAI's own: the files of another vendor's tool stand with that vendor
    "response schema": "native",
    "json mode": "native",
    "forced tool": "native",
    "allowed tools": "native",
}
