"""Python's `google-genai`."""

from __future__ import annotations

import json

import report as r
from google import genai
from google.genai import types

client = genai.Client(api_key=r.KEY, http_options=types.HttpOptions(base_url=r.ADDRESS, api_version="v1beta"))
TOOL = types.Tool(
    function_declarations=[types.FunctionDeclaration(name="get_weather", parameters_json_schema=r.PARAMETERS)]
)
SAFETY = [types.SafetySetting(category="HARM_CATEGORY_HARASSMENT", threshold="BLOCK_ONLY_HIGH")]


def config(**more: object) -> types.GenerateContentConfig:
    """The configuration of a request."""
    return types.GenerateContentConfig(system_instruction=r.SYSTEM, **more)


def chat() -> dict[str, object]:
    """One answer, whole, under safety settings."""
    settings = config(safety_settings=SAFETY, top_k=40, temperature=0.5)
    answer = client.models.generate_content(model=r.MODEL, contents=r.QUESTION, config=settings)
    usage = answer.usage_metadata
    return {"text": answer.text, "input": usage.prompt_token_count, "output": usage.candidates_token_count}


def stream() -> list[str]:
    """One answer, in pieces."""
    chunks = client.models.generate_content_stream(model=r.MODEL, contents=r.QUESTION, config=config())
    return [chunk.text for chunk in chunks if chunk.text]


def call_tool() -> dict[str, object]:
    """The model calls a tool and reads its result."""
    settings = config(tools=[TOOL])
    contents = [types.UserContent(r.TOOL_QUESTION)]
    called = client.models.generate_content(model=r.MODEL, contents=contents, config=settings)
    (call,) = called.function_calls
    result = types.FunctionResponse(id=call.id, name=call.name, response={"output": r.TOOL_RESULT})
    contents += [called.candidates[0].content, types.UserContent([types.Part(function_response=result)])]
    answer = client.models.generate_content(model=r.MODEL, contents=contents, config=settings)
    return {"name": call.name, "arguments": call.args, "answer": answer.text}


def structured() -> dict[str, object]:
    """An object of a schema."""
    settings = config(response_mime_type="application/json", response_json_schema=r.SCHEMA)
    return json.loads(client.models.generate_content(model=r.MODEL, contents="How warm?", config=settings).text)


def embedding() -> list[list[float]]:
    """Two vectors."""
    settings = types.EmbedContentConfig(task_type="RETRIEVAL_QUERY")
    answer = client.models.embed_content(model=r.EMBEDDING_MODEL, contents=["a", "b"], config=settings)
    return [each.values for each in answer.embeddings]


r.report(
    chat=chat,
    stream=stream,
    tool=call_tool,
    structured=structured,
    embedding=embedding,
    error=lambda: r.error_of(lambda: client.models.generate_content(model=r.MISSING_MODEL, contents="hi")),
)
