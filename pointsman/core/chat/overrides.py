"""What a user wants otherwise than everybody. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from pointsman.core.chat.message import system
from pointsman.core.chat.request import ChatRequest
from pointsman.core.json import Json, as_text, float_or_none, int_or_none

OVERRIDES = ("model", "temperature", "max_tokens", "system")


def problem_of(name: str, value: Json) -> str | None:
    """Why `value` cannot be the override `name`; None, and None as the value, are fine."""
    if name not in OVERRIDES:
        return f"{name!r} is not a setting of a user; there are {', '.join(OVERRIDES)}"
    if value is None:
        return None
    number = float_or_none(value)
    if name == "temperature" and (number is None or not 0 <= number <= 2):
        return "temperature: it is not a number between 0 and 2"
    if name == "max_tokens" and (int_or_none(value) or 0) < 1:
        return "max_tokens: it is not a whole number of at least 1"
    if name in ("model", "system") and not as_text(value).strip():
        return f"{name}: it is not a text"
    return None


def override(request: ChatRequest, own: Mapping[str, Json]) -> ChatRequest:
    """`request` with what its user wants, where it says nothing itself."""
    if not own:
        return request
    temperature, most = float_or_none(own.get("temperature")), int_or_none(own.get("max_tokens"))
    standing = as_text(own.get("system"))
    if standing and not any(message.role == "system" for message in request.messages):
        request = attrs.evolve(request, messages=(system(standing), *request.messages))
    return attrs.evolve(
        request,
        model=request.model or as_text(own.get("model")),
        temperature=temperature if request.temperature is None else request.temperature,
        max_tokens=most if request.max_tokens is None else request.max_tokens,
    )
