"""The blocks that stand in requests and answers alike, both ways. Knows no message, no answer and no stream.

A block that no part of ours can hold is a `ProviderPart`, which goes back as it came.
"""

from __future__ import annotations

import re

from returns.pipeline import is_successful

from pointsman.adapters.dialects.freeform import as_function_call
from pointsman.adapters.dialects.object_reader import ObjectReader, ReadLog
from pointsman.core.chat.part import CacheControl, Citation, Opaque, Part, ProviderPart, Reasoning, Text, ToolCall
from pointsman.core.json import Json, JsonObject, as_list, as_object, compact, dumps_text, loads, text_or_none

ORIGIN = "anthropic"
_NOT_IN_IDS = re.compile(r"[^a-zA-Z0-9_-]")


def own(state: Opaque | None, kind: str) -> str | None:
    """The data of `state` if it is this dialect's and of that kind."""
    return state.data if state is not None and state.origin == ORIGIN and state.kind == kind else None


def write_cache_control(cache_control: CacheControl | None) -> Json:
    """The mark of a block, None where there is none. Five minutes are the API's default and are not written."""
    if cache_control is None:
        return None
    return {"type": "ephemeral"} if cache_control.ttl == "5m" else {"type": "ephemeral", "ttl": cache_control.ttl}


def read_cache_control(block: ObjectReader) -> CacheControl | None:
    """The mark of a block. One of a kind that is not known stays unread, and so is reported."""
    if "cache_control" not in block:
        return None
    mark = as_object(block.value.get("cache_control"))
    ttl = mark.get("ttl") or "5m"
    if mark.get("type") != "ephemeral" or (ttl != "5m" and ttl != "1h"):
        return None
    block.inner("cache_control").skip("type", "ttl")
    return CacheControl("1h") if ttl == "1h" else CacheControl()


def write_text(part: Text) -> JsonObject:
    """A text block, with its citations where the state holds them."""
    citations = own(part.state, "citations")
    cited = as_list(loads(citations).value_or(None)) if citations else []
    mark = write_cache_control(part.cache_control)
    return compact({"type": "text", "text": part.text, "citations": cited or None, "cache_control": mark})


def write_reasoning(part: Reasoning) -> JsonObject | None:
    """A thinking or redacted block that the API accepts back, or None where the state is missing or another's."""
    data = own(part.state, "redacted_thinking")
    if data is not None:
        return {"type": "redacted_thinking", "data": data}
    signature = own(part.state, "signature")
    return {"type": "thinking", "thinking": part.text, "signature": signature} if signature else None


def write_call(call: ToolCall) -> JsonObject:
    """A tool_use block. The wire holds an object only: arguments that are none are wrapped as `INVALID_JSON`."""
    call = as_function_call(call)
    wrapped: JsonObject = {"INVALID_JSON": call.arguments}
    caller = own(call.state, "caller")
    return compact(
        {
            "type": "tool_use",
            "id": call.id,
            "name": call.name,
            "input": call.parse_arguments().value_or(wrapped),
            "caller": as_object(loads(caller).value_or({})) or None if caller else None,
            "cache_control": write_cache_control(call.cache_control),
        }
    )


def is_well_formed(call: ToolCall) -> bool:
    """Whether the wire can hold the arguments as they are: a JSON object, or the text of a freeform call."""
    return call.freeform or is_successful(call.parse_arguments())


def safe_id(id: str) -> str:
    """`id` in the letters the API takes; ids of other providers may hold more."""
    return _NOT_IN_IDS.sub("_", id) or "call"


def canonical(arguments: str) -> str:
    """Streamed arguments in the form of whole ones: compact JSON if they are an object, else as they came."""
    value = loads(arguments).value_or(None)
    return dumps_text(value) if isinstance(value, dict) else arguments


def read_answer_block(wire: JsonObject) -> Part:
    """The part that a block of an answer stands for. An answer is never refused for what a block holds."""
    return read_block(ObjectReader(wire, "", ReadLog())) or ProviderPart(ORIGIN, wire)


def read_block(block: ObjectReader) -> Part | None:
    """The part that `block` stands for; None where it is of another kind, and nothing of it was read then."""
    match block.value.get("type"):
        case "text":
            return _text(block)
        case "thinking":
            block.skip("type")
            signature = block.text("signature")
            state = Opaque(ORIGIN, "signature", signature) if signature else None
            return Reasoning(block.text("thinking") or "", state)
        case "redacted_thinking":
            block.skip("type")
            return Reasoning("", Opaque(ORIGIN, "redacted_thinking", block.text("data") or ""), redacted=True)
        case "tool_use":
            return _call(block)
        case _:
            return None


def _text(block: ObjectReader) -> Text:
    block.skip("type")
    text, cited = block.text("text") or "", as_list(block.raw("citations"))
    return Text(
        text,
        Opaque(ORIGIN, "citations", dumps_text(cited)) if cited else None,
        read_cache_control(block),
        tuple(_citation(as_object(one), text) for one in cited),
    )


def _citation(wire: JsonObject, text: str) -> Citation:
    """All of the block rests on each of its citations."""
    return Citation(
        url=text_or_none(wire.get("url")) or text_or_none(wire.get("source")),
        title=text_or_none(wire.get("title")) or text_or_none(wire.get("document_title")),
        quote=text_or_none(wire.get("cited_text")),
        start=0,
        end=len(text),
    )


def _call(block: ObjectReader) -> ToolCall:
    block.skip("type")
    caller = block.raw("caller")
    return ToolCall(
        block.text("id") or "",
        block.text("name") or "",
        whole_arguments(block.raw("input")),
        Opaque(ORIGIN, "caller", dumps_text(caller)) if isinstance(caller, dict) else None,
        cache_control=read_cache_control(block),
    )


def whole_arguments(given: Json) -> str:
    """The `input` of a tool_use block as JSON text."""
    return dumps_text({} if given is None else given)
