"""Fitting a conversation into a window: never over the limit, never a parted pair, never a lost latest turn."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure

from pointsman.core.chat.message import Message, assistant, system, tool, user
from pointsman.core.chat.part import Text, ToolCall, ToolResult
from pointsman.core.conversations.conversation import Entry, messages_of, title_of
from pointsman.core.conversations.window import CHOOSERS, Chooser, Turn, fit, old_rounds, turns_of

CALL = ToolCall("1", "look", "{}")


def count(message: Message) -> int:
    """Three tokens for the frame and one for each letter."""
    return 3 + sum(len(part.text) if isinstance(part, Text) else 5 for part in message.parts)


def wild(turns: Sequence[Turn], sizes: Sequence[int], room: int) -> list[int]:
    """A chooser that asks for everything, twice, and for what is not there."""
    return [*range(len(turns) + 5), *range(-3, len(turns))]


words = st.text("ab", max_size=30)
turns = st.lists(
    st.one_of(
        st.tuples(st.builds(user, words), st.builds(assistant, words)),
        st.builds(lambda a, b: (user(a), Message("assistant", (CALL,)), tool(CALL, b), assistant(a)), words, words),
        st.builds(lambda a: (user(a), user(a)), words),
    ),
    min_size=1,
    max_size=12,
)
choosers = st.sampled_from([*CHOOSERS.values(), wild])


@given(turns=turns, standing=st.lists(st.builds(system, words), max_size=2), room=st.integers(0, 600), choose=choosers)
def test_what_fits_is_whole_turns_in_their_order_with_the_latest(
    turns: list[Turn], standing: list[Message], room: int, choose: Chooser
) -> None:
    messages = [*standing, *(message for turn in turns for message in turn)]
    latest = turns_of(messages)[1][-1]
    without_tools = tuple(one for one in latest if one.role != "tool" and CALL not in one.parts)
    least = sum(map(count, (*standing, *without_tools)))
    whole = sum(map(count, (*standing, *latest)))
    result = fit(messages, room, count, choose)
    if isinstance(result, Failure):
        error = result.failure()
        assert least > room
        assert (error.token_count, error.limit) == (least, room)
        return
    fitted = result.unwrap()
    assert sum(map(count, fitted.messages)) == fitted.tokens <= room
    assert list(fitted.messages[: len(standing)]) == standing
    _, before = turns_of(messages)
    _, after = turns_of(fitted.messages)
    assert after[-1] == (latest if whole <= room else without_tools)  # there is one round in a turn here, or none
    rest = iter((*before[:-1], after[-1]))
    assert all(turn in rest for turn in after)
    assert len(before) - len(after) == fitted.left_out
    calls = {part.id for message in fitted.messages for part in message.parts if isinstance(part, ToolCall)}
    results = {part.call_id for message in fitted.messages for part in message.parts if isinstance(part, ToolResult)}
    assert calls == results


def round_of(number: int, size: int = 20) -> tuple[Message, Message]:
    call = ToolCall(str(number), "look", "{}")
    return Message("assistant", (call,)), tool(call, "x" * size)


def numbers(messages: Sequence[Message]) -> list[str]:
    """The rounds in `messages`, by the ids of their calls."""
    return [part.id for message in messages for part in message.parts if isinstance(part, ToolCall)]


def test_of_a_latest_turn_that_is_too_long_the_oldest_rounds_go_in_pairs() -> None:
    rounds = [message for number in range(5) for message in round_of(number)]
    talk = [user("a" * 10), assistant("b"), user("c" * 10), *rounds, assistant("d")]
    assert (sum(map(count, talk)), sum(map(count, rounds[:2]))) == (114, 16)
    fitted = fit(talk, 70, count).unwrap()
    assert numbers(fitted.messages) == ["2", "3", "4"]
    assert fitted.messages[0] == talk[2]  # the turns before it have gone first
    assert (fitted.left_out, fitted.rounds_left_out) == (1, 2)
    assert sum(map(count, fitted.messages)) == fitted.tokens <= 70
    assert numbers(fit(talk, 200, count).unwrap().messages) == ["0", "1", "2", "3", "4"]


def test_what_is_to_be_answered_and_what_has_no_pair_stays() -> None:
    call, result = round_of(9)
    talk = [user("a"), *round_of(1), call, result]
    fitted = fit(talk, 21, count, new=1).unwrap()  # the last result is new, so its call stays, too
    assert fitted.messages == (user("a"), call, result)
    two = ToolCall("1", "look", "{}"), ToolCall("2", "look", "{}")
    torn = [user("a" * 50), Message("assistant", two), tool(two[0], "r"), assistant("so")]
    assert isinstance(fit(torn, 20, count), Failure)
    assert old_rounds(torn, 10**6, count) == ()


@given(turns=turns)
def test_with_room_enough_nothing_is_left_out(turns: list[Turn]) -> None:
    messages = [message for turn in turns for message in turn]
    for choose in CHOOSERS.values():
        fitted = fit(messages, 10**6, count, choose).unwrap()
        assert (list(fitted.messages), fitted.left_out) == (messages, 0)


def test_the_oldest_go_first_and_middle_out_keeps_the_first() -> None:
    messages = [user(f"{number}" * 7) for number in range(5)]
    talk = [message for one in messages for message in (one, assistant("x" * 7))]
    by_age = fit(talk, 60, count, CHOOSERS["truncate_oldest"]).unwrap()
    outwards = fit(talk, 60, count, CHOOSERS["middle_out"]).unwrap()
    assert [m.text[0] for m in by_age.messages if m.role == "user"] == ["2", "3", "4"]
    assert [m.text[0] for m in outwards.messages if m.role == "user"] == ["0", "3", "4"]


def entry(message: Message) -> Entry:
    return Entry(id="e", message=message, time=0.0)


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ([user("hi"), assistant()], [user("hi")]),
        ([user("hi"), assistant("")], [user("hi")]),
        ([user("hi"), assistant("so", CALL)], [user("hi"), assistant("so")]),
        ([user("hi"), Message("assistant", (CALL,))], [user("hi")]),
        ([Message("assistant", (CALL,)), tool(CALL, "r")], [Message("assistant", (CALL,)), tool(CALL, "r")]),
        ([tool(CALL, "r"), user("hi")], [user("hi")]),
    ],
)
def test_a_model_is_told_no_empty_answer_and_no_half_of_a_pair(kept: list[Message], told: list[Message]) -> None:
    assert list(messages_of([entry(message) for message in kept])) == told


def test_titles() -> None:
    assert title_of("\n  Which way?  \nmore") == "Which way?"
    assert title_of("x" * 100) == "x" * 59 + "…"
    assert title_of("") == ""
    quoted = '<document name="note.md" title="Trains">\n# Trains\n\n</document>'
    assert title_of(f"{quoted}\n{quoted}\nWhen does it leave?") == "When does it leave?"
    assert title_of(quoted) == "note.md"
