"""The openai package asks Anthropic's model through the gateway, in its own words."""

from openai import OpenAI


def ask(base_url: str, key: str, model: str = "anthropic/claude-haiku-4-5") -> str:
    client = OpenAI(base_url=base_url, api_key=key)
    stream = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "Why do trains need points?"}], stream=True
    )
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
