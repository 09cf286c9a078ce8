"""Conversations as text for people and for fine-tuning. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Reasoning, Text, ToolCall, ToolResult
from pointsman.core.conversations.conversation import Dialogue, Entry, messages_of
from pointsman.core.json import Json, dumps_text


def markdown(dialogue: Dialogue) -> str:
    """The conversation to read: a heading for each message, tool calls and results as they were, cut answers marked."""
    conversation = dialogue.conversation
    began = f"begun {minute(conversation.created)} UTC"
    lines = [f"# {conversation.title or 'Conversation'}", "", f"{conversation.id}, {began}, cost {dialogue.cost}"]
    if conversation.system:
        lines += ["", "## system", "", conversation.system]
    for entry in dialogue.entries:
        lines += ["", f"## {_heading(entry)}", "", *lines_of(entry.message)]
    return "\n".join(lines).rstrip() + "\n"


def minute(time: float) -> str:
    """`time`, in Unix seconds, as date, hour and minute in UTC; a question mark where no calendar has it."""
    try:
        return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return "?"


def _heading(entry: Entry) -> str:
    who = entry.message.role + (f" ({entry.provider}/{entry.model})" if entry.model else "")
    if entry.status == "complete":
        return who
    return f"{who}, {'cut off' if entry.status == 'partial' else 'failed'}" + (
        f": {entry.error}" if entry.error else ""
    )


def lines_of(message: Message) -> list[str]:
    """What `message` says and does, to read."""
    lines = []
    for part in message.parts:
        match part:
            case Text(text):
                lines.append(text)
            case Reasoning(text) if text:
                lines += [f"> {line}" for line in text.splitlines()]
            case ToolCall(_, name, arguments):
                lines.append(f"`{name}({arguments})`")
            case ToolResult(_, name, content):
                said = "".join(inner.text for inner in content if isinstance(inner, Text))
                lines.append(f"`{name}` answered: {said}")
            case _:
                lines.append(f"[{type(part).__name__.lower()}]")
    return lines


def fine_tuning(dialogue: Dialogue) -> str:
    """One line of JSON in OpenAI's chat format for fine-tuning: the texts of the whole turns, nothing cut off.

    Source: https://platform.openai.com/docs/guides/supervised-fine-tuning.
    """
    whole = [entry for entry in dialogue.entries if entry.status == "complete"]
    told: list[Json] = [
        {"role": message.role, "content": message.text}
        for message in messages_of(whole)
        if message.role in ("user", "assistant") and message.text
    ]
    system = dialogue.conversation.system
    return dumps_text({"messages": [{"role": "system", "content": system}, *told] if system else told})
