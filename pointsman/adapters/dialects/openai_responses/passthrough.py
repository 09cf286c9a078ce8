"""What came as a Responses request, passed on as one."""

from __future__ import annotations

import re

import attrs
import orjson

from pointsman.adapters.dialects.dialect import Passthrough, Quirks, Target, WireRequest
from pointsman.adapters.dialects.openai_responses.count import COUNT_PATH
from pointsman.adapters.dialects.openai_responses.reasoning import is_foreign_reasoning
from pointsman.adapters.dialects.openai_responses.request import PATH
from pointsman.core.json import Json, JsonObject, as_list, as_object, parse_json

_END = re.compile(rb'"type"\s*:\s*"response\.(?:completed|incomplete|failed)"')
"""Within a text of the model its quotation marks would be escaped."""
_TEXT = b"response.output_text.delta"


def forward(body: JsonObject, target: Target, stream: bool) -> WireRequest:
    """`body` with the model that is asked, and without reasoning of other vendors, which OpenAI would refuse."""
    forwarded: JsonObject = {**body, "model": target.model}
    items = body.get("input")
    if isinstance(items, list) and any(map(is_foreign_reasoning, items)):
        forwarded["input"] = [item for item in items if not is_foreign_reasoning(item)]
    if stream:
        forwarded["stream"] = True
    elif body.get("stream"):
        del forwarded["stream"]
        forwarded.pop("stream_options", None)
    return WireRequest(PATH, forwarded)


def forward_count(body: JsonObject, target: Target, stream: bool) -> WireRequest:
    """`body` with the model that is asked."""
    return WireRequest(COUNT_PATH, {**body, "model": target.model})


def spell(body: JsonObject, quirks: Quirks) -> Quirks:
    """Instructions stand where the client has them, and sound that it sent is the vendor's to judge."""
    spelled = quirks if body.get("instructions") else attrs.evolve(quirks, instructions="input")
    return attrs.evolve(spelled, audio_formats=None) if _has_audio(body) else spelled


def _has_audio(body: JsonObject) -> bool:
    items = map(as_object, as_list(body.get("input")))
    blocks = (as_object(block) for item in items for block in as_list(item.get("content")))
    return any(block.get("type") == "input_audio" for block in blocks)


def read_text(data: bytes) -> str | None:
    """The text of a frame that holds nothing but more text, else None."""
    if _TEXT not in data:
        return None
    try:
        frame: Json = parse_json(data)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(frame, dict) or frame.get("type") != "response.output_text.delta" or frame.get("logprobs"):
        return None
    text = frame.get("delta")
    return text if isinstance(text, str) and text else None


def has_end(frames: bytes) -> bool:
    """Whether frames hold the event that ends a stream."""
    return b"response." in frames and _END.search(frames) is not None


PASSTHROUGH = Passthrough(
    headers=frozenset({"openai-beta"}),
    query=frozenset({"api-version"}),  # Azure's; the endpoints of others leave it out
    spell=spell,
    read_text=read_text,
    has_end=has_end,
)
