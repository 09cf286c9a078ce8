"""Prompts and answers as the conventions want them in attributes: JSON, messages of parts. Used only when asked for."""

from __future__ import annotations

from collections.abc import Sequence

from pointsman.core.chat.message import Message
from pointsman.core.chat.part import (
    Audio,
    File,
    Image,
    Part,
    ProviderPart,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from pointsman.core.chat.response import ChatResponse
from pointsman.core.json import JsonObject, dumps_text


def input_messages(messages: Sequence[Message]) -> str:
    """`messages` as JSON."""
    return dumps_text([{"role": message.role, "parts": list(map(_part, message.parts))} for message in messages])


def output_messages(response: ChatResponse) -> str:
    """The answer as JSON."""
    finish = str(response.finish_reason or "")
    return dumps_text([{"role": "assistant", "parts": list(map(_part, response.parts)), "finish_reason": finish}])


def _part(part: Part) -> JsonObject:
    match part:
        case Text(text) | Refusal(text):
            return {"type": "text", "content": text}
        case Reasoning(text):
            return {"type": "reasoning", "content": text}
        case ToolCall(id, name, arguments):
            return {"type": "tool_call", "id": id, "name": name, "arguments": arguments}
        case ToolResult(call_id, _, content):
            return {"type": "tool_call_response", "id": call_id, "response": list(map(_part, content))}
        case ProviderPart():
            return {"type": part.kind}
        case Image():
            return {"type": "blob", "modality": "image"}
        case Audio():
            return {"type": "blob", "modality": "audio"}
        case File():
            return {"type": "blob", "modality": "file"}
