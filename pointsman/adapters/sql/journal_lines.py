"""The lines of a journal, written and read. It knows no files and no tables.

`[number, 0, id, accounts, picodollars, tokens, time, facts]` says that a call is under way, and
`[number, 1, ids, [[accounts, picodollars, tokens]], row]` that calls have ended, with the record that tells of it.

Another version of pointsman may read what this one has written, so reading is total. What is added at the end of a
line, of its facts or of its row is left out, and what is missing there is taken as it is by default; a line that means
something else has another kind, the second number, and whoever does not know it leaves it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import attrs

from pointsman.adapters.sql.usage_rows import Row, complete_row
from pointsman.core.json import Json, as_list, as_text
from pointsman.core.money.settlement import MOST, Amount
from pointsman.core.money.usage_record import NO_FACTS, CallFacts, CallKind

_OPENED, _ENDED = 0, 1
_KINDS: dict[str, CallKind] = {kind: kind for kind in get_args(CallKind)}


@attrs.frozen
class OpenedCall:
    """A call under way, and what is reserved for it."""

    id: str
    accounts: tuple[str, ...]
    amount: Amount
    time: float
    facts: CallFacts
    number: int = 0


@attrs.frozen
class EndedCalls:
    """Calls that have ended, what is booked in which accounts, and the row of the record that tells of it."""

    ids: tuple[str, ...]
    books: tuple[tuple[tuple[str, ...], Amount], ...]
    row: Row | None
    number: int = 0


def write_opened(id: str, accounts: Sequence[str], amount: Amount, time: float, facts: CallFacts) -> list[Json]:
    """The line that says that a call is under way, without its number."""
    told: list[Json] = [facts.kind, facts.provider, facts.model, facts.task, facts.tenant, facts.conversation]
    return [_OPENED, id, list(accounts), amount.picodollars, amount.tokens, time, [*told, list(facts.tags)]]


def write_ended(ids: Sequence[str], books: Sequence[tuple[Sequence[str], Amount]], row: Row | None) -> list[Json]:
    """The line that says that calls have ended, without its number."""
    lines: list[Json] = [[list(keys), amount.picodollars, amount.tokens] for keys, amount in books]
    return [_ENDED, list(ids), lines, None if row is None else list(row)]


def read_line(line: Json, *, number: int | None = None) -> OpenedCall | EndedCalls | None:
    """What `line` says; None where that cannot be known. `number` is that of a line which has none."""
    match line if number is None else [number, *as_list(line)]:
        case [int(found), 0, str(id), list(keys), pico, tokens, int() | float() as time, list(facts), *_]:
            accounts, amount = _texts(keys), _amount(pico, tokens)
            if accounts is not None and amount is not None:
                return OpenedCall(id, accounts, amount, float(time), _facts(facts), found)
        case [int(found), 1, list(ids), list(booked), row, *_]:
            names, books = _texts(ids), [_book(one) for one in booked]
            complete = complete_row(row) if isinstance(row, list) else None
            if names is not None and None not in books and (row is None or complete is not None):
                return EndedCalls(names, tuple(one for one in books if one is not None), complete, found)
        case _:
            pass
    return None


def _book(line: Json) -> tuple[tuple[str, ...], Amount] | None:
    match line:
        case [list(keys), pico, tokens, *_]:
            accounts, amount = _texts(keys), _amount(pico, tokens)
            return None if accounts is None or amount is None else (accounts, amount)
        case _:
            return None


def _amount(picodollars: Json, tokens: Json) -> Amount | None:
    if type(picodollars) is int and type(tokens) is int and max(abs(picodollars), abs(tokens)) <= MOST:
        return Amount(picodollars, tokens)
    return None


def _texts(items: list[Json]) -> tuple[str, ...] | None:
    return tuple(as_text(item) for item in items) if all(isinstance(item, str) for item in items) else None


def _facts(items: list[Json]) -> CallFacts:
    kind, provider, model, task, tenant, conversation, tags = [*items, *[None] * 7][:7]
    names = (as_text(provider), as_text(model), as_text(task), as_text(tenant), as_text(conversation))
    return CallFacts(_KINDS.get(as_text(kind), NO_FACTS.kind), *names, tuple(as_text(tag) for tag in as_list(tags)))
