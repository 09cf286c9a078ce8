"""The heat map of a report: kind of case × contestant, with the interval in each cell, and its table."""

from __future__ import annotations

from collections.abc import Iterator

from pointsman.core.evaluation.report_page.markup import Child, Markup, drawing, element, table
from pointsman.core.evaluation.report_page.wording import bounds, percent, short_name
from pointsman.core.evaluation.run_report import RunReport
from pointsman.core.evaluation.statistics import FEWEST_CASES, KindScore

_LEFT, _TOP, _HEIGHT, _GAP = 122.0, 34.0, 40.0, 3.0
_NARROW, _WIDE, _ROOM = 96.0, 190.0, 920.0
"""The width of a cell, and of all of them where they fit on a large screen."""
_ON_A_PHONE = 2
"""As many columns fit on one, if the drawing is made smaller."""
_PAD = 10.0
"""On both sides of a whisker in its cell."""
_DARKEST = 0.5
"""Opacity of a cell at 100 %: text must be readable on it in both themes."""


def heat_map(report: RunReport, verb: str) -> list[Markup]:
    """The drawing, and the same in a table."""
    names = [score.name for score in report.scores]
    cells = {(score.kind, score.name): score for score in report.kind_scores}
    kinds = [kind for kind in report.kinds if any((kind, name) in cells for name in names)]
    width = max(_NARROW, min(_WIDE, _ROOM / max(1, len(names)) - _GAP))
    words = f"Of {len(kinds)} kinds and {len(names)} columns: which share was {verb}. The table below has the numbers."
    picture = drawing(
        f"Share {verb} by kind",
        words,
        _LEFT + len(names) * (width + _GAP),
        _TOP + len(kinds) * (_HEIGHT + _GAP),
        _hatching(),
        [_column_head(name, place, width) for place, name in enumerate(names)],
        [_row(kind, place, [cells.get((kind, name)) for name in names], width) for place, kind in enumerate(kinds)],
        shrinks=len(names) <= _ON_A_PHONE,
    )
    rows = [(kind, *(_words(cells.get((kind, name))) for name in names)) for kind in kinds]
    return [picture, table(("kind", *names), rows, f"Share {verb}, its 95 % interval, and of how many")]


def _hatching() -> Markup:
    line = element("path", d="M-2 2 L2 -2 M0 8 L8 0 M6 10 L10 6", class_="hatch-line")
    return element("defs", element("pattern", line, id="few", width="8", height="8", patternUnits="userSpaceOnUse"))


def _column_head(name: str, place: int, width: float) -> Markup:
    x = _LEFT + place * (width + _GAP) + width / 2
    return element(
        "text",
        element("title", name),
        short_name(name, int(width / 7)),
        x=x,
        y=20.0,
        class_="head",
        text_anchor="middle",
    )


def _row(kind: str, place: int, scores: list[KindScore | None], width: float) -> Child:
    y = _TOP + place * (_HEIGHT + _GAP)
    label = element("text", short_name(kind, 18), x=_LEFT - 12, y=y + _HEIGHT / 2 + 4, class_="name", text_anchor="end")
    return [label, [_cell(score, _LEFT + n * (width + _GAP), y, width) for n, score in enumerate(scores)]]


def _cell(score: KindScore | None, x: float, y: float, width: float) -> Child:
    box = {"x": x, "y": y, "width": width, "height": _HEIGHT, "rx": 6.0}
    if score is None or score.share.mean is None:
        nothing = element(
            "text", "not asked", x=x + width / 2, y=y + _HEIGHT / 2 + 4, class_="tick", text_anchor="middle"
        )
        return [element("rect", class_="cell-none", **box), nothing]
    few = element("rect", fill="url(#few)", **box) if score.cases < FEWEST_CASES else None
    share = element("text", percent(score.share.mean), x=x + width / 2, y=y + 20, class_="value", text_anchor="middle")
    return element(
        "g",
        element("title", f"{score.kind}, {score.name}: {_words(score)}"),
        element("rect", class_="cell", fill_opacity=0.06 + (_DARKEST - 0.06) * score.share.mean, **box),
        few,
        share,
        list(_whisker(score, x + _PAD, y + 30, width - 2 * _PAD)),
    )


def _whisker(score: KindScore, x: float, y: float, width: float) -> Iterator[Markup]:
    """From 0 to 100 % across the cell."""
    share = score.share
    yield element("line", class_="rail", x1=x, x2=x + width, y1=y, y2=y)
    if share.low is not None and share.high is not None:
        yield element("line", class_="range", x1=x + width * share.low, x2=x + width * share.high, y1=y, y2=y)
    yield element("circle", class_="mean", cx=x + width * (share.mean or 0.0), cy=y, r=3.0)


def _words(score: KindScore | None) -> str:
    if score is None or score.share.mean is None:
        return "not asked"
    return f"{percent(score.share.mean)} ({bounds(score.share)}), {score.healed} of {score.cases}"
