"""A run's report as one screen: in colour for a person, plain for a pipe. Reads nothing, asks nothing."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TypeAlias

from pointsman.adapters.cli.terminal import Terminal, in_a_line, printable
from pointsman.core.evaluation.ranking import Preference, points
from pointsman.core.evaluation.resampling import PairedDifference
from pointsman.core.evaluation.run_report import OWN_TESTS, RunComparison, RunReport
from pointsman.core.evaluation.statistics import ModelScore
from pointsman.core.interval import Interval
from pointsman.core.money.cost import Cost, dollars

Piece: TypeAlias = tuple[str, str]
"""A text and rich's style of it."""
_BAR = 10
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_MOST_LINES = 12


def show_report(report: RunReport, terminal: Terminal) -> None:
    """Print `report`."""
    _print(_report_lines(report), terminal)


def show_comparison(found: RunComparison, terminal: Terminal) -> None:
    """Print how two runs differ."""
    _print(_comparison_lines(found), terminal)


def _print(lines: Iterator[list[Piece]], terminal: Terminal) -> None:
    if not terminal.rich:
        for line in lines:
            terminal.say("".join(text for text, _ in line).rstrip())
        return
    from rich.text import Text

    console = terminal.console()
    for line in lines:
        console.print(Text.assemble(*((printable(text), style) for text, style in line)), soft_wrap=True)


def _report_lines(report: RunReport) -> Iterator[list[Piece]]:
    yield _head(report)
    yield []
    yield from _table(report)
    yield []
    yield from _choices(report)
    yield from _warnings(report)


def _head(report: RunReport) -> list[Piece]:
    manifest = report.manifest
    things = "faults" if manifest.type == "fault" else "tasks"
    facts = [f"seed {manifest.seed}", f"{manifest.items:,} {things}, {len(report.kinds)} kinds"]
    if manifest.type == "fault":
        facts.append(f"{report.programs} programs")
    facts += [f"{len(manifest.models)} models", _money(report.cost, manifest.budget)]
    ways = (*(manifest.prompts if len(manifest.prompts) == 1 else ()), *manifest.formats, manifest.sandbox)
    facts.append(", ".join(filter(None, ways)))
    title = "healing" if manifest.type == "fault" else "tasks"
    return [(title, "bold"), (" · " + " · ".join(facts), "dim")]


def _money(spent: Cost, limit: Decimal | None) -> str:
    return str(spent) if limit is None else f"{spent} of {dollars(limit)}"


def _table(report: RunReport) -> Iterator[list[Piece]]:
    is_fault = report.manifest.type == "fault"
    verb = "healed" if is_fault else "passed"
    width = max(5, *(len(in_a_line(score.name)) for score in report.scores)) if report.scores else 5
    columns = f"{verb:<25} {f'$ / {verb}':>12} {f's / {verb}':>12}"
    yield [(f"{'model':<{width}}  {columns}  {'broke good code' if is_fault else ''}", "dim")]
    for score in report.scores:
        yield [
            (f"{in_a_line(score.name):<{width}}", "bold" if score.name == report.choice.choice else ""),
            (f"  {_percent(score.share.mean):>5} ", ""),
            ("▕" + bar(score.share.mean or 0.0) + "▏", _colour(score.share.mean)),
            (f"{bounds(score.share):>7} ", ""),
            (f"{_dollars(score.cost_per_healed):>12} {_seconds(score.seconds_per_healed):>12}", ""),
            (f"  {f'{score.broken} / {score.shown}' if score.shown else ''}", "red" if score.broken else ""),
        ]
        for note in _notes(score):
            yield [(f"{'':<{width}}  {note}", "dim")]


def _notes(score: ModelScore) -> Iterator[str]:
    parts = []
    if score.unreadable:
        parts.append(f"{score.unreadable} of {score.cases} answers could not be read")
    if score.suspicious:
        parts.append(f"{score.suspicious} answers tried more than to heal")
    if len(score.pass_at) > 1:
        parts.append(", ".join(f"pass@{k} {100 * value:.0f} %" for k, value in score.pass_at.items()))
    if parts:
        yield "; ".join(parts)


