"""LangChain's chat models of OpenAI (chat and Responses), Anthropic, Google and Ollama."""

from __future__ import annotations

import report as r
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel


class Weather(BaseModel):
    """The weather in a city."""

    city: str
    degrees: int


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return r.TOOL_RESULT


def model(name: str):
    """The chat model of the dialect that is tried."""
    if r.KIND == "anthropic":
        from langchain_anthropic import ChatAnthropic

        return ChatAnthropic(model=name, api_key=r.KEY, base_url=r.ADDRESS, max_retries=0, max_tokens=500)
    if r.KIND == "gemini":
        from langchain_google_genai import ChatGoogleGenerativeAI

        return ChatGoogleGenerativeAI(model=name, api_key=r.KEY, base_url=r.ADDRESS, max_retries=1)
    if r.KIND == "ollama":
        from langchain_ollama import ChatOllama

        return ChatOllama(model=name, base_url=r.ADDRESS)
    from langchain_openai import ChatOpenAI

    responses = r.KIND == "openai-responses"
    return ChatOpenAI(
        model=name,
        api_key=r.KEY,
        base_url=f"{r.ADDRESS}/v1",
        max_retries=0,
        use_responses_api=responses,
        stream_usage=True,
    )


def embeddings():
    """The embeddings of the dialect that is tried; Anthropic has none."""
    if r.KIND == "gemini":
        from langchain_google_genai import GoogleGenerativeAIEmbeddings

        return GoogleGenerativeAIEmbeddings(model=r.EMBEDDING_MODEL, api_key=r.KEY, base_url=r.ADDRESS)
    if r.KIND == "ollama":
        from langchain_ollama import OllamaEmbeddings

        return OllamaEmbeddings(model=r.EMBEDDING_MODEL, base_url=r.ADDRESS)
    from langchain_openai import OpenAIEmbeddings

    return OpenAIEmbeddings(
        model=r.EMBEDDING_MODEL, api_key=r.KEY, base_url=f"{r.ADDRESS}/v1", check_embedding_ctx_length=False
    )


def ask(question: str) -> list:
    """A conversation of one question."""
    return [SystemMessage(r.SYSTEM), HumanMessage(question)]


def chat() -> dict[str, object]:
    """One answer, whole."""
    answer = model(r.MODEL).invoke(ask(r.QUESTION))
    usage = answer.usage_metadata
    return {"text": answer.text, "input": usage["input_tokens"], "output": usage["output_tokens"]}


def call_tool() -> dict[str, object]:
    """The model calls a tool and reads its result."""
    able, messages = model(r.MODEL).bind_tools([get_weather]), ask(r.TOOL_QUESTION)
    called: AIMessage = able.invoke(messages)
    call = called.tool_calls[0]
    messages += [called, ToolMessage(r.TOOL_RESULT, tool_call_id=call["id"], name=call["name"])]
    return {"name": call["name"], "arguments": call["args"], "answer": able.invoke(messages).text}


def structured() -> dict[str, object]:
    """An object of a schema."""
    return model(r.MODEL).with_structured_output(Weather).invoke(ask("How warm? Use Weather.")).model_dump()


tasks = {
    "chat": chat,
    "stream": lambda: [piece.text for piece in model(r.MODEL).stream(ask(r.QUESTION)) if piece.text],
    "tool": call_tool,
    "structured": structured,
    "error": lambda: r.error_of(lambda: model(r.MISSING_MODEL).invoke("hi")),
}
if r.KIND in ("openai", "gemini", "ollama"):
    tasks["embedding"] = lambda: embeddings().embed_documents(["a", "b"])
r.report(**tasks)
