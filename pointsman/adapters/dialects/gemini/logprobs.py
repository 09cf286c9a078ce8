"""The log probabilities of an answer's tokens, both ways. Source: ai.google.dev/api/generate-content#LogprobsResult."""

from __future__ import annotations

from pointsman.core.chat.response import TokenLogprob
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, float_or_none


def read_logprobs(candidate: JsonObject) -> tuple[TokenLogprob, ...]:
    """The chosen tokens, each with the likeliest in its place."""
    result = as_object(candidate.get("logprobsResult"))
    chosen, top = as_list(result.get("chosenCandidates")), as_list(result.get("topCandidates"))
    return tuple(_read_token(token, as_object(top[at] if at < len(top) else None)) for at, token in enumerate(chosen))


def _read_token(value: Json, top: JsonObject) -> TokenLogprob:
    token = as_object(value)
    alternatives = tuple(_read_token(item, {}) for item in as_list(top.get("candidates")))
    return TokenLogprob(
        as_text(token.get("token")), float_or_none(token.get("logProbability")) or 0.0, alternatives=alternatives
    )


def write_logprobs(tokens: tuple[TokenLogprob, ...]) -> JsonObject:
    """The fields of a candidate; none where nothing is known."""
    if not tokens:
        return {}
    chosen: list[Json] = [_write_token(token) for token in tokens]
    top: list[Json] = [{"candidates": [_write_token(item) for item in token.alternatives]} for token in tokens]
    mean = sum(token.logprob for token in tokens) / len(tokens)
    return {"avgLogprobs": mean, "logprobsResult": {"topCandidates": top, "chosenCandidates": chosen}}


def _write_token(token: TokenLogprob) -> JsonObject:
    return {"token": token.token, "logProbability": token.logprob}
