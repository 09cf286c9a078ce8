"""The parameters of the Responses API, a row each. Source: platform.openai.com/docs/api-reference/responses/create."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.adapters.dialects.openai_responses.tools import read_choice, write_choice
from pointsman.adapters.dialects.parameters import (
    Parameter,
    ParameterTable,
    flag,
    number,
    table_of,
    text,
    whole,
)
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.request import Bounds, ChatRequest, Thinking, Verbosity, bounds_problem, effort_named
from pointsman.core.json import Json, JsonObject, compact

ENCRYPTED = "reasoning.encrypted_content"
_LOGPROBS = "message.output_text.logprobs"
_Summary: TypeAlias = Literal["summary", "generate_summary"]
_SUMMARIES: tuple[_Summary, ...] = ("summary", "generate_summary")
_VERBOSITIES: dict[str, Verbosity] = {"low": "low", "medium": "medium", "high": "high"}


def _read_thinking(body: ObjectReader) -> Thinking | None:
    """The effort and whether a summary is wanted; how long the summary is to be has no place in our types."""
    reasoning = body.inner("reasoning")
    name = reasoning.text("effort")
    effort = effort_named(name)
    if name is not None and effort is None:
        reasoning.log.add_untranslated(reasoning.place("effort"))
    summaries = [reasoning.text(field) for field in _SUMMARIES]
    show = True if any(summaries) else None
    return None if effort is None and show is None else Thinking(effort, show=show)


def _write_thinking(thinking: Thinking, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    if thinking.budget is not None:
        unsupported.drop("thinking.budget", "this API takes an effort instead of a budget of reasoning tokens")
    reasoning = compact({"effort": thinking.effort, "summary": "auto" if thinking.show else None})
    include: JsonObject = {"include": [ENCRYPTED]}
    return {"reasoning": reasoning, **include} if reasoning else include


def _read_logprobs(body: ObjectReader) -> int | None:
    most = body.whole("top_logprobs")
    problem = bounds_problem("logprobs", most)
    if problem is not None:
        body.problem("top_logprobs", problem.removeprefix("logprobs: "))
    return 0 if most is None and _LOGPROBS in read_include(body) else most


def _write_logprobs(most: int, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    more: JsonObject = {"top_logprobs": most} if most else {}
    return {"include": [_LOGPROBS], **more}


def read_include(body: ObjectReader) -> list[Json]:
    """What is to be in the answer beside what always is."""
    return body.items("include")


def report_include(body: ObjectReader) -> None:
    """Report what of `include` has no place in our types."""
    for name in read_include(body):
        if name not in (ENCRYPTED, _LOGPROBS):
            body.log.add_untranslated(body.place("include"))


def _read_verbosity(body: ObjectReader) -> Verbosity | None:
    inner = body.inner("text")
    name = inner.text("verbosity")
    if name is not None and name not in _VERBOSITIES:
        inner.log.add_untranslated(inner.place("verbosity"))
    return None if name is None else _VERBOSITIES.get(name)


def _write_verbosity(verbosity: Verbosity, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    return {"text": {"verbosity": verbosity}}


def _read_metadata(body: ObjectReader) -> dict[str, str]:
    inner = body.inner("metadata")
    values = {name: inner.text(name) for name in inner.value}
    return {name: value for name, value in values.items() if value is not None}


PARAMETERS: ParameterTable = table_of(
    number("temperature", "temperature", Bounds(0, 2)),
    number("top_p", "top_p", Bounds(0, 1)),
    Parameter("logprobs", "top_logprobs", _read_logprobs, _write_logprobs, "0 to 20"),
    whole("max_tokens", "max_output_tokens", Bounds(16, whole=True)),
    Parameter("verbosity", "text.verbosity", _read_verbosity, _write_verbosity),
    text("service_tier", "service_tier"),
    Parameter("tool_choice", "tool_choice", read_choice, write_choice),
    flag("parallel_tools", "parallel_tool_calls"),
    Parameter("thinking", "reasoning", _read_thinking, _write_thinking, "an effort; no budget"),
    Parameter(
        "metadata", "metadata", _read_metadata, lambda metadata, request, unsupported: {"metadata": {**metadata}}
    ),
)
