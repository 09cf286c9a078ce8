"""What a frame of an OpenAI chat stream must look like to be read. Total, and told in words where it does not."""

from __future__ import annotations

from pointsman.core.json import Json, JsonObject, as_object


def objects(value: Json) -> bool:
    """Whether it is a list of nothing but objects."""
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def has_error(frame: Json) -> bool:
    """Whether it has an error in its usual place."""
    return bool(as_object(frame).get("error"))


def delta_of(choice: JsonObject) -> Json:
    """What a choice of a frame adds to the answer; some servers send whole messages."""
    return choice.get("delta") or choice.get("message") or {}


def shape_problem(delta: Json) -> str | None:
    """What makes a delta unreadable; a fault that is told, never skipped."""
    if not isinstance(delta, dict):
        return "`delta` of a frame is not an object"
    if not isinstance(delta.get("content"), (str, list, type(None))):
        return "`content` of a delta is neither text nor a list"
    calls = delta.get("tool_calls")
    if calls is not None and not objects(calls):
        return "`tool_calls` of a delta is not a list of objects"
    return None
