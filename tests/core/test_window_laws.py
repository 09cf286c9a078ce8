"""Whatever was said, in whatever order: what a model is told is whole, fits, and is told in its order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from returns.result import Failure

from pointsman.core.chat.message import Message, assistant, system, tool, user
from pointsman.core.chat.part import Opaque, Part, Reasoning, Text, ToolCall, ToolResult
from pointsman.core.conversations.conversation import Entry, messages_of
from pointsman.core.conversations.window import CHOOSERS, WindowStrategy, fit, turns_of
from pointsman.core.error import ContextTooLarge

IDS = st.sampled_from("abc")
words = st.text("xyz", max_size=12)
states = st.none() | st.just(Opaque("anthropic", "signature", "s"))
calls = st.builds(ToolCall, IDS, st.just("look"), st.just("{}"), states)
results = st.builds(ToolResult, IDS, st.just("look"), words.map(lambda text: (Text(text),)))
answers = st.lists(st.one_of(st.builds(Text, words, states), st.builds(Reasoning, words, states), calls), max_size=4)
anything = st.one_of(
    words.map(user),
    words.map(system),
    answers.map(lambda parts: Message("assistant", tuple(parts))),
    st.lists(results, min_size=1, max_size=2).map(lambda parts: Message("tool", tuple(parts))),
)
"""A message of any kind: calls without results, results without calls, doubled ids, empty ones, opaque state."""
dialogues = st.lists(anything, max_size=16)


@st.composite
def orderly(draw: st.DrawFn) -> list[Message]:
    """A dialogue as it should be: each call has its result right behind the message that calls."""
    told: list[Message] = []
    for _ in range(draw(st.integers(1, 5))):
        told.append(user(draw(words) + "?"))
        asked = draw(st.lists(calls, max_size=3))
        if asked:
            told += [Message("assistant", tuple(asked)), *(tool(call, "r") for call in asked)]
        told.append(assistant(draw(words) + "!"))
    return told


def entries(messages: Sequence[Message]) -> list[Entry]:
    return [Entry(id=str(number), message=message, time=0.0) for number, message in enumerate(messages)]


def count(message: Message) -> int:
    return 3 + sum(len(part.text) if isinstance(part, (Text, Reasoning)) else 5 for part in message.parts)


def torn(messages: Sequence[Message]) -> list[str]:
    """Ids of the calls without a result, and of the results without a call of the answer before them."""
    waiting: Counter[str] = Counter()
    found: list[str] = []
    for message in messages:
        got = [part.call_id for part in message.parts if isinstance(part, ToolResult)]
        if not got:
            found += waiting.elements()
            waiting = Counter(call.id for call in message.tool_calls)
        for id in got:
            found += [] if waiting[id] else [id]
            waiting[id] -= 1
    return [*found, *waiting.elements()]


def said(message: Message) -> list[Part]:
    return [part for part in message.parts if isinstance(part, Text) and part.text]


CALL = ToolCall("a", "look", "{}")


@settings(deadline=None)
@given(dialogues)
@example([assistant(CALL), user("wait"), tool(CALL, "late")])
@example([assistant(CALL), user("go on"), assistant(CALL), tool(CALL, "r")])
@example([assistant(CALL), tool(CALL, "r"), tool(CALL, "again")])
@example([assistant(CALL, CALL), tool(CALL, "r")])
def test_no_call_and_no_result_is_told_alone(messages: list[Message]) -> None:
    told = messages_of(entries(messages))
    assert torn(told) == []
    assert messages_of(entries(told)) == told
    for message in told:
        assert any(not isinstance(part, Reasoning) and part != Text("") for part in message.parts)


@settings(deadline=None)
@given(dialogues)
def test_all_that_was_said_is_told_in_its_order(messages: list[Message]) -> None:
    told = messages_of(entries(messages))
    assert [part for message in told for part in said(message)] == [part for one in messages for part in said(one)]
    rest = iter(messages)
    assert all(any(set(one.parts) <= set(m.parts) and one.role == m.role for m in rest) for one in told)


@settings(deadline=None)
@given(orderly())
def test_of_an_orderly_dialogue_nothing_is_kept_back(messages: list[Message]) -> None:
    assert list(messages_of(entries(messages))) == messages


@settings(deadline=None)
@given(orderly())
def test_the_result_of_the_last_call_may_be_what_is_new(messages: list[Message]) -> None:
    kept = [*messages, user("?"), assistant("so", CALL)]
    new = [tool(CALL, "r"), user("and then?")]
    assert list(messages_of(entries(kept), new)) == kept
    assert messages_of(entries(kept), [user("never mind")])[-1] == assistant("so")


@settings(deadline=None)
@given(dialogues, st.integers(0, 3), st.integers(0, 250), st.sampled_from(sorted(CHOOSERS)))
def test_what_fits_is_whole_in_order_and_the_same_when_fitted_again(
    messages: list[Message], new: int, room: int, strategy: WindowStrategy
) -> None:
    told = messages_of(entries(messages))
    before = list(told)
    fixed_messages, turns = turns_of(told, new)
    fixed = sum(map(count, (*fixed_messages, *(turns[-1] if turns else ()))))
    result = fit(told, room, count, CHOOSERS[strategy], new)
    assert list(told) == before
    if isinstance(result, Failure):
        error = result.failure()
        assert isinstance(error, ContextTooLarge)
        assert error.token_count is not None
        assert error.limit == room < error.token_count <= fixed
        return
    fitted = result.unwrap()
    assert sum(map(count, fitted.messages)) == fitted.tokens <= room
    assert torn(fitted.messages) == []
    rest = iter(told)
    assert all(any(one is other for other in rest) for one in fitted.messages)
    assert [m for m in fitted.messages if m.role == "system"] == [m for m in told if m.role == "system"]
    if turns:
        (*_, latest) = turns_of(fitted.messages, new)[1]
        assert latest[-1] is turns[-1][-1]
        if fitted.rounds_left_out:
            assert all(m.role in ("assistant", "tool") for m in turns[-1] if not any(m is other for other in latest))
        else:
            assert latest == turns[-1]
    assert fitted.left_out == len(turns) - len(turns_of(fitted.messages, new)[1])
    again = fit(fitted.messages, room, count, CHOOSERS[strategy], new).unwrap()
    assert (again.messages, again.left_out) == (fitted.messages, 0)


@pytest.mark.parametrize("strategy", sorted(CHOOSERS))
def test_questions_that_nobody_answered_do_not_stay_for_ever(strategy: WindowStrategy) -> None:
    unanswered = [user("x" * 60), user("y" * 60)]
    fitted = fit([*unanswered, user("short"), user("shorter")], 100, count, CHOOSERS[strategy], new=2).unwrap()
    assert [message.text for message in fitted.messages] == ["short", "shorter"]
    together = fit([*unanswered, user("short")], 100, count, CHOOSERS[strategy])
    assert isinstance(together, Failure)
