"""instructor: an object of a class, in each of the modes that are tried."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

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

        return instructor.from_anthropic(
            anthropic.Anthropic(api_key=r.KEY, base_url=r.ADDRESS, max_retries=0), mode=mode
        )
    if r.KIND == "gemini":
        from google import genai

        options = genai.types.HttpOptions(base_url=r.ADDRESS)
        return instructor.from_genai(genai.Client(api_key=r.KEY, http_options=options), mode=mode)
    import openai

    return instructor.from_openai(openai.OpenAI(api_key=r.KEY, base_url=f"{r.ADDRESS}/v1", max_retries=0), mode=mode)


def structured(name: str) -> dict[str, object]:
    """The object, in the mode of that name."""
    parallel = "PARALLEL" in name
    more = {"max_tokens": 500} if r.KIND == "anthropic" else {}
    messages = [{"role": "system", "content": r.SYSTEM}, {"role": "user", "content": f"{r.QUESTION} Use Weather."}]
    answer = client(instructor.Mode[name]).create(
        model=r.MODEL,
        response_model=Iterable[Weather] if parallel else Weather,
        messages=messages,
        max_retries=1,
        **more,
    )
    return (next(iter(answer)) if parallel else answer).model_dump()


r.report(**{f"structured by {name}": partial(structured, name) for name in r.MODES})
