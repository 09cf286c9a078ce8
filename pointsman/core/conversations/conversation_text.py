"""Conversations as text for people and for fine-tuning. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Reasoning, Text, ToolCall, ToolResult
from pointsman.core.conversations.conversation import Dialogue, Entry, messages_of
from pointsman.core.json import Json, JsonObject, as_text, dumps_text


def markdown(dialogue: Dialogue) -> str:
    """The conversation to read: a heading for each message, tool calls and results as they were, cut answers marked.

    It is the branch that is gone on with; how many messages stand in others is said at the top.
    """
    conversation = dialogue.conversation
    began = f"begun {minute(conversation.created)} UTC"
    lines = [f"# {conversation.title or 'Conversation'}", "", f"{conversation.id}, {began}, cost {dialogue.cost}"]
    if conversation.system:
        lines += ["", "## system", "", conversation.system]
    beside = len(dialogue.entries) - len(dialogue.branch)
    if beside:
        lines += ["", f"({beside} message(s) more stand in other branches.)"]
    for entry in dialogue.branch:
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
    """One line of JSON in OpenAI's chat format for fine-tuning, which others take, too; empty without a whole turn.

    It is of the branch that is gone on with. Nothing that was cut off is in it. It begins with what was asked and ends
    with an answer, roles take turns, and calls of tools stand with their results and with `tools` that declare them.
    Sources: https://platform.openai.com/docs/guides/supervised-fine-tuning,
    https://docs.mistral.ai/capabilities/finetuning, https://docs.together.ai/docs/fine-tuning-data-preparation.
    """
    whole = [entry for entry in dialogue.branch if entry.status == "complete"]
    messages = messages_of(whole)
    told = _whole_turns(_take_turns([one for message in messages for one in _training_messages(message)]))
    if not told:
        return ""
    system: list[JsonObject] = [{"role": "system", "content": dialogue.conversation.system}]
    line: JsonObject = {"messages": [*(system if dialogue.conversation.system else []), *told]}
    tools = _tools_of([call for message in messages for call in message.tool_calls])
    return dumps_text({**line, "tools": tools} if tools else line)


def _training_messages(message: Message) -> Iterator[JsonObject]:
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    for part in results:
        said = "".join(inner.text for inner in part.content if isinstance(inner, Text))
        yield {"role": "tool", "tool_call_id": part.call_id, "content": said}
    calls: list[Json] = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments or "{}"}}
        for call in message.tool_calls
    ]
    if calls:
        yield {"role": "assistant", "content": message.text or None, "tool_calls": calls}
    elif message.text and message.role in ("user", "assistant"):
        yield {"role": message.role, "content": message.text}


def _take_turns(messages: list[JsonObject]) -> list[JsonObject]:
    """`messages`, those of one role after each other put together, from the first question on."""
    found: list[JsonObject] = []
    for message in messages:
        last = found[-1] if found else {}
        if not found and message["role"] != "user":
            continue
        if message["role"] == last.get("role") != "tool" and "tool_calls" not in last:
            joined = "\n\n".join(as_text(one.get("content")) for one in (last, message) if one.get("content"))
            found[-1] = {**message, "content": joined or None}
        else:
            found.append(message)
    return found


def _whole_turns(messages: list[JsonObject]) -> list[JsonObject]:
    """`messages` up to the last answer."""
    ends = [at for at, one in enumerate(messages) if one["role"] == "assistant" and "tool_calls" not in one]
    return messages[: ends[-1] + 1] if ends else []


def _parameters_by_tool(calls: Sequence[ToolCall]) -> dict[str, dict[str, Json]]:
    """The parameters with which each tool was called, by its name: of their types nothing is known."""
    found: dict[str, dict[str, Json]] = {}
    for call in calls:
        given = call.parse_arguments().value_or({})
        found.setdefault(call.name, {}).update({name: {} for name in given})
    return found


def _tools_of(calls: Sequence[ToolCall]) -> list[Json]:
    return [
        {"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {**properties}}}}
        for name, properties in _parameters_by_tool(calls).items()
    ]
