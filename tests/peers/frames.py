"""Turns of a model as their vendors stream them, with all that the vendors send and few clients read."""

from __future__ import annotations

import json
from typing import Any

_USAGE = {
    "input_tokens": 900,
    "input_tokens_details": {"cached_tokens": 512, "cache_write_tokens": 128},
    "output_tokens": 80,
    "output_tokens_details": {"reasoning_tokens": 32},
    "total_tokens": 980,
}
_USED = {"output_tokens": 60}
THOUGHT = {"type": "thinking", "thinking": "I see it.", "signature": "c2lnbmVk"}
"""What `anthropic_call` thinks first."""


def responses_turn(number: int, *items: dict[str, Any]) -> bytes:
    """OpenAI's Responses API: each of `items` is added and done, after a reasoning item with its encrypted state."""
    thought = {"type": "reasoning", "id": f"rs_{number}", "summary": [], "encrypted_content": f"c3RhdGUg{number:04d}"}
    output = [
        thought,
        *({"id": f"it_{number}_{place}", "status": "completed", **item} for place, item in enumerate(items)),
    ]
    response = {
        "id": f"resp_{number}",
        "object": "response",
        "created_at": 1_795_800_000,
        "model": "gpt-5.5-2026-08-01",
    }
    frames: list[dict[str, Any]] = [
        _progress("response.created", response),
        _progress("response.in_progress", response),
    ]
    for place, item in enumerate(output):
        frames += _item(place, item)
    done = {**response, "status": "completed", "output": output, "usage": _USAGE, "service_tier": "default"}
    frames.append({"type": "response.completed", "response": done})
    numbered = ({**frame, "sequence_number": place} for place, frame in enumerate(frames))
    return b"".join(_event(str(frame["type"]), frame) for frame in numbered)


def _progress(kind: str, response: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "response": {**response, "status": "in_progress", "output": [], "usage": None}}


def _item(place: int, item: dict[str, Any]) -> list[dict[str, Any]]:
    where = {"output_index": place, "item_id": item["id"]}
    started = {"type": "response.output_item.added", "output_index": place, "item": {**item, **_empty(item)}}
    return [started, *_deltas(where, item), {"type": "response.output_item.done", "output_index": place, "item": item}]


def _empty(item: dict[str, Any]) -> dict[str, Any]:
    """What an item holds when it begins."""
    within: dict[str, dict[str, Any]] = {"custom_tool_call": {"input": ""}, "message": {"content": []}}
    return {**within.get(item["type"], {}), **({"status": "in_progress"} if "status" in item else {})}


def _deltas(where: dict[str, Any], item: dict[str, Any]) -> list[dict[str, Any]]:
    if item["type"] == "custom_tool_call":
        kind = "response.custom_tool_call_input"
        return [{"type": f"{kind}.delta", **where, "delta": each} for each in _pieces(item["input"])] + [
            {"type": f"{kind}.done", **where, "input": item["input"]}
        ]
    if item["type"] == "message":
        kind, part = "response.output_text", {**where, "content_index": 0}
        text = item["content"][0]["text"]
        return [
            {"type": "response.content_part.added", **part, "part": {**item["content"][0], "text": ""}},
            *({"type": f"{kind}.delta", **part, "delta": each, "obfuscation": "aX9"} for each in _pieces(text)),
            {"type": f"{kind}.done", **part, "text": text},
            {"type": "response.content_part.done", **part, "part": item["content"][0]},
        ]
    return []


def freeform_call(name: str, text: str, **more: str) -> dict[str, Any]:
    """A call of a `custom` tool, whose argument is plain text."""
    return {"type": "custom_tool_call", "call_id": f"call_{name}_1", "name": name, "input": text, **more}


def message(text: str) -> dict[str, Any]:
    """A message of the assistant."""
    content = [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]
    return {"type": "message", "role": "assistant", "content": content, "phase": "final_answer"}


def anthropic_call(name: str, arguments: dict[str, Any]) -> bytes:
    """Anthropic's messages: one thought with its signature, then one call of a tool."""
    call = {"type": "tool_use", "id": "toolu_01", "name": name, "input": {}}
    frames: list[dict[str, Any]] = [
        {"type": "message_start", "message": _message_start()},
        {"type": "content_block_start", "index": 0, "content_block": {**THOUGHT, "thinking": "", "signature": ""}},
        {"type": "ping"},
        _delta(0, {"type": "thinking_delta", "thinking": THOUGHT["thinking"]}),
        _delta(0, {"type": "signature_delta", "signature": THOUGHT["signature"]}),
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": call},
        *(_delta(1, {"type": "input_json_delta", "partial_json": piece}) for piece in _pieces(json.dumps(arguments))),
        {"type": "content_block_stop", "index": 1},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": None}, "usage": _USED},
        {"type": "message_stop"},
    ]
    return b"".join(_event(frame["type"], frame) for frame in frames)


def _delta(index: int, delta: dict[str, str]) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def _message_start() -> dict[str, Any]:
    usage = {
        "input_tokens": 20,
        "cache_creation_input_tokens": 400,
        "cache_read_input_tokens": 2000,
        "output_tokens": 1,
    }
    head = {"id": "msg_01", "type": "message", "role": "assistant", "model": "claude-opus-4-8", "content": []}
    return {**head, "stop_reason": None, "stop_sequence": None, "usage": usage}


def _pieces(text: str) -> list[str]:
    return [text[start : start + 40] for start in range(0, len(text), 40)]


def _event(kind: str, data: dict[str, Any]) -> bytes:
    return f"event: {kind}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()
