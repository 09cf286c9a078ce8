"""Fitting a conversation into a model's window, by whole turns. Pure: how many tokens a message has is given.

A turn is a user message with all that follows it, so a tool call and its result, and an answer and its opaque state,
are never parted. System messages and the latest turn always stay; where that alone is too long, its oldest rounds of
tools go, each a call with its results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count as count_up
from typing import Literal, TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.message import Message
from pointsman.core.chat.part import ToolCall, ToolResult
from pointsman.core.error import ContextTooLarge

Turn: TypeAlias = tuple[Message, ...]
Count: TypeAlias = Callable[[Message], int]
Chooser: TypeAlias = Callable[[Sequence[Turn], Sequence[int], int], Sequence[int]]
"""Which turns stay, by their numbers: given the turns, their tokens, and how many tokens there is room for. The last
turn is not among them: it stays anyway."""
WindowStrategy: TypeAlias = Literal["truncate_oldest", "middle_out", "summarize"]


@attrs.frozen(kw_only=True)
class FittedMessages:
    """The messages that fit, how many tokens they have, and how many turns were left out."""

    messages: tuple[Message, ...]
    tokens: int
    left_out: int
    rounds_left_out: int = 0
    """Rounds of tools that had no room in the latest turn."""


def turns_of(messages: Sequence[Message], new: int = 0) -> tuple[tuple[Message, ...], tuple[Turn, ...]]:
    """The system messages, and the rest in turns. What comes before the first user message is a turn of its own.

    User messages that follow each other are one turn. The last `new` messages are never parted, and join no turn that
    the user began before and nobody has answered.
    """
    turns: dict[int, list[Message]] = {}
    standing: list[Message] = []
    for message, number in zip(messages, _number_turns(messages, new), strict=True):
        (standing if number is None else turns.setdefault(number, [])).append(message)
    return tuple(standing), tuple(tuple(turn) for turn in turns.values())


def _number_turns(messages: Sequence[Message], new: int) -> list[int | None]:
    """Of each message the number of its turn, from 0; None for a system message."""
    numbers: list[int | None] = []
    number, before, first = -1, "", len(messages) - new
    for place, message in enumerate(messages):
        if message.role == "system":
            numbers.append(None)
            continue
        begins = place <= first and (before != "user" or place == first)
        if number < 0 or (message.role == "user" and begins):
            number += 1
        numbers.append(number)
        before = message.role
    return numbers


def fit(
    messages: Sequence[Message], room: int, count: Count, choose: Chooser | None = None, new: int = 0
) -> Result[FittedMessages, ContextTooLarge]:
    """The messages that have at most `room` tokens together, in their order; or what does not fit, with numbers.

    The last `new` are those that are to be answered.
    """
    standing, turns = turns_of(messages, new)
    sizes = [sum(map(count, turn)) for turn in turns]
    fixed = sum(map(count, standing)) + (sizes[-1] if sizes else 0)
    rounds = old_rounds(turns[-1], fixed - room, count, new) if turns else ()
    gone = {place for start, end in rounds for place in range(start, end)}
    fixed -= sum(count(turns[-1][place]) for place in gone)
    if fixed > room:
        return Failure(
            ContextTooLarge(
                detail=f"instructions and latest turn have about {fixed:,} tokens, and there is room for {room:,}",
                token_count=fixed,
                limit=room,
                local=True,
            )
        )
    chosen = (choose or truncate_oldest)(turns[:-1], sizes[:-1], room - fixed)
    kept = _within(chosen, sizes, room - fixed)
    staying = {*kept, len(turns) - 1, None}
    numbers, latest = _number_turns(messages, new), count_up()
    fitted = tuple(
        message
        for message, number in zip(messages, numbers, strict=True)
        if number in staying and not (number == len(turns) - 1 and next(latest) in gone)
    )
    tokens = fixed + sum(sizes[number] for number in kept)
    left_out = len(turns) - len(kept) - bool(turns)
    return Success(FittedMessages(messages=fitted, tokens=tokens, left_out=left_out, rounds_left_out=len(rounds)))


def old_rounds(messages: Sequence[Message], excess: int, count: Count, spared: int = 0) -> tuple[tuple[int, int], ...]:
    """The oldest rounds of tools without which `messages` have `excess` tokens less; as many as there are, if not.

    Each is given as the places from its call to after its results. A round that is not whole, or has one of the last
    `spared` messages, is none: a call without its result, or a result without its call, is refused by providers. Nor is
    one with which the messages end: it is what is to be answered.
    """
    rounds: list[tuple[int, int]] = []
    for start, end in rounds_of(messages[: len(messages) - spared]):
        if excess <= 0 or end == len(messages):
            break
        excess -= sum(map(count, messages[start:end]))
        rounds.append((start, end))
    return tuple(rounds)


def rounds_of(messages: Sequence[Message]) -> Iterator[tuple[int, int]]:
    """From where to where the rounds in `messages` are: an answer that calls tools, and then all their results only."""
    for start, message in enumerate(messages):
        calls = {part.id for part in message.parts if isinstance(part, ToolCall)}
        if message.role != "assistant" or not calls:
            continue
        end = start + 1
        while end < len(messages) and messages[end].role == "tool":
            end += 1
        parts = [part for result in messages[start + 1 : end] for part in result.parts]
        if {part.call_id for part in parts if isinstance(part, ToolResult)} == calls:
            yield start, end


def _within(chosen: Sequence[int], sizes: Sequence[int], room: int) -> set[int]:
    """The turns that were chosen, as far as there is room: a chooser of one's own may be wrong."""
    kept: set[int] = set()
    for number in chosen:
        if 0 <= number < len(sizes) - 1 and number not in kept and sizes[number] <= room:
            kept.add(number)
            room -= sizes[number]
    return kept


def truncate_oldest(turns: Sequence[Turn], sizes: Sequence[int], room: int) -> list[int]:
    """The latest turns, without a gap."""
    kept: list[int] = []
    for number in range(len(turns) - 1, -1, -1):
        room -= sizes[number]
        if room < 0:
            break
        kept.append(number)
    return kept


def middle_out(turns: Sequence[Turn], sizes: Sequence[int], room: int) -> list[int]:
    """The first turn, which often says what it is all about, and then the latest ones."""
    if not turns or sizes[0] > room:
        return truncate_oldest(turns, sizes, room)
    rest = truncate_oldest(turns[1:], sizes[1:], room - sizes[0])
    return [0, *(number + 1 for number in rest)]


CHOOSERS: dict[WindowStrategy, Chooser] = {
    "truncate_oldest": truncate_oldest,
    "middle_out": middle_out,
    "summarize": truncate_oldest,
}
"""`summarize` leaves out the oldest too; what it leaves out has been summarised before, and the summary stands in the
system messages."""


def fair_shares(sizes: Sequence[int], room: int) -> list[int]:
    """Of each of `sizes` how much may stay, so that all have `room` together: what is small stays whole."""
    shares, left = dict[int, int](), max(0, room)
    for place, number in enumerate(sorted(range(len(sizes)), key=lambda number: sizes[number])):
        shares[number] = min(sizes[number], left // (len(sizes) - place))
        left -= shares[number]
    return [shares[number] for number in range(len(sizes))]
