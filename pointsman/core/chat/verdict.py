"""Whether a response is an answer, and if not, what it is instead: the one place that judges. Pure.

The cache, typed answers, summaries and conversations all ask here, so that a kind of failed answer that one of them
knows is known to all.
"""

from __future__ import annotations

from enum import StrEnum

from returns.result import Failure

from pointsman.core.chat.part import Reasoning, Refusal, Text, ToolCall
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, Finish
from pointsman.core.json import loads, without_fence
from pointsman.core.schema.fit import fits
from pointsman.core.schema.read_back import read_back


class Verdict(StrEnum):
    """What a response is."""

    WHOLE = "whole"
    """An answer that ended by itself."""
    CALLS = "calls"
    """Calls of tools, whole: the answer is still to come."""
    CUT_OFF = "cut off"
    """It reached the output limit, or the end of the context."""
    PAUSED = "paused"
    """The provider wants to be asked to go on."""
    FILTERED = "filtered"
    REFUSED = "refused"
    EMPTY = "empty"
    """Nothing in it that could be shown or read."""
    MISFIT = "misfit"
    """Not the JSON that the request asked for."""
    UNKNOWN = "unknown"
    """There is something, and the provider has not said why it ended, or in words of its own."""

    @property
    def is_kept(self) -> bool:
        """Whether it may stand for the answer later: in a cache."""
        return self in (Verdict.WHOLE, Verdict.CALLS)

    @property
    def is_read(self) -> bool:
        """Whether its text may be read as the answer now."""
        return self in (Verdict.WHOLE, Verdict.UNKNOWN, Verdict.MISFIT)


_BY_FINISH: dict[object, Verdict] = {
    Finish.LENGTH: Verdict.CUT_OFF,
    Finish.CONTEXT_FULL: Verdict.CUT_OFF,
    Finish.PAUSED: Verdict.PAUSED,
    Finish.CONTENT_FILTER: Verdict.FILTERED,
    Finish.REFUSAL: Verdict.REFUSED,
}


def judge(response: ChatResponse, request: ChatRequest | None = None) -> Verdict:
    """What `response` is; with its `request`, also whether it has the form that was asked for.

    Of a schema only the shape is looked at, in time that grows with the answer: patterns and ranges may come from
    strangers, and whoever reads the answer as a type checks them.
    """
    if response.finish_reason in _BY_FINISH:
        return _BY_FINISH[response.finish_reason]
    calls, is_empty = False, True
    for part in response.parts:
        if isinstance(part, Text):
            is_empty = is_empty and not part.text.strip()
        elif isinstance(part, Refusal) and part.text:
            return Verdict.REFUSED
        elif isinstance(part, ToolCall):
            calls = True
        elif not isinstance(part, Reasoning):
            is_empty = False
    if calls:
        return Verdict.CALLS
    if is_empty:
        return Verdict.EMPTY
    if request is not None and not _has_form(response, request):
        return Verdict.MISFIT
    return Verdict.WHOLE if response.finish_reason in (Finish.STOP, Finish.TOOL_CALLS) else Verdict.UNKNOWN


def _has_form(response: ChatResponse, request: ChatRequest) -> bool:
    wanted = request.response_schema
    if wanted is None and not request.json_mode:
        return True
    read = loads(without_fence(response.text))
    if isinstance(read, Failure):
        return False
    if wanted is None:
        return isinstance(read.unwrap(), dict)
    schema = wanted.schema
    return fits(schema, read_back(schema, read.unwrap()), schema, bounds=False)
