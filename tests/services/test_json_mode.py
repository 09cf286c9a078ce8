"""JSON mode: what an answer must be, and what becomes of one that is not."""

from __future__ import annotations

import attrs
import pytest
from returns.result import Success

from pointsman import ChatRequest, ChatResponse, ask, settle
from pointsman.core.chat.event import Done
from pointsman.core.chat.original import OriginalResponse
from pointsman.core.chat.part import Text, ToolCall
from pointsman.core.chat.response import Finish
from pointsman.services.middleware.json_mode import JsonMode
from pointsman.testing import ScriptedClient
from tests.managed import answer

ASKED: ChatRequest = attrs.evolve(ask("m", "As JSON, please"), json_mode=True)


async def asked(*replies: str | ChatResponse, request: ChatRequest = ASKED) -> tuple[ChatResponse, ScriptedClient]:
    inner = ScriptedClient(replies)
    result = await settle(JsonMode(inner).chat(request))
    assert isinstance(result, Success)
    return result.unwrap(), inner


async def test_an_object_is_given_as_it_is() -> None:
    response, inner = await asked('{"a": 1}')
    assert (response.text, len(inner.requests), response.warnings) == ('{"a": 1}', 1, ())


async def test_fences_around_an_object_are_taken_off() -> None:
    response, inner = await asked('```json\n{"a": 1}\n```')
    assert (response.text, len(inner.requests)) == ('{"a": 1}', 1)


@pytest.mark.parametrize("first", ["Sure! Here it is.", "[1, 2]", '{"a": '])
async def test_what_is_no_object_is_asked_for_once_more_and_both_rounds_are_paid(first: str) -> None:
    response, inner = await asked(answer(first), answer('{"a": 1}'))
    assert response.text == '{"a": 1}'
    assert (response.usage.input, response.usage.output) == (200, 200)
    again = inner.requests[1].messages
    assert [message.role for message in again] == ["user", "assistant", "user"]
    assert again[1].text == first


async def test_what_is_no_object_twice_is_given_with_a_warning() -> None:
    response, inner = await asked("one", "two")
    assert (response.text, len(inner.requests)) == ("two", 2)
    assert [warning.subject for warning in response.warnings] == ["json_mode"]


async def test_an_answer_that_was_cut_off_is_not_asked_for_again() -> None:
    response, inner = await asked(attrs.evolve(answer('{"a": '), finish_reason=Finish.LENGTH))
    assert len(inner.requests) == 1
    assert [warning.subject for warning in response.warnings] == ["json_mode"]


async def test_calls_of_tools_are_no_answer_yet() -> None:
    call = ToolCall("c", "look", "{}")
    response, inner = await asked(attrs.evolve(answer(""), parts=(call,), finish_reason=Finish.TOOL_CALLS))
    assert (response.tool_calls, len(inner.requests)) == ((call,), 1)


async def test_an_answer_that_goes_back_as_its_vendor_gave_it_is_not_touched() -> None:
    original = OriginalResponse("openai-chat", b"{}")
    response, inner = await asked(attrs.evolve(answer("```\n{}\n```"), original=original))
    assert (response.text, len(inner.requests)) == ("```\n{}\n```", 1)


async def test_without_json_mode_nothing_is_checked() -> None:
    response, inner = await asked("Hello", request=ask("m", "Hi"))
    assert (response.parts, len(inner.requests)) == ((Text("Hello"),), 1)


async def test_a_stream_that_is_no_object_ends_with_a_warning() -> None:
    async with JsonMode(ScriptedClient(["Hello"])).stream(ASKED) as events:
        ends = [event async for event in events if isinstance(event, Done)]
    assert [warning.subject for warning in ends[0].response.warnings] == ["json_mode"]
