"""The timetable, and the tool that looks into it."""

from __future__ import annotations

import re
from typing import Annotated

from returns.result import Failure, Result, Success

DEPARTURES = (("6:12", "Brig"), ("7:30", "Chur"), ("9:12", "Brig"), ("15:30", "Chur"), ("23:48", "Brig"))
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def minutes(time: str) -> int | None:
    """The minutes since midnight of a time such as `9:12`; None where it is no time."""
    found = _TIME.fullmatch(time.strip())
    return int(found[1]) * 60 + int(found[2]) if found else None


def next_train(
    to: Annotated[str, "the town"], after: Annotated[str, "a time such as 9:00"] = "0:00"
) -> Result[str, str]:
    """When the next train leaves for a town."""
    earliest = minutes(after)
    if earliest is None:
        return Failure(f"{after!r} is not a time such as 9:00")
    for time, town in DEPARTURES:
        if town.casefold() == to.strip().casefold() and (minutes(time) or 0) >= earliest:
            return Success(f"The next train to {town} leaves at {time}.")
    return Success(f"No train leaves for {to} after {after}.")
