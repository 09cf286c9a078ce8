"""Whether a response is an answer: judged in one place, and summed in one place."""

from __future__ import annotations

import attrs
import pytest

from pointsman import ChatRequest, ChatResponse, ModelUnavailable, Usage, ask
from pointsman.core.chat.part import Part, Reasoning, Refusal, Text, ToolCall
from pointsman.core.chat.response import Finish, FinishReason, Other, Warning, response_of
from pointsman.core.chat.running_total import RunningTotal
from pointsman.core.chat.tool import ResponseSchema
from pointsman.core.chat.verdict import Verdict, judge

SCHEMA = ResponseSchema({"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]})
TYPED = attrs.evolve(ask("m", "q"), response_schema=SCHEMA)
JSON = attrs.evolve(ask("m", "q"), json_mode=True)


@pytest.mark.parametrize(
    ("parts", "finish", "verdict"),
    [
        ((Text("yes"),), Finish.STOP, Verdict.WHOLE),
        ((Text("yes"),), Finish.LENGTH, Verdict.CUT_OFF),
        ((Text("yes"),), Finish.CONTEXT_FULL, Verdict.CUT_OFF),
        ((Text("yes"),), Finish.PAUSED, Verdict.PAUSED),
        ((Text("yes"),), Finish.CONTENT_FILTER, Verdict.FILTERED),
        ((Text("no"),), Finish.REFUSAL, Verdict.REFUSED),
        ((Refusal("no"),), Finish.STOP, Verdict.REFUSED),
        ((ToolCall("1", "f", "{}"),), Finish.TOOL_CALLS, Verdict.CALLS),
        ((Text(" \n"),), Finish.STOP, Verdict.EMPTY),
        ((Reasoning("hm"),), Finish.STOP, Verdict.EMPTY),
        ((Text("yes"),), Other("eos"), Verdict.UNKNOWN),
        ((Text("yes"),), None, Verdict.UNKNOWN),
    ],
)
def test_what_a_response_is_shows_by_its_end_and_its_parts(
    parts: tuple[Part, ...], finish: FinishReason | None, verdict: Verdict
) -> None:
    assert judge(ChatResponse(parts=parts, finish_reason=finish)) is verdict


@pytest.mark.parametrize(
    ("request_", "text", "verdict"),
    [
        (TYPED, '{"x": 1}', Verdict.WHOLE),
        (TYPED, '```json\n{"x": 1}\n```', Verdict.WHOLE),
        (TYPED, '{"x": 1.0}', Verdict.WHOLE),
        (TYPED, '{"x": "one"}', Verdict.MISFIT),
        (TYPED, "no JSON", Verdict.MISFIT),
        (JSON, '{"any": 1}', Verdict.WHOLE),
        (JSON, "[1]", Verdict.MISFIT),
    ],
)
def test_an_answer_has_the_form_that_was_asked_for(request_: ChatRequest, text: str, verdict: Verdict) -> None:
    assert judge(ChatResponse(parts=(Text(text),), finish_reason=Finish.STOP), request_) is verdict


def test_tries_are_summed_and_an_error_says_what_was_paid_before_it() -> None:
    total = RunningTotal()
    warned = Warning("a", "b")
    total.take(ChatResponse(usage=Usage(1, 2), latency_ms=3.0, warnings=(warned,)))
    total.take(ChatResponse(usage=Usage(10, 20), latency_ms=30.0, warnings=(warned,)))
    whole = total.put_on(ChatResponse(parts=(Text("last"),)))
    assert (whole.text, whole.usage.input, whole.usage.output, whole.latency_ms) == ("last", 11, 22, 33.0)
    assert whole.warnings == (warned,)
    error = total.blame(ModelUnavailable(detail="down"))
    came = response_of(error)
    assert came is not None
    assert came.usage.total == 33
    assert "last" not in repr(error)


def test_an_error_at_the_first_try_stays_as_it_is() -> None:
    error = ModelUnavailable(detail="down")
    assert RunningTotal().blame(error) is error
