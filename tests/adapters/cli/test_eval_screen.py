"""What a run's report looks like on a terminal and in a pipe, and how far it is while it goes."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest

from pointsman.adapters.cli.eval_progress import duration, progress_line
from pointsman.adapters.cli.eval_screen import bar, show_comparison, show_report
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.evaluation.run_report import RunReport, build_report, compare_runs
from pointsman.core.money.cost import UNKNOWN_COST, Cost
from pointsman.services.evaluation.progress import ModelProgress, RunProgress
from tests.core.evaluation.rows import items, manifest, row, simulate

CASES = items(72, ("syntax", "type", "name"))
RUN = manifest("claude", "qwen", items=len(CASES), seed=7, budget=Decimal(5), sandbox="caged")


def a_report(controls_heal: bool = False) -> RunReport:
    found = simulate(CASES, {"claude": lambda item: 0.84, "qwen": lambda item: 0.61}, 7)
    found += [row(case, "control", True, control="original") for case in CASES]
    found += [row(case, "control", controls_heal, control="unchanged") for case in CASES]
    found += [row(case, "qwen", False, control="unbroken") for case in list(CASES)[:3]]
    return build_report(RUN, tuple(CASES.values()), found, draws=400)


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(report: RunReport, out: io.StringIO) -> str:
    show_report(report, Terminal(out, io.StringIO(), io.StringIO()))
    return out.getvalue()


def test_a_report_is_one_screen() -> None:
    text = printed(a_report(), io.StringIO())
    lines = text.splitlines()
    assert lines[0].startswith("healing · seed 7 · 216 faults, 3 kinds · 72 programs · 2 models · $0.867 of $5.00")
    assert len(lines) < 24
    assert max(map(len, lines)) <= 140
    assert lines[3].startswith("claude   8")
    assert "3 / 3" in text
    assert "claude is better than qwen by" in text
    assert "\x1b" not in text


def test_on_a_terminal_it_is_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = printed(a_report(), Tty())
    assert "\x1b[" in text
    assert "claude is better than qwen" in text


def test_a_measurement_that_is_wrong_says_so_loudly() -> None:
    text = printed(a_report(controls_heal=True), io.StringIO())
    assert "The measurement is not right: of the originals 216 of 216 heal, of the unchanged 216 of 216." in text


def test_names_of_models_cannot_take_over_the_terminal() -> None:
    run = manifest("\x1b[2Jevil", items=len(CASES))
    found = simulate(CASES, {"\x1b[2Jevil": lambda item: 0.5}, 1)
    text = printed(build_report(run, tuple(CASES.values()), found, draws=100), io.StringIO())
    assert "\x1b" not in text


def test_a_comparison_says_better_worse_or_no_difference() -> None:
    out = io.StringIO()
    first = simulate(CASES, {"claude": lambda item: 0.4, "qwen": lambda item: 0.5}, 1)
    second = simulate(CASES, {"claude": lambda item: 0.9, "qwen": lambda item: 0.5}, 1)
    found = compare_runs(RUN, first, RUN, second, CASES, draws=400)
    show_comparison(found, Terminal(out, io.StringIO(), io.StringIO()))
    claude, qwen = out.getvalue().splitlines()[1:]
    assert claude.endswith(": better")
    assert "no difference seen" in qwen


@pytest.mark.parametrize(("share", "drawn"), [(0.0, " " * 10), (1.0, "█" * 10), (0.84, "████████▍ ")])
def test_a_bar_is_in_eighths(share: float, drawn: str) -> None:
    assert bar(share) == drawn


@pytest.mark.parametrize(("seconds", "said"), [(45.2, "45 s"), (372, "6 min 12 s"), (7500, "2 h 5 min")])
def test_a_duration_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_progress_is_cases_healed_money_and_the_time_left() -> None:
    model = ModelProgress(total=100, judged=25, healed=20, cost=Cost(Decimal("0.5")))
    progress = RunProgress(models={"m": model}, failures=2, began=10.0)
    said = "25 of 100 (25 %) · 20 healed · spent $0.50 · 2 without an answer · 30 s left"
    assert progress_line(progress, 20.0) == said
    model.cost += UNKNOWN_COST
    assert "spent at least $0.50" in progress_line(progress, 20.0)
