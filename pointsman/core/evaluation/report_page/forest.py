"""The forest plot of a report: how much better one contestant is than another on the same cases, and its table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pointsman.core.evaluation.ranking import Comparison
from pointsman.core.evaluation.report_page.markup import Child, Markup, drawing, element, table
from pointsman.core.evaluation.report_page.wording import MINUS, points, short_name
from pointsman.core.evaluation.run_report import RunReport

_WIDTH, _ROW, _TOP, _BOTTOM = 400.0, 46.0, 4.0, 26.0
_LEFT, _RIGHT = 16.0, 16.0


def forest(report: RunReport) -> list[Markup]:
    """The drawing, and the same in a table, with the clear differences of single kinds at its end."""
    known = [one for one in report.comparisons if one.difference.interval.mean is not None]
    clear_kinds = [one for one in report.kind_comparisons if one.is_clear]
    words = f"{len(known)} pairs on the same cases; an interval that reaches 0 shows no difference."
    reach = _reach(known)
    picture = drawing(
        "Differences between models",
        words,
        _WIDTH,
        _TOP + len(known) * _ROW + _BOTTOM,
        list(_axis(reach, len(known))),
        [_row(one, place, reach) for place, one in enumerate(known)],
        is_fluid=True,
    )
    rows = [_table_row(one) for one in (*known, *clear_kinds)]
    heads = ("pair", "of", "points", "95 %", "cases", "p", "says")
    return [picture, table(heads, rows, "Paired differences in points; p by Holm over all of them")]


def _reach(comparisons: Sequence[Comparison]) -> float:
    """How far the axis goes to both sides: a whole tenth."""
    ends = [
        abs(end or 0.0) for one in comparisons for end in (one.difference.interval.low, one.difference.interval.high)
    ]
    return min(1.0, max(0.1, -(-max(ends, default=0.1) * 10 // 1) / 10))


def _x(value: float, reach: float) -> float:
    return _LEFT + (value + reach) / (2 * reach) * (_WIDTH - _LEFT - _RIGHT)


def _axis(reach: float, count: int) -> Iterator[Child]:
    foot = _TOP + count * _ROW
    for step in (-1.0, -0.5, 0.0, 0.5, 1.0):
        x = _x(step * reach, reach)
        yield element("line", class_="grid zero" if step == 0 else "grid", x1=x, x2=x, y1=_TOP, y2=foot)
        yield element("text", points(step * reach), class_="tick", x=x, y=foot + 18, text_anchor="middle")


def _row(one: Comparison, place: int, reach: float) -> Markup:
    y, interval = _TOP + place * _ROW, one.difference.interval
    mean, low, high = interval.mean or 0.0, interval.low, interval.high
    whisker = None
    if low is not None and high is not None:
        whisker = element(
            "line", class_="range", x1=_x(max(-reach, low), reach), x2=_x(min(reach, high), reach), y1=y + 34, y2=y + 34
        )
    name = f"{short_name(one.first, 28)} {MINUS} {short_name(one.second, 28)}"
    return element(
        "g",
        element("title", f"{one.first} against {one.second}: {_says(one)}"),
        element("text", name, class_="name", x=_LEFT, y=y + 18),
        whisker,
        element("circle", class_="mean", cx=_x(mean, reach), cy=y + 34, r=5.0),
        class_="clear" if one.is_clear else "unclear",
    )


def _says(one: Comparison) -> str:
    if one.is_clear:
        return f"{one.better} is better"
    half = one.difference.half_width
    return "no difference seen" if half is None else f"no difference seen (±{100 * half:.0f} points)"


def _table_row(one: Comparison) -> tuple[str, ...]:
    difference = one.difference
    interval = difference.interval
    return (
        f"{one.first} {MINUS} {one.second}",
        one.kind or "all cases",
        points(interval.mean),
        f"{points(interval.low)} to {points(interval.high)}",
        f"{difference.cases:,}",
        f"{one.p:.3f}",
        _says(one),
    )
