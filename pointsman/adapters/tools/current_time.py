"""What time it is, for models."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from returns.result import Failure, Result, Success


def current_time(zone: Annotated[str, "such as Europe/Zurich"] = "UTC") -> Result[str, str]:
    """The current date and time in a time zone, with the day of the week."""
    try:
        place = UTC if zone.upper() == "UTC" else ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return Failure(f"There is no time zone {zone!r}; name one such as Europe/Zurich.")
    return Success(datetime.now(place).strftime("%A, %Y-%m-%d %H:%M:%S %Z"))
