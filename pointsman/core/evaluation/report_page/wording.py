"""Numbers and names as the page of a report says them. Unknown is a word, never 0."""

from __future__ import annotations

from pointsman.core.interval import Interval
from pointsman.core.money.cost import Cost, dollars

NOTHING = "—"
MINUS = "\u2212"


def percent(share: float | None) -> str:
    """`84 %`."""
    return NOTHING if share is None else f"{100 * share:.0f} %"


def bounds(interval: Interval) -> str:
    """`79 to 88 %`: between which it lies with 95 % confidence."""
    if interval.low is None or interval.high is None:
        return NOTHING
    return f"{100 * interval.low:.0f} to {100 * interval.high:.0f} %"


def points(value: float | None) -> str:
    """A difference of shares: `+12`, `−3`."""
    if value is None:
        return NOTHING
    whole = f"{abs(100 * value):.0f}"
    return whole if whole == "0" else f"{'+' if value > 0 else MINUS}{whole}"


def money(cost: Cost | None) -> str:
    """`$0.0031`, `at least $0.20`, `unknown`; a dash where nothing was healed."""
    if cost is None:
        return NOTHING
    if not cost.complete or not cost.amount or cost.amount >= 1:
        return str(cost)
    return f"${float(cost.amount):.2g}" if cost.amount >= 1e-4 else dollars(cost.amount)


def seconds(value: float | None) -> str:
    """`2.9 s`."""
    return NOTHING if value is None else f"{value:.2g} s" if value < 1 else f"{value:.1f} s"


def short_name(name: str, most: int = 26) -> str:
    """A name that has to fit: its end tells more than its beginning."""
    return name if len(name) <= most else f"…{name[1 - most :]}"


def several(count: int, one: str, many: str = "") -> str:
    """`1 case`, `2 cases`."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
