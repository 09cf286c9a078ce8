"""How programs are pointed at the gateway: base URLs, and a few lines for each SDK and agent. Data; it asks nobody.

In the code {ADDRESS}, {KEY} and {MODEL} stand for the server's address, a key of it, and `provider/model`.
"""

from __future__ import annotations

from typing import Literal

import attrs

Group = Literal["python", "javascript", "agents", "shell"]


@attrs.frozen(kw_only=True)
class BaseUrl:
    """Where SDKs of one dialect are pointed, after the server's address."""

    title: str
    path: str


@attrs.frozen(kw_only=True)
class Snippet:
    """Lines that ask one question. `install` gets what they need, `file` is where they belong, if that matters."""

    id: str
    title: str
    group: Group
    language: str
    code: str
    install: str = ""
    file: str = ""


BASE_URLS = (
    BaseUrl(title="OpenAI", path="/v1"),
    BaseUrl(title="Anthropic", path=""),
    BaseUrl(title="Gemini", path=""),
    BaseUrl(title="Ollama", path=""),
)

_OPENAI = """\
from openai import OpenAI

client = OpenAI(base_url="{ADDRESS}/v1", api_key="{KEY}")
answer = client.chat.completions.create(
    model="{MODEL}", messages=[{"role": "user", "content": "Why do trains need points?"}]
)
print(answer.choices[0].message.content)
"""
_ANTHROPIC = """\
from anthropic import Anthropic

client = Anthropic(base_url="{ADDRESS}", api_key="{KEY}")
answer = client.messages.create(
    model="{MODEL}", max_tokens=500, messages=[{"role": "user", "content": "Why do trains need points?"}]
)
print(answer.content[0].text)
"""
_GENAI = """\
from google import genai

client = genai.Client(api_key="{KEY}", http_options={"base_url": "{ADDRESS}"})
answer = client.models.generate_content(model="models/{MODEL}", contents="Why do trains need points?")
print(answer.text)
"""
_OLLAMA = """\
from ollama import Client

client = Client(host="{ADDRESS}", headers={"Authorization": "Bearer {KEY}"})
answer = client.chat(model="{MODEL}", messages=[{"role": "user", "content": "Why do trains need points?"}])
print(answer.message.content)
"""
_LANGCHAIN = """\
from langchain_openai import ChatOpenAI

model = ChatOpenAI(base_url="{ADDRESS}/v1", api_key="{KEY}", model="{MODEL}")
print(model.invoke("Why do trains need points?").content)
"""
_LITELLM = """\
import litellm

answer = litellm.completion(
    model="openai/{MODEL}",
    api_base="{ADDRESS}/v1",
    api_key="{KEY}",
    messages=[{"role": "user", "content": "Why do trains need points?"}],
)
print(answer.choices[0].message.content)
"""
_OPENAI_JS = """\
import OpenAI from "openai";

const client = new OpenAI({ baseURL: "{ADDRESS}/v1", apiKey: "{KEY}" });
const answer = await client.chat.completions.create({
  model: "{MODEL}",
  messages: [{ role: "user", content: "Why do trains need points?" }],
});
console.log(answer.choices[0].message.content);
"""
_ANTHROPIC_JS = """\
import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ baseURL: "{ADDRESS}", apiKey: "{KEY}" });
const answer = await client.messages.create({
  model: "{MODEL}",
  max_tokens: 500,
  messages: [{ role: "user", content: "Why do trains need points?" }],
});
console.log(answer.content[0].text);
"""
_AI_JS = """\
import { createOpenAI } from "@ai-sdk/openai";
import { generateText } from "ai";

const provider = createOpenAI({ baseURL: "{ADDRESS}/v1", apiKey: "{KEY}" });
const { text } = await generateText({ model: provider.chat("{MODEL}"), prompt: "Why do trains need points?" });
console.log(text);
"""
_CURL = """\
curl -sS {ADDRESS}/v1/chat/completions \\
  -H "Authorization: Bearer {KEY}" -H "Content-Type: application/json" \\
  -d '{"model": "{MODEL}", "messages": [{"role": "user", "content": "Why do trains need points?"}]}'
"""
_CLAUDE = """\
export ANTHROPIC_BASE_URL="{ADDRESS}"
export ANTHROPIC_API_KEY="{KEY}"
claude --model "{MODEL}"
"""
_CODEX = """\
model = "{MODEL}"
model_provider = "pointsman"

[model_providers.pointsman]
name = "pointsman"
base_url = "{ADDRESS}/v1"
env_key = "POINTSMAN_TOKEN"
wire_api = "responses"
"""

SNIPPETS = (
    Snippet(id="openai", title="openai", group="python", language="python", install="pip install openai", code=_OPENAI),
    Snippet(
        id="anthropic",
        title="anthropic",
        group="python",
        language="python",
        install="pip install anthropic",
        code=_ANTHROPIC,
    ),
    Snippet(
        id="google-genai",
        title="google-genai",
        group="python",
        language="python",
        install="pip install google-genai",
        code=_GENAI,
    ),
    Snippet(id="ollama", title="ollama", group="python", language="python", install="pip install ollama", code=_OLLAMA),
    Snippet(
        id="langchain",
        title="LangChain",
        group="python",
        language="python",
        install="pip install langchain-openai",
        code=_LANGCHAIN,
    ),
    Snippet(
        id="litellm", title="LiteLLM", group="python", language="python", install="pip install litellm", code=_LITELLM
    ),
    Snippet(
        id="openai-js",
        title="openai",
        group="javascript",
        language="javascript",
        install="npm install openai",
        code=_OPENAI_JS,
    ),
    Snippet(
        id="anthropic-js",
        title="@anthropic-ai/sdk",
        group="javascript",
        language="javascript",
        install="npm install @anthropic-ai/sdk",
        code=_ANTHROPIC_JS,
    ),
    Snippet(
        id="ai",
        title="ai (Vercel AI SDK)",
        group="javascript",
        language="javascript",
        install="npm install ai @ai-sdk/openai",
        code=_AI_JS,
    ),
    Snippet(id="claude-code", title="Claude Code", group="agents", language="bash", code=_CLAUDE),
    Snippet(
        id="codex",
        title="Codex",
        group="agents",
        language="toml",
        install='export POINTSMAN_TOKEN="{KEY}"',
        file="~/.codex/config.toml",
        code=_CODEX,
    ),
    Snippet(id="curl", title="curl", group="shell", language="bash", code=_CURL),
)


def fill(text: str, address: str, key: str, model: str) -> str:
    """`text` with what stands for address, key and model."""
    return text.replace("{ADDRESS}", address).replace("{KEY}", key).replace("{MODEL}", model)
