"""Python's `anthropic`: messages with marks for the cache, thinking, and a beta."""

from __future__ import annotations

import json

import anthropic
import report as r

client = anthropic.Anthropic(api_key=r.KEY, base_url=r.ADDRESS, max_retries=0)
MARK = {"cache_control": {"type": "ephemeral"}}
TOOL = {"name": "get_weather", "input_schema": r.PARAMETERS, **MARK}


def ask(question: object, model: str = r.MODEL, **more: object) -> dict:
    """A request of one message."""
    system = [{"type": "text", "text": r.SYSTEM, **MARK}]
    messages = [{"role": "user", "content": question}]
    return {"model": model, "max_tokens": 2000, "system": system, "messages": messages, **more}


def text_of(message: anthropic.types.Message) -> str:
    """What it says."""
    return "".join(block.text for block in message.content if block.type == "text")


def chat() -> dict[str, object]:
    """One answer, whole, with the tier that is wanted."""
    answer = client.messages.create(**ask(r.QUESTION, service_tier="auto", metadata={"user_id": "someone"}))
    return {"text": text_of(answer), "input": answer.usage.input_tokens, "output": answer.usage.output_tokens}


def stream() -> list[str]:
    """One answer, in pieces, by the beta door."""
    with client.beta.messages.stream(**ask(r.QUESTION), betas=["interleaved-thinking-2025-05-14"]) as events:
        return [piece for piece in events.text_stream if piece]


def call_tool() -> dict[str, object]:
    """The model thinks, calls a tool and reads its result."""
    asked = ask(r.TOOL_QUESTION, tools=[TOOL], thinking={"type": "enabled", "budget_tokens": 1024})
    message = client.messages.create(**asked)
    call = next(block for block in message.content if block.type == "tool_use")
    result = {
        "type": "tool_result",
        "tool_use_id": call.id,
        "content": [{"type": "text", "text": r.TOOL_RESULT, **MARK}],
    }
    asked["messages"] += [{"role": "assistant", "content": message.content}, {"role": "user", "content": [result]}]
    return {"name": call.name, "arguments": call.input, "answer": text_of(client.messages.create(**asked))}


def structured() -> dict[str, object]:
    """An object of a schema."""
    form = {"format": {"type": "json_schema", "schema": r.SCHEMA}}
    return json.loads(text_of(client.messages.create(**ask("How warm?", output_config=form))))


r.report(
    chat=chat,
    stream=stream,
    tool=call_tool,
    structured=structured,
    error=lambda: r.error_of(lambda: client.messages.create(**ask("hi", r.MISSING_MODEL))),
)
