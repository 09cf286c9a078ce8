"""The scatter of a report: what a healed case costs against the share that heals, seconds as size, and its table.

A price that is not known stands in a column of its own, and so does one of nothing: neither has a place on a scale of
powers of ten, and unknown is not zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import attrs

from pointsman.core.evaluation.report_page.markup import Child, Markup, drawing, element, table
from pointsman.core.evaluation.report_page.wording import bounds, money, percent, seconds
from pointsman.core.evaluation.run_report import RunReport
from pointsman.core.evaluation.statistics import ModelScore

_WIDTH, _HEIGHT = 400.0, 270.0
_LEFT, _TOP, _BOTTOM, _COLUMN = 42.0, 10.0, 46.0, 58.0
_SMALLEST, _LARGEST = 4.0, 15.0
"""Radii."""


@attrs.frozen
class _Scale:
    """Where dollars stand: powers of ten from `low` to `high`, between the columns for nothing and for unknown."""

    low: int
    high: int
    left: float
    right: float

    def x(self, score: ModelScore) -> float:
        cost = score.cost_per_healed
        if cost is None or not cost.complete:
            return _WIDTH - _COLUMN / 2
        if not cost.amount:
            return _LEFT + _COLUMN / 2
        return self.at(math.log10(float(cost.amount)))

    def at(self, power: float) -> float:
        return self.left + (power - self.low) / (self.high - self.low) * (self.right - self.left)


def scatter(report: RunReport, verb: str) -> list[Markup]:
    """The drawing, and the same in a table."""
    drawn = [score for score in report.scores if score.cost_per_healed is not None and score.share.mean is not None]
    scale = _scale(drawn)
    longest = max((score.seconds_per_healed or 0.0 for score in drawn), default=0.0)
    numbers = {score.name: place for place, score in enumerate(report.scores, 1)}
    words = (
        "Further up is better, further left is cheaper, a smaller disc is faster; filled discs are beaten by no other."
    )
    picture = drawing(
        f"Share {verb}, and dollars for a {verb} case",
        words,
        _WIDTH,
        _HEIGHT,
        list(_axes(scale, drawn, verb)),
        [_disc(score, numbers[score.name], scale, longest) for score in sorted(drawn, key=_size, reverse=True)],
        is_fluid=True,
    )
    rows = [_table_row(score, numbers[score.name]) for score in report.scores]
    heads = ("model", "number", verb, "95 %", f"$ / {verb}", f"s / {verb}", "beaten by none")
    note = element("p", words, class_="note")
    return [picture, note, table(heads, rows, f"Money and time of a {verb} case")]


def _size(score: ModelScore) -> float:
    return score.seconds_per_healed or 0.0


def _amounts(scores: Sequence[ModelScore]) -> Iterator[float]:
    for score in scores:
        cost = score.cost_per_healed
        if cost is not None and cost.complete and cost.amount:
            yield float(cost.amount)


def _has_free(scores: Sequence[ModelScore]) -> bool:
    return any(
        cost is not None and cost.complete and not cost.amount for cost in (one.cost_per_healed for one in scores)
    )


def _has_unknown(scores: Sequence[ModelScore]) -> bool:
    return any(cost is not None and not cost.complete for cost in (one.cost_per_healed for one in scores))


def _scale(scores: Sequence[ModelScore]) -> _Scale:
    powers = [math.log10(amount) for amount in _amounts(scores)] or [-3.0]
    low, high = math.floor(min(powers)), math.ceil(max(powers))
    left = _LEFT + (_COLUMN + 18 if _has_free(scores) else 14.0)
    right = _WIDTH - (_COLUMN + 24 if _has_unknown(scores) else 24.0)
    return _Scale(low, high if high > low else low + 1, left, right)


def _y(share: float) -> float:
    return _TOP + (1 - share) * (_HEIGHT - _TOP - _BOTTOM)


def _axes(scale: _Scale, scores: Sequence[ModelScore], verb: str) -> Iterator[Child]:
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        yield element("line", class_="grid", x1=_LEFT, x2=_WIDTH, y1=_y(share), y2=_y(share))
        yield element("text", percent(share), class_="tick", x=_LEFT - 8, y=_y(share) + 4, text_anchor="end")
    foot = _HEIGHT - _BOTTOM + 16
    if any(_amounts(scores)):
        for power in range(scale.low, scale.high + 1):
            x = scale.at(power)
            yield element("line", class_="grid", x1=x, x2=x, y1=_TOP, y2=_HEIGHT - _BOTTOM)
            yield element("text", _power_of_ten(power), class_="tick", x=x, y=foot, text_anchor="middle")
    if _has_free(scores):
        yield element("text", "$0", class_="tick", x=_LEFT + _COLUMN / 2, y=foot, text_anchor="middle")
        yield _border(_LEFT + _COLUMN - 6)
    if _has_unknown(scores):
        yield element("text", "unknown", class_="tick", x=_WIDTH - _COLUMN / 2, y=foot, text_anchor="middle")
        yield _border(_WIDTH - _COLUMN + 6)
    middle = (_LEFT + _WIDTH) / 2
    yield element("text", f"dollars for a {verb} case", class_="tick", x=middle, y=_HEIGHT - 8, text_anchor="middle")


def _border(x: float) -> Markup:
    return element("line", class_="border", x1=x, x2=x, y1=_TOP, y2=_HEIGHT - _BOTTOM)


def _power_of_ten(power: int) -> str:
    return f"${10**power:,}" if power >= 0 else f"${10**power:.{-power}f}"


def _disc(score: ModelScore, number: int, scale: _Scale, longest: float) -> Markup:
    share = score.share
    x, y = scale.x(score), _y(share.mean or 0.0)
    area = (score.seconds_per_healed or 0.0) / longest if longest else 0.0
    radius = max(_SMALLEST, _LARGEST * math.sqrt(area))
    whisker = None
    if share.low is not None and share.high is not None:
        whisker = element("line", class_="range", x1=x, x2=x, y1=_y(share.high), y2=_y(share.low))
    side = -1 if x > _WIDTH - 80 else 1
    return element(
        "g",
        element(
            "title",
            f"{score.name}: {percent(share.mean)}, {money(score.cost_per_healed)} and "
            f"{seconds(score.seconds_per_healed)} each",
        ),
        whisker,
        element("circle", class_="disc front" if score.is_on_front else "disc", cx=x, cy=y, r=radius),
        element(
            "text",
            str(number),
            class_="label",
            x=x + side * (radius + 6),
            y=y - 5,
            text_anchor="start" if side > 0 else "end",
        ),
    )


def _table_row(score: ModelScore, number: int) -> tuple[str, ...]:
    return (
        score.name,
        str(number),
        percent(score.share.mean),
        bounds(score.share),
        money(score.cost_per_healed),
        seconds(score.seconds_per_healed),
        "yes" if score.is_on_front else "no",
    )
