"""Conversations as lines for fine-tuning: what vendors refuse is not in them."""

from __future__ import annotations

import json
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.chat.message import Message, assistant, tool, user
from pointsman.core.chat.part import Text, ToolCall
from pointsman.core.conversations.conversation import Conversation, Dialogue, Entry, Status
from pointsman.core.conversations.conversation_text import fine_tuning

CALL = ToolCall("c1", "clock", '{"zone": "UTC"}')
TALK = Conversation(id="c", created=0.0, updated=0.0, system="Be brief.")


def dialogue(*messages: Message, status: Status = "complete") -> Dialogue:
    entries = tuple(Entry(id=str(at), message=one, time=0.0) for at, one in enumerate(messages))
    last = tuple(attrs.evolve(one, status=status) for one in entries[-1:])
    return Dialogue(conversation=TALK, entries=(*entries[:-1], *last))


def line(found: Dialogue) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(fine_tuning(found))
    return read


def roles(found: Dialogue) -> list[str]:
    return [message["role"] for message in line(found)["messages"]]


def test_questions_and_answers_take_turns_and_an_answer_is_last() -> None:
    found = dialogue(assistant("Hi"), user("a"), user("b"), assistant("c"), assistant("d"), user("e"))
    assert line(found) == {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "a\n\nb"},
            {"role": "assistant", "content": "c\n\nd"},
        ]
    }


def test_calls_stand_with_their_results_and_are_declared() -> None:
    found = dialogue(
        user("Time?"), Message("assistant", (Text("Let me see."), CALL)), tool(CALL, "10:00"), assistant("Ten.")
    )
    told = line(found)
    assert roles(found) == ["system", "user", "assistant", "tool", "assistant"]
    assert told["messages"][2]["tool_calls"] == [
        {"id": "c1", "type": "function", "function": {"name": "clock", "arguments": '{"zone": "UTC"}'}}
    ]
    assert told["messages"][3] == {"role": "tool", "tool_call_id": "c1", "content": "10:00"}
    parameters = {"type": "object", "properties": {"zone": {}}}
    assert told["tools"] == [{"type": "function", "function": {"name": "clock", "parameters": parameters}}]


def test_what_was_cut_off_is_not_learnt_and_without_a_whole_turn_there_is_no_line() -> None:
    assert fine_tuning(dialogue(user("a"), assistant("half"), status="partial")) == ""
    assert fine_tuning(dialogue(user("a"))) == ""
    assert fine_tuning(dialogue(user("a"), Message("assistant", (CALL,)))) == ""


_MESSAGES = st.sampled_from(
    [user("q"), assistant("a"), Message("assistant", (CALL,)), tool(CALL, "10:00"), assistant("")]
)


@given(st.lists(_MESSAGES, max_size=8))
def test_whatever_was_said_a_line_keeps_the_vendors_rules(messages: list[Message]) -> None:
    text = fine_tuning(dialogue(*messages)) if messages else ""
    if not text:
        return
    told = json.loads(text)["messages"][1:]
    assert told[0]["role"] == "user"
    assert told[-1]["role"] == "assistant"
    assert "tool_calls" not in told[-1]
    open_calls: list[str] = []
    for before, message in zip([{"role": ""}, *told], told, strict=False):
        if message["role"] == "tool":
            assert message["tool_call_id"] in open_calls
        else:
            assert message["role"] != before["role"] or "tool_calls" in before
        open_calls = [call["id"] for call in message.get("tool_calls", [])] or open_calls
