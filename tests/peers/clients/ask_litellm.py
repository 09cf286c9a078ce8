"""LiteLLM as a client: its `openai`, `anthropic`, `gemini` and `ollama_chat` providers, at the gateway's address."""

from __future__ import annotations

import json
import os

import report as r

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it fetches its prices
import litellm

litellm.telemetry = False
litellm.suppress_debug_info = True
PREFIX = {"openai": "openai", "anthropic": "anthropic", "gemini": "gemini", "ollama": "ollama_chat"}[r.KIND]
BASE = {"openai": f"{r.ADDRESS}/v1", "gemini": f"{r.ADDRESS}/v1beta"}.get(r.KIND, r.ADDRESS)
TOOL = {
    "type": "function",
    "function": {"name": "get_weather", "description": "The weather", "parameters": r.PARAMETERS},
}


def ask(question: str, model: str = r.MODEL, messages: list | None = None, **more: object):
    """One call."""
    first = [{"role": "system", "content": r.SYSTEM}, {"role": "user", "content": question}]
    return litellm.completion(
        model=f"{PREFIX}/{model}",
        api_base=BASE,
        api_key=r.KEY,
        messages=[*first, *(messages or [])],
        num_retries=0,
        max_retries=0,
        **more,
    )


def chat() -> dict[str, object]:
    """One answer, whole."""
    answer = ask(r.QUESTION)
    text = answer.choices[0].message.content
    return {"text": text, "input": answer.usage.prompt_tokens, "output": answer.usage.completion_tokens}


def call_tool() -> dict[str, object]:
    """The model calls a tool and reads its result."""
    message = ask(r.TOOL_QUESTION, tools=[TOOL]).choices[0].message
    call = message.tool_calls[0]
    result = {"role": "tool", "tool_call_id": call.id, "name": call.function.name, "content": r.TOOL_RESULT}
    last = ask(r.TOOL_QUESTION, tools=[TOOL], messages=[message.model_dump(exclude_none=True), result])
    arguments = json.loads(call.function.arguments)
    return {"name": call.function.name, "arguments": arguments, "answer": last.choices[0].message.content}


def structured() -> dict[str, object]:
    """An object of a schema."""
    form = {"type": "json_schema", "json_schema": {"name": "weather", "schema": r.SCHEMA, "strict": True}}
    return json.loads(ask("How warm?", response_format=form).choices[0].message.content)


def embedding() -> list[list[float]]:
    """Two vectors."""
    prefix = PREFIX.removesuffix("_chat")
    answer = litellm.embedding(model=f"{prefix}/{r.EMBEDDING_MODEL}", input=["a", "b"], api_base=BASE, api_key=r.KEY)
    return [each["embedding"] for each in answer.data]


def stream() -> list[str]:
    """One answer, in pieces."""
    pieces = (chunk.choices[0].delta.content for chunk in ask(r.QUESTION, stream=True))
    return [piece for piece in pieces if piece]


tasks = {"chat": chat, "stream": stream, "tool": call_tool, "structured": structured}
if r.KIND == "openai":
    tasks["embedding"] = embedding
tasks["error"] = lambda: r.error_of(lambda: ask("hi", model=r.MISSING_MODEL))
r.report(**tasks)
