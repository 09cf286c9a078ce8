"""Python's `openai`: chat completions or Responses, and embeddings."""

from __future__ import annotations

import json

import openai
import report as r

client = openai.OpenAI(api_key=r.KEY, base_url=f"{r.ADDRESS}/v1", max_retries=0)
FORM = {"name": "weather", "schema": r.SCHEMA, "strict": True}
STATE = {"store": False, "include": ["reasoning.encrypted_content"], "prompt_cache_key": "peers"}


def chat_request(question: str, model: str = r.MODEL, **more: object) -> dict:
    """A chat of one question."""
    messages = [{"role": "developer", "content": r.SYSTEM}, {"role": "user", "content": question}]
    return {"model": model, "messages": messages, **more}


def chat() -> dict[str, object]:
    """One answer, whole."""
    answer = client.chat.completions.create(**chat_request(r.QUESTION, user="someone", seed=7))
    usage = answer.usage
    return {"text": answer.choices[0].message.content, "input": usage.prompt_tokens, "output": usage.completion_tokens}


def stream() -> list[str]:
    """One answer, in pieces, with its usage."""
    asked = chat_request(r.QUESTION, stream=True, stream_options={"include_usage": True})
    pieces = [chunk.choices[0].delta.content for chunk in client.chat.completions.create(**asked) if chunk.choices]
    return [piece for piece in pieces if piece]


def call_tool() -> dict[str, object]:
    """The model calls a tool and reads its result."""
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": r.PARAMETERS}}]
    asked = chat_request(r.TOOL_QUESTION, tools=tools, parallel_tool_calls=False)
    message = client.chat.completions.create(**asked).choices[0].message
    call = message.tool_calls[0]
    asked["messages"] += [message, {"role": "tool", "tool_call_id": call.id, "content": r.TOOL_RESULT}]
    answer = client.chat.completions.create(**asked).choices[0].message.content
    return {"name": call.function.name, "arguments": json.loads(call.function.arguments), "answer": answer}


def structured() -> dict[str, object]:
    """An object of a schema."""
    asked = chat_request("How warm?", response_format={"type": "json_schema", "json_schema": FORM})
    return json.loads(client.chat.completions.create(**asked).choices[0].message.content)


def embedding() -> list[list[float]]:
    """Two vectors, which travel in base64."""
    return [each.embedding for each in client.embeddings.create(model=r.EMBEDDING_MODEL, input=["a", "b"]).data]


def response_request(question: object, model: str = r.MODEL, **more: object) -> dict:
    """The same for the Responses API."""
    return {"model": model, "instructions": r.SYSTEM, "input": question, **STATE, **more}


def respond() -> dict[str, object]:
    """One answer, whole."""
    answer = client.responses.create(**response_request(r.QUESTION))
    return {"text": answer.output_text, "input": answer.usage.input_tokens, "output": answer.usage.output_tokens}


def stream_response() -> list[str]:
    """One answer, in pieces."""
    events = client.responses.create(**response_request(r.QUESTION, stream=True))
    return [event.delta for event in events if event.type == "response.output_text.delta"]


def call_tool_in_response() -> dict[str, object]:
    """The model calls a tool and reads its result."""
    tools = [{"type": "function", "name": "get_weather", "parameters": r.PARAMETERS, "strict": False}]
    items: list = [{"role": "user", "content": r.TOOL_QUESTION}]
    output = client.responses.create(**response_request(items, tools=tools)).output
    call = next(item for item in output if item.type == "function_call")
    items += [*output, {"type": "function_call_output", "call_id": call.call_id, "output": r.TOOL_RESULT}]
    answer = client.responses.create(**response_request(items, tools=tools)).output_text
    return {"name": call.name, "arguments": json.loads(call.arguments), "answer": answer}


def structured_response() -> dict[str, object]:
    """An object of a schema."""
    asked = response_request("How warm?", text={"format": {"type": "json_schema", **FORM}})
    return json.loads(client.responses.create(**asked).output_text)


if r.KIND == "openai":
    r.report(
        chat=chat,
        stream=stream,
        tool=call_tool,
        structured=structured,
        embedding=embedding,
        error=lambda: r.error_of(lambda: client.chat.completions.create(**chat_request("hi", r.MISSING_MODEL))),
    )
r.report(
    chat=respond,
    stream=stream_response,
    tool=call_tool_in_response,
    structured=structured_response,
    error=lambda: r.error_of(lambda: client.responses.create(**response_request("hi", r.MISSING_MODEL))),
)
