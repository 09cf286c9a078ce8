"""The blocks a model writes — text, thinking, tool use — as parts, both ways. Knows no request and no stream."""

from __future__ import annotations

import re

from returns.pipeline import is_successful

from pointsman.core.json import Json, JsonObject, as_list, as_text, compact, dumps_text, loads, text_or_none
from pointsman.core.part import Opaque, Part, Reasoning, Text, ToolCall

ORIGIN = "anthropic"
_NOT_IN_IDS = re.compile(r"[^a-zA-Z0-9_-]")


def own(state: Opaque | None, kind: str) -> str | None:
    """The data of `state` if it is this dialect's and of that kind."""
    return state.data if state is not None and state.origin == ORIGIN and state.kind == kind else None


def write_text(part: Text) -> JsonObject:
    """A text block, with its citations where the state holds them."""
    citations = own(part.state, "citations")
    cited = as_list(loads(citations).value_or(None)) if citations else []
    return compact({"type": "text", "text": part.text, "citations": cited or None})


def write_reasoning(part: Reasoning) -> JsonObject | None:
    """A thinking or redacted block that the API accepts back, or None where the state is missing or another's."""
    data = own(part.state, "redacted_thinking")
    if data is not None:
        return {"type": "redacted_thinking", "data": data}
    signature = own(part.state, "signature")
    return {"type": "thinking", "thinking": part.text, "signature": signature} if signature else None


def write_call(call: ToolCall) -> JsonObject:
    """A tool_use block. The wire holds an object only: arguments that are none are wrapped as `INVALID_JSON`."""
    wrapped: JsonObject = {"INVALID_JSON": call.arguments}
    return {"type": "tool_use", "id": call.id, "name": call.name, "input": call.parsed().value_or(wrapped)}


def well_formed(call: ToolCall) -> bool:
    """Whether the arguments are a JSON object, so that the wire can hold them as they are."""
    return is_successful(call.parsed())


def safe_id(id: str) -> str:
    """`id` in the letters the API takes; ids of other providers may hold more."""
    return _NOT_IN_IDS.sub("_", id) or "call"


def canonical(arguments: str) -> str:
    """Streamed arguments in the form of whole ones: compact JSON if they are an object, else as they came."""
    value = loads(arguments).value_or(None)
    return dumps_text(value) if isinstance(value, dict) else arguments


def read_part(block: JsonObject) -> Part | None:
    """The part that `block` stands for, or None if it is no part of an answer to the client."""
    match block.get("type"):
        case "text":
            return Text(as_text(block.get("text")), _citations(block.get("citations")))
        case "thinking":
            signature = text_or_none(block.get("signature"))
            return Reasoning(
                as_text(block.get("thinking")), Opaque(ORIGIN, "signature", signature) if signature else None
            )
        case "redacted_thinking":
            return Reasoning("", Opaque(ORIGIN, "redacted_thinking", as_text(block.get("data"))), redacted=True)
        case "tool_use":
            given = block.get("input")
            return ToolCall(as_text(block.get("id")), as_text(block.get("name")), whole_arguments(given))
        case _:
            return None


def whole_arguments(given: Json) -> str:
    """The `input` of a tool_use block as JSON text."""
    return dumps_text({} if given is None else given)


def _citations(value: Json) -> Opaque | None:
    cited = as_list(value)
    return Opaque(ORIGIN, "citations", dumps_text(cited)) if cited else None
