"""What requests and answers of OpenAI chat have in common: tool calls, reasoning, and the state that comes on them."""

from __future__ import annotations

from pointsman.core.chat.part import Opaque, Reasoning, ToolCall
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, dumps_text, loads, text_or_none

SIGNATURE = "thought_signature"
DETAILS = "reasoning_details"


def read_calls(message: JsonObject, nonce: str = "") -> list[ToolCall]:
    """The tool calls of a whole message, OpenAI's old `function_call` included; see `made_id` for `nonce`."""
    found = [as_object(item) for item in as_list(message.get("tool_calls"))]
    if not found and isinstance(message.get("function_call"), dict):
        found = [{"function": message["function_call"]}]
    return [_read_call(item, number, nonce) for number, item in enumerate(found)]


def _read_call(item: JsonObject, number: int, nonce: str) -> ToolCall:
    call_id = text_or_none(item.get("id")) or made_id(number, nonce)
    if item.get("type") == "custom":
        custom = as_object(item.get("custom"))
        return ToolCall(call_id, as_text(custom.get("name")), as_text(custom.get("input")), freeform=True)
    function = as_object(item.get("function"))
    return ToolCall(
        call_id,
        as_text(function.get("name")),
        arguments_text(function.get("arguments")),
        read_signature(item),
    )


def made_id(number: int, nonce: str = "") -> str:
    """The id of a call to which the server gave none: its place in the answer, from 0, and what tells answers apart."""
    return f"call_{nonce}_{number}" if nonce else f"call_{number}"


def arguments_text(value: Json) -> str:
    """The arguments as JSON text; an object in their place is written compactly, null is the empty text."""
    if isinstance(value, str):
        return value
    return "" if value is None else dumps_text(value)


def write_call(call: ToolCall) -> JsonObject:
    """One call, with a Gemini signature where it has one."""
    if call.freeform:
        return {"id": call.id, "type": "custom", "custom": {"name": call.name, "input": call.arguments}}
    written: JsonObject = {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    }
    return written | write_signature(call.state)


def write_signature(state: Opaque | None) -> JsonObject:
    """The signature in Google's place for it; nothing for any other state."""
    if state is None or state.origin != "gemini":
        return {}
    return {"extra_content": {"google": {SIGNATURE: state.data}}}


def read_signature(item: JsonObject) -> Opaque | None:
    """The Gemini signature that came on a call."""
    google = as_object(as_object(item.get("extra_content")).get("google"))
    data = text_or_none(google.get(SIGNATURE))
    return None if data is None else Opaque("gemini", SIGNATURE, data)


def reasoning_text(message: JsonObject) -> str:
    """The reasoning of a message or delta by whichever of its two names the server has for it."""
    return as_text(message.get("reasoning_content")) or as_text(message.get("reasoning"))


def reasoning_part(text: str, details: Json) -> Reasoning | None:
    """Reasoning with OpenRouter's details as its state; None where there is neither."""
    state = Opaque("openrouter", DETAILS, dumps_text(details)) if isinstance(details, list) and details else None
    shown = text or details_text(as_list(details))
    return Reasoning(shown, state, redacted=not shown) if shown or state else None


def details_text(details: list[Json]) -> str:
    """The reasoning that OpenRouter's details show."""
    found = (as_object(item) for item in details)
    return "".join(as_text(item.get("text")) or as_text(item.get("summary")) for item in found)


def details_of(state: Opaque) -> list[Json]:
    """OpenRouter's details as they came; none in any other state."""
    return as_list(loads(state.data).value_or(None)) if state.kind == DETAILS else []


def merge_details(details: list[Json], more: list[Json]) -> None:
    """Add streamed details to those so far: pieces of one entry share type and index, and their texts are joined."""
    for item in more:
        piece = as_object(item)
        known = next((found for found in details if isinstance(found, dict) and _same_entry(found, piece)), None)
        if known is None:
            details.append({**piece})
            continue
        for name, value in piece.items():
            before = known.get(name)
            if name in ("text", "summary", "data") and isinstance(before, str) and isinstance(value, str):
                known[name] = before + value
            elif value is not None:
                known[name] = value


def _same_entry(known: JsonObject, piece: JsonObject) -> bool:
    index = piece.get("index")
    return index is not None and known.get("index") == index and known.get("type") == piece.get("type")
