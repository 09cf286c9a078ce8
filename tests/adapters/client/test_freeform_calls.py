"""Calls of functions that stood in for freeform tools, read back as text."""

from __future__ import annotations

from pointsman.adapters.client.freeform_calls import restore_calls
from pointsman.core.chat.part import ToolCall
from pointsman.core.chat.response import ChatResponse, Choice


def test_the_calls_of_all_choices_are_read_back() -> None:
    call = ToolCall("c1", "patch", '{"input":"*** Begin"}')
    response = ChatResponse(parts=(call,), choices=(Choice(parts=(call,)),))
    restored = restore_calls(response, frozenset({"patch"}))
    assert restored.parts == restored.choices[0].parts == (ToolCall("c1", "patch", "*** Begin", freeform=True),)
