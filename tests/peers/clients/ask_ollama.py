"""Python's `ollama`."""

from __future__ import annotations

import json

import ollama
import report as r

client = ollama.Client(host=r.ADDRESS)
TOOL = {"type": "function", "function": {"name": "get_weather", "description": "Weather", "parameters": r.PARAMETERS}}


def ask(question: str, model: str = r.MODEL, **more: object) -> dict:
    """A chat of one question."""
    messages = [{"role": "system", "content": r.SYSTEM}, {"role": "user", "content": question}]
    return {"model": model, "messages": messages, **more}


def chat() -> dict[str, object]:
    """One answer, whole, with options of the engine."""
    answer = client.chat(**ask(r.QUESTION, options={"num_ctx": 2048, "mirostat": 1, "top_k": 20}, keep_alive="5m"))
    return {"text": answer.message.content, "input": answer.prompt_eval_count, "output": answer.eval_count}


def stream() -> list[str]:
    """One answer, in pieces."""
    return [part.message.content for part in client.chat(**ask(r.QUESTION, stream=True)) if part.message.content]


def call_tool() -> dict[str, object]:
    """The model calls a tool and reads its result."""
    asked = ask(r.TOOL_QUESTION, tools=[TOOL])
    message = client.chat(**asked).message
    (call,) = message.tool_calls
    asked["messages"] += [message, {"role": "tool", "tool_name": call.function.name, "content": r.TOOL_RESULT}]
    answer = client.chat(**asked).message.content
    return {"name": call.function.name, "arguments": dict(call.function.arguments), "answer": answer}


r.report(
    chat=chat,
    stream=stream,
    tool=call_tool,
    structured=lambda: json.loads(client.chat(**ask("How warm?", format=r.SCHEMA)).message.content),
    embedding=lambda: client.embed(model=r.EMBEDDING_MODEL, input=["a", "b"]).model_dump()["embeddings"],
    error=lambda: r.error_of(lambda: client.chat(**ask("hi", r.MISSING_MODEL))),
)
