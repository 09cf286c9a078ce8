"""instructor: an object of a class, in the mode that is tried."""

from __future__ import annotations

from collections.abc import Iterable

import instructor
import report as r
from pydantic import BaseModel


class Weather(BaseModel):
    """The weather in a city."""

    city: str
    degrees: int


def client(mode: instructor.Mode):
    """The client of the dialect that is tried."""
    if r.KIND == "anthropic":
        import anthropic

        return instructor.from_anthropic(anthropic.Anthropic(api_key=r.KEY, base_url=r.ADDRESS, max_retries=0), mode=mode)
    if r.KIND == "gemini":
        from google import genai

        options = genai.types.HttpOptions(base_url=r.ADDRESS)
        return instructor.from_genai(genai.Client(api_key=r.KEY, http_options=options), mode=mode)
    import openai

    return instructor.from_openai(openai.OpenAI(api_key=r.KEY, base_url=f"{r.ADDRESS}/v1", max_retries=0), mode=mode)


def structured() -> dict[str, object]:
    """The object."""
    mode = instructor.Mode[r.MODE]
    parallel = "PARALLEL" in r.MODE
    more = {"max_tokens": 500} if r.KIND == "anthropic" else {}
    messages = [{"role": "system", "content": r.SYSTEM}, {"role": "user", "content": f"{r.QUESTION} Use Weather."}]
    answer = client(mode).create(
        model=r.MODEL,
        response_model=Iterable[Weather] if parallel else Weather,
        messages=messages,
        max_retries=1,
        **more,
    )
    return (next(iter(answer)) if parallel else answer).model_dump()


r.report(structured=structured)
