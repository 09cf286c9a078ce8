"""Fitting a conversation into a model's window, by whole turns. Pure: how many tokens a message has is given.

A turn is a user message with all that follows it, so a tool call and its result, and an answer and its opaque state,
are never parted. System messages and the latest turn always stay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.message import Message
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
    numbered = zip(messages, _number_turns(messages, new), strict=True)
    fitted = tuple(message for message, number in numbered if number in staying)
    tokens = fixed + sum(sizes[number] for number in kept)
    return Success(FittedMessages(messages=fitted, tokens=tokens, left_out=len(turns) - len(kept) - bool(turns)))


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
