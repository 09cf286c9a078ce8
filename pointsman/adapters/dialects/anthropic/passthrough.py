"""What came as Anthropic messages, passed on as Anthropic messages: the client's body, its betas, its frames."""

from __future__ import annotations

from typing import Any

import orjson

from pointsman.adapters.dialects.anthropic.count import PATH as COUNT_PATH
from pointsman.adapters.dialects.anthropic.media import relabel_pictures
from pointsman.adapters.dialects.anthropic.request import PATH, VERSION
from pointsman.adapters.dialects.dialect import Passthrough, Target, WireRequest
from pointsman.core.json import JsonObject, parse_json

_END = 1024
"""Bytes at the end of frames in which their last one's type stands; some servers put figures of their own behind it."""


def forward(body: JsonObject, target: Target, stream: bool) -> WireRequest:
    """`body` with the model that is asked, and with the flag of streaming."""
    sent = _address_to(body, target)
    if stream:
        sent["stream"] = True
    elif sent.get("stream"):
        del sent["stream"]
    return WireRequest(PATH, sent, headers=VERSION)


def forward_count(body: JsonObject, target: Target, stream: bool) -> WireRequest:
    """`body` with the model that is asked."""
    return WireRequest(COUNT_PATH, _address_to(body, target), headers=VERSION)


def _address_to(body: JsonObject, target: Target) -> JsonObject:
    """Pictures are called what they are: under a wrong label the API refuses them."""
    messages = body.get("messages")
    if not isinstance(messages, list):
        return {**body, "model": target.model}
    return {**body, "model": target.model, "messages": relabel_pictures(messages)}


def read_text(data: bytes) -> str | None:
    """The text of a frame that holds nothing but more text."""
    try:
        event: Any = parse_json(data)
        delta = event["delta"]
        text = delta["text"]
        is_plain = delta["type"] == "text_delta" and event["type"] == "content_block_delta"
        is_plain = is_plain and event["index"].__class__ is int
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return text if is_plain and text.__class__ is str and text else None


def has_end(frames: bytes) -> bool:
    """Whether the last of `frames` ends a message. In a text the quotes around its name would be escaped."""
    return b'"message_stop"' in frames[-_END:]


PASSTHROUGH = Passthrough(
    headers=frozenset({"anthropic-beta", "anthropic-version"}),
    query=frozenset({"beta"}),
    read_text=read_text,
    has_end=has_end,
    end=b'event: message_stop\ndata: {"type":"message_stop"}\n\n',
)