def bar(share: float) -> str:
    """`share` (0 to 1) as a bar of ten characters, in eighths of one."""
    eighths = round(max(0.0, min(1.0, share)) * _BAR * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(_BAR)


def bounds(interval: Interval) -> str:
    """`79–88`: the bounds in per cent."""
    if interval.low is None or interval.high is None:
        return ""
    return f"{100 * interval.low:.0f}–{100 * interval.high:.0f}"


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{100 * share:.0f} %"


def _colour(share: float | None) -> str:
    return "green" if (share or 0) >= 0.7 else "yellow" if (share or 0) >= 0.4 else "red"


def _dollars(cost: Cost | None) -> str:
    if cost is None:
        return "—"
    if not cost.complete:
        return "unknown" if not cost.amount else f"≥ {dollars(cost.amount).removeprefix('$')}"
    return f"{float(cost.amount):.2g}" if cost.amount and cost.amount < 1 else dollars(cost.amount).removeprefix("$")


def _seconds(seconds: float | None) -> str:
    return "—" if seconds is None else f"{seconds:.2g}" if seconds < 1 else f"{seconds:.1f}"


def _choices(report: RunReport) -> Iterator[list[Piece]]:
    yield [("best: ", "bold"), (str(report.choice), "")]
    clear = [one for one in report.kind_choices if one.winner and one.comparison is not None]
    if clear:
        yield [("best by kind (95 %): ", "bold"), (" · ".join(map(_winner, clear[:_MOST_LINES])), "")]
    open_kinds = [one for one in report.kind_choices if not one.winner and one.comparison is not None]
    if open_kinds:
        yield [(f"kinds without a clear winner: {len(open_kinds)} of {len(report.kind_choices)}.", "dim")]
        needed = sorted(one.more_cases for one in open_kinds if one.more_cases)
        if needed:
            middle = needed[len(needed) // 2]
            yield [(f"About {middle:,} more cases of such a kind would show the difference that seems to be.", "dim")]


def _winner(choice: Preference) -> str:
    comparison = choice.comparison
    lead = f" (+{points(comparison, choice.winner)})" if comparison is not None else ""
    return f"{choice.kind} → {choice.winner}{lead}"


def _warnings(report: RunReport) -> Iterator[list[Piece]]:
    control = report.controls
    if not control.are_right:
        yield [
            (
                f"The measurement is not right: of the originals {control.original[0]} of {control.original[1]} heal, "
                f"of the unchanged {control.unchanged[0]} of {control.unchanged[1]}. "
                "Do not trust these shares; `pointsman eval attack` says what the sandbox does here.",
                "bold red",
            )
        ]
    if report.manifest.own_tests:
        yield [(OWN_TESTS, "yellow")]
    if report.unasked:
        yield [(f"{report.unasked:,} questions were not asked or not judged; they count for nothing.", "yellow")]
    if report.failures:
        lost = "" if report.lost.complete and not report.lost.amount else f", which cost {report.lost}"
        yield [(f"{report.failures:,} calls gave no answer{lost}.", "yellow")]


def _comparison_lines(found: RunComparison) -> Iterator[list[Piece]]:
    yield [(f"{found.first} → {found.second}", "bold"), (f" · {found.shared_cases:,} cases in both", "dim")]
    if not found.rows:
        yield [("They have no model in common, so there is nothing to compare.", "yellow")]
    width = max((len(in_a_line(name)) for name, _ in found.rows), default=0)
    for name, difference in found.rows:
        yield [(f"{in_a_line(name):<{width}}  ", ""), *_difference(difference)]


def _difference(found: PairedDifference) -> list[Piece]:
    mean, low, high = found.interval.mean, found.interval.low, found.interval.high
    if mean is None or low is None or high is None:
        return [("too few cases in both to say anything", "dim")]
    shown = f"{100 * mean:+.0f} points ({100 * low:+.0f} to {100 * high:+.0f}), p {found.p:.3f}"
    if found.p < 0.05 and not low <= 0 <= high:
        return [(shown, "green" if mean > 0 else "red"), (": better" if mean > 0 else ": worse", "bold")]
    return [(shown, ""), (f": no difference seen (±{100 * (found.half_width or 0):.0f} points)", "dim")]
