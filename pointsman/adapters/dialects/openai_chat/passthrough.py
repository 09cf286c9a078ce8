"""What came as OpenAI chat, completions or embeddings, passed on to a provider that speaks them too. Pure."""

from __future__ import annotations

from typing import Any

import attrs
import orjson

from pointsman.adapters.dialects.dialect import Passthrough, Quirks, Target, WireRequest
from pointsman.core.json import Json, JsonObject, as_object, parse_json

_OTHER_DELTAS = ("tool_calls", "reasoning_content", "reasoning", "reasoning_details", "refusal", "audio", "images")


def forward_chat(body: JsonObject, target: Target, stream: bool) -> WireRequest:
    """A client's chat on its way."""
    return WireRequest("/chat/completions", _address_to(body, target, stream))


def forward_completion(body: JsonObject, target: Target, stream: bool) -> WireRequest:
    """A client's completion on its way."""
    return WireRequest("/completions", _address_to(body, target, stream))


def forward_embedding(body: JsonObject, target: Target, stream: bool) -> WireRequest:
    """A client's texts to be embedded on their way."""
    return WireRequest("/embeddings", {**body, "model": target.model})


def _address_to(body: JsonObject, target: Target, stream: bool) -> JsonObject:
    """`body` with the model's name; a stream is asked for its usage, which we bill by."""
    addressed: JsonObject = {**body, "model": target.model}
    if stream:
        if addressed.get("stream") is not True:
            addressed["stream"] = True
        options = as_object(body.get("stream_options"))
        if target.quirks.stream_usage and options.get("include_usage") is not True:
            addressed["stream_options"] = {**options, "include_usage": True}
    return addressed


def spell(body: JsonObject, quirks: Quirks) -> Quirks:
    """The client's own words, where OpenAI and those who imitate it have several for one thing."""
    if "max_completion_tokens" in body:
        quirks = attrs.evolve(quirks, max_tokens_field="max_completion_tokens")
    elif "max_tokens" in body:
        quirks = attrs.evolve(quirks, max_tokens_field="max_tokens")
    if "random_seed" in body:
        quirks = attrs.evolve(quirks, seed_field="random_seed")
    elif "seed" in body:
        quirks = attrs.evolve(quirks, seed_field="seed")
    if "reasoning_effort" in body:
        return attrs.evolve(quirks, effort_field="reasoning_effort")
    return quirks


def read_text(data: bytes) -> str | None:
    """See `Passthrough`."""
    try:
        frame: Any = parse_json(data)
        (choice,) = frame["choices"]
        delta = choice["delta"]
        text = delta["content"]
        is_more = choice.get("finish_reason") is not None or any(delta.get(name) for name in _OTHER_DELTAS)
        is_more = is_more or choice.get("index") or choice.get("error") or choice.get("logprobs")
        is_more = is_more or frame.get("error") or frame.get("usage")
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, AttributeError, ValueError):
        return None
    return text if isinstance(text, str) and text and not is_more else None


def is_usage(frame: bytes) -> bool:
    """Whether `frame` has usage and no choice, as the last one has that `include_usage` asks for."""
    at = frame.find(b"{")
    if at < 0 or b'"choices"' not in frame or b'"usage"' not in frame:
        return False
    try:
        value: Json = orjson.loads(frame[at:])
    except orjson.JSONDecodeError:
        return False
    return isinstance(value, dict) and value.get("choices") == [] and isinstance(value.get("usage"), dict)


def has_end(frames: bytes) -> bool:
    """Whether `[DONE]` is there; some servers leave out the space before it."""
    return b"data: [DONE]" in frames[-64:] or b"data:[DONE]" in frames[-64:]


PASSTHROUGH = Passthrough(
    headers=frozenset(("openai-beta", "http-referer", "x-title", "x-openrouter-title", "x-openrouter-categories")),
    query=frozenset(("api-version",)),  # Azure's; the endpoints of others leave it out
    spell=spell,
    read_text=read_text,
    is_usage=is_usage,
    has_end=has_end,
    end=b"data: [DONE]\n\n",
)
