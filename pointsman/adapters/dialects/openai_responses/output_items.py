"""The items of an answer, both ways. What OpenAI's own tools did stays as the item it is."""

from __future__ import annotations

from collections.abc import Iterable

from pointsman.adapters.dialects.media_types import write_base64
from pointsman.adapters.dialects.object_reader import ObjectReader, ReadLog
from pointsman.adapters.dialects.openai_responses.content import NAME, is_block, write_annotations
from pointsman.adapters.dialects.openai_responses.messages import read_call, read_message
from pointsman.adapters.dialects.openai_responses.reasoning import read_reasoning, write_reasoning_answer
from pointsman.adapters.dialects.openai_responses.tool_search import is_search_call, write_search_call
from pointsman.adapters.dialects.openai_responses.tools import ToolNames
from pointsman.core.chat.part import Audio, Bytes, Image, Part, ProviderPart, Reasoning, Refusal, Text, ToolCall
from pointsman.core.chat.response import TokenLogprob
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, compact, float_or_none

_MESSAGE = "message"


def read_output_item(item: JsonObject, made_up: str) -> tuple[Part, ...]:
    """The parts of one output item; `made_up` is the id of a call that came without one."""
    kind = item.get("type")
    reader = ObjectReader(item, "", ReadLog())
    if kind == _MESSAGE:
        _, parts = read_message(ObjectReader({"role": "assistant", **item}, "", ReadLog()))
        return parts
    if kind in ("function_call", "custom_tool_call") or is_search_call(item):
        return (read_call(reader, made_up),)
    if kind == "reasoning":
        return (read_reasoning(reader),)
    return (ProviderPart(NAME, item),) if item else ()


def read_logprobs(items: Iterable[JsonObject]) -> tuple[TokenLogprob, ...]:
    """The log probabilities of the tokens of all texts."""
    blocks = (as_object(block) for item in items for block in as_list(item.get("content")))
    return tuple(_read_logprob(entry) for block in blocks for entry in as_list(block.get("logprobs")))


def _read_logprob(entry: Json) -> TokenLogprob:
    fields = as_object(entry)
    data = [byte for byte in as_list(fields.get("bytes")) if isinstance(byte, int) and 0 <= byte < 256]
    return TokenLogprob(
        as_text(fields.get("token")),
        float_or_none(fields.get("logprob")) or 0.0,
        bytes(data) if data else None,
        tuple(_read_logprob(other) for other in as_list(fields.get("top_logprobs"))),
    )


def write_logprobs(logprobs: Iterable[TokenLogprob]) -> list[Json]:
    """The reverse."""
    return [{**_write_logprob(token), "top_logprobs": [*map(_write_logprob, token.alternatives)]} for token in logprobs]


def _write_logprob(token: TokenLogprob) -> JsonObject:
    return {"token": token.token, "logprob": token.logprob, "bytes": [*token.utf8]}


def prefix_of(part: Part, names: ToolNames) -> str:
    """How the id of an item begins; OpenAI takes back no other."""
    match part:
        case ToolCall(_, name) if names.is_tool_search(name):
            return "tsc"
        case ToolCall():
            return "ctc" if part.freeform else "fc"
        case Reasoning():
            return "rs"
        case Image():
            return "ig"
        case _:
            return "msg"


def write_output_item(
    part: Part, id: str, names: ToolNames, logprobs: tuple[TokenLogprob, ...] = ()
) -> JsonObject | None:
    """One part of an answer as an output item; None for what this API cannot answer with.

    `id` is the item's, unless it brings its own; `names` are those of the tools that were offered.
    """
    match part:
        case Text(text):
            content: JsonObject = {"type": "output_text", "text": text, "annotations": write_annotations(part)}
            phase: JsonObject = (
                {"phase": part.state.data} if part.state is not None and part.state.kind == "phase" else {}
            )
            return _write_answer({**content, "logprobs": write_logprobs(logprobs)}, id) | phase
        case Refusal(text):
            return _write_answer({"type": "refusal", "refusal": text}, id)
        case ToolCall():
            return write_call(part, id, names, "completed")
        case Reasoning():
            return write_reasoning_answer(part, id)
        case Audio() if part.transcript:
            return write_output_item(Text(part.transcript), id, names)
        case Image(Bytes(data)):
            picture = write_base64(data)
            return {"type": "image_generation_call", "id": id, "status": "completed", "result": picture}
        case ProviderPart(dialect, wire) if dialect == NAME and not is_block(wire):
            return wire
        case ProviderPart(dialect, wire) if dialect == NAME:
            return _write_answer(wire, id)
        case _:
            return None


def write_call(call: ToolCall, id: str, names: ToolNames, status: str) -> JsonObject:
    """The item of a call."""
    if names.is_tool_search(call.name):
        return compact({"id": id or None}) | write_search_call(call) | {"status": status}
    named: JsonObject = compact({"id": id or None}) | {"call_id": call.id, **names.split(call.name)}
    if call.freeform:
        return {"type": "custom_tool_call", **named, "input": call.arguments, "status": status}
    return {"type": "function_call", **named, "arguments": call.arguments, "status": status}


def _write_answer(content: Json, id: str) -> JsonObject:
    return {"type": _MESSAGE, "id": id, "role": "assistant", "status": "completed", "content": [content]}
