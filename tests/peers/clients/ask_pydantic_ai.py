"""pydantic-ai's agents with the models of OpenAI (chat and Responses), Anthropic and Google."""

from __future__ import annotations

import asyncio

import report as r
from pydantic import BaseModel
from pydantic_ai import Agent, NativeOutput


class Weather(BaseModel):
    """The weather in a city."""

    city: str
    degrees: int


def get_weather(city: str) -> str:
    """The weather in a city."""
    SEEN.append({"city": city})
    return r.TOOL_RESULT


SEEN: list[dict[str, str]] = []


def model(name: str):
    """The model of the dialect that is tried."""
    if r.KIND == "anthropic":
        from anthropic import AsyncAnthropic
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        client = AsyncAnthropic(api_key=r.KEY, base_url=r.ADDRESS, max_retries=0)
        return AnthropicModel(name, provider=AnthropicProvider(anthropic_client=client))
    if r.KIND == "gemini":
        from pydantic_ai.models.google import GoogleModel
        from pydantic_ai.providers.google import GoogleProvider

        return GoogleModel(name, provider=GoogleProvider(api_key=r.KEY, base_url=r.ADDRESS))
    from openai import AsyncOpenAI
    from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
    from pydantic_ai.providers.openai import OpenAIProvider

    client = AsyncOpenAI(api_key=r.KEY, base_url=f"{r.ADDRESS}/v1", max_retries=0)
    kind = OpenAIResponsesModel if r.KIND == "openai-responses" else OpenAIChatModel
    return kind(name, provider=OpenAIProvider(openai_client=client))


def agent(name: str = r.MODEL, **more: object) -> Agent:
    """An agent on that model."""
    return Agent(model(name), instructions=r.SYSTEM, **more)


def chat() -> dict[str, object]:
    """One answer, whole."""
    run = agent().run_sync(r.QUESTION)
    usage = run.usage() if callable(run.usage) else run.usage
    return {"text": run.output, "input": usage.input_tokens, "output": usage.output_tokens}


def stream() -> list[str]:
    """One answer, in pieces."""

    async def pieces() -> list[str]:
        async with agent().run_stream(r.QUESTION) as run:
            return [piece async for piece in run.stream_text(delta=True, debounce_by=None)]

    return asyncio.run(pieces())


def call_tool() -> dict[str, object]:
    """The model calls a tool and reads its result."""
    run = agent(tools=[get_weather]).run_sync(r.TOOL_QUESTION)
    return {"name": "get_weather", "arguments": SEEN[-1], "answer": run.output}


def structured() -> dict[str, object]:
    """An object of a schema: by the vendor's own way, for Claude models that it does not know by a tool."""
    output = Weather if r.KIND == "anthropic" else NativeOutput(Weather)
    return agent(output_type=output).run_sync("How warm? Use final_result.").output.model_dump()


r.report(
    chat=chat,
    stream=stream,
    tool=call_tool,
    structured=structured,
    error=lambda: r.error_of(lambda: agent(r.MISSING_MODEL).run_sync("hi")),
)
