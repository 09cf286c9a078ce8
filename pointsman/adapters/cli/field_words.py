"""`FIELD=VALUE` on the command line, as changes of a record; what keys and users have in common of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, get_args

from returns.result import Failure, Result, Success

from pointsman.core.error import InvalidRequest
from pointsman.core.money.budget import Period

_Change = TypeVar("_Change")


def read_changes(
    words: Sequence[str], readers: Mapping[str, Callable[[_Change, str], Result[_Change, str]]], change: _Change
) -> Result[tuple[_Change, frozenset[str]], InvalidRequest]:
    """`change` with what `words` say, and which fields they name; each reader puts the text of its field into it."""
    given = set[str]()
    for word in words:
        name, equals, text = word.partition("=")
        reader = readers.get(name)
        if reader is None or not equals:
            known = ", ".join(readers)
            return Failure(InvalidRequest(detail=f"{word!r} is not FIELD=VALUE; the fields are {known}", local=True))
        read = reader(change, text.strip())
        if isinstance(read, Failure):
            return Failure(InvalidRequest(detail=f"{name}: {read.failure()}", local=True))
        change = read.unwrap()
        given.add(name)
    return Success((change, frozenset(given)))


def read_period(text: str) -> Result[Period, str]:
    """The period of a budget."""
    known: dict[str, Period] = {one: one for one in get_args(Period)}
    period = known.get(text)
    if period is None:
        return Failure(f"{text!r} is not one of {', '.join(known)}")
    return Success(period)


def read_switch(text: str) -> Result[bool, str]:
    """Yes or no."""
    value = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}.get(text.lower())
    return Failure(f"{text!r} is not yes or no") if value is None else Success(value)


def budget_text(usd: object | None, period: Period) -> str:
    """A budget in dollars, as tables show it; nothing where there is none."""
    return "" if usd is None else f"${usd}" + ("" if period == "total" else f" a {period}")
