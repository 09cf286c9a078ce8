"""A run's report as one HTML page: whatever it needs is in it, and nothing runs, whatever a model answered. Pure.

Beside the escaping of each text its own policy forbids scripts, and everything from elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from pointsman.core.evaluation.manifest import reproduction_line
from pointsman.core.evaluation.ranking import Preference, points
from pointsman.core.evaluation.report_page.case_browser import case_browser
from pointsman.core.evaluation.report_page.forest import forest
from pointsman.core.evaluation.report_page.heat_map import heat_map
from pointsman.core.evaluation.report_page.markup import Child, Markup, element, table
from pointsman.core.evaluation.report_page.scatter import scatter
from pointsman.core.evaluation.report_page.style import STYLE
from pointsman.core.evaluation.report_page.wording import bounds, money, percent, seconds, several
from pointsman.core.evaluation.run_cases import read_run_cases
from pointsman.core.evaluation.run_report import OWN_TESTS, RunReport, WholeRun
from pointsman.core.evaluation.statistics import FEWEST_CASES, ModelScore
from pointsman.core.money.cost import dollars

Theme: TypeAlias = Literal["", "light", "dark"]
"""Nothing for that of the reader's system."""

_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'"
"""The page's own content security policy: its one sheet of style, and nothing else."""


def report_page(run: WholeRun, report: RunReport, theme: Theme = "") -> str:
    """The page, from `<!doctype html>` on."""
    is_fault = run.manifest.type == "fault"
    verb = "healed" if is_fault else "passed"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{'Healing' if is_fault else 'Tasks'} · {run.manifest.id}"),
        Markup(f"<style>{STYLE}</style>"),
    )
    body = element("body", element("main", list(_sections(run, report, verb))))
    page = element("html", head, body, lang="en", data_theme=theme or None)
    return f"<!doctype html>\n{page.text}\n"


def _sections(run: WholeRun, report: RunReport, verb: str) -> Iterator[Child]:
    yield _head(report)
    yield _section("found", "What was found", _findings(report), _scores(report, verb))
    if report.kind_scores:
        hatched = f"Hatched: fewer than {FEWEST_CASES} cases. The line is where the share lies with 95 % confidence."
        yield _section("kinds", "By kind", element("p", hatched, class_="note"), heat_map(report, verb))
        yield _section("money", "Money and time", scatter(report, verb))
    if any(one.difference.interval.mean is not None for one in report.comparisons):
        yield _section("differences", "Differences", forest(report))
    yield _section("cases", "Cases", case_browser(read_run_cases(run), verb))
    yield _foot(report)


def _section(id: str, title: str, *inside: Child) -> Markup:
    return element("section", element("h2", title), inside, id=id, aria_label=title)


def _head(report: RunReport) -> Markup:
    manifest = report.manifest
    began = datetime.fromtimestamp(manifest.began, UTC).strftime("%d %b %Y, %H:%M UTC") if manifest.began else ""
    is_fault = manifest.type == "fault"
    facts = (
        began,
        several(manifest.items, "fault" if is_fault else "task"),
        several(len(report.kinds), "kind"),
        several(report.programs, "program") if is_fault else "",
        several(len(manifest.models), "model"),
        str(report.cost) + (f" of {dollars(manifest.budget)}" if manifest.budget is not None else ""),
        f"seed {manifest.seed}",
        ", ".join(filter(None, (*manifest.prompts, *manifest.formats, manifest.sandbox))),
    )
    title = element("h1", "Healing" if is_fault else "Tasks", " ", element("span", manifest.id, class_="quiet"))
    return element(
        "header", title, element("p", [element("span", one) for one in facts if one], class_="facts"), class_="top"
    )


def _findings(report: RunReport) -> Iterator[Child]:
    yield element("p", element("strong", "Best: "), str(report.choice), class_="verdict-line")
    yield from _warnings(report)
    clear = [one for one in report.kind_choices if one.winner]
    if clear:
        yield element("ul", [element("li", _winner(one)) for one in clear], class_="plain")
    unclear = [one for one in report.kind_choices if not one.winner and one.comparison is not None]
    if unclear:
        yield element(
            "p",
            f"No clear winner for {len(unclear)} of {several(len(report.kind_choices), 'kind')}: "
            f"{', '.join(one.kind for one in unclear)}.",
            class_="note",
        )


def _winner(choice: Preference) -> str:
    lead = f", by {points(choice.comparison, choice.winner)}" if choice.comparison is not None else ""
    return f"{choice.kind} → {choice.winner}{lead}"


def _warnings(report: RunReport) -> Iterator[Child]:
    control = report.controls
    if not control.are_right:
        words = (
            f"The measurement is not right: of the originals {control.original[0]} of {control.original[1]} heal, of "
            f"the unchanged {control.unchanged[0]} of {control.unchanged[1]}. Do not trust these shares."
        )
        yield element("p", words, class_="warning")
    if report.manifest.own_tests:
        yield element("p", OWN_TESTS, class_="note")
    if report.unasked:
        words = f"{several(report.unasked, 'question')} not asked or not judged: nothing counts them."
        yield element("p", words, class_="note")
    if report.failures:
        yield element("p", f"{several(report.failures, 'call')} gave no answer; lost: {report.lost}.", class_="note")


def _scores(report: RunReport, verb: str) -> Markup:
    heads = ("model", verb, "", "95 %", f"$ / {verb}", f"s / {verb}", "broke good code", "unreadable", "suspicious")
    return table(heads, map(_score_row, report.scores), f"Models, the largest share {verb} first")


def _score_row(score: ModelScore) -> tuple[Child, ...]:
    return (
        score.name,
        percent(score.share.mean),
        _bar(score.share.mean or 0.0),
        bounds(score.share),
        money(score.cost_per_healed),
        seconds(score.seconds_per_healed),
        f"{score.broken} of {score.shown}" if score.shown else "—",
        f"{score.unreadable} of {score.cases}",
        str(score.suspicious),
    )


def _bar(share: float) -> Markup:
    track = element("rect", class_="bar-track", width=100.0, height=10.0, rx=5.0)
    fill = element("rect", class_="bar-fill", width=100 * share, height=10.0, rx=5.0)
    return element("svg", track, fill, viewBox="0 0 100 10", width="100", height="10", aria_hidden="true")


def _foot(report: RunReport) -> Markup:
    manifest = report.manifest
    made = f"pointsman {manifest.version} · cases {manifest.corpus}" if manifest.version else f"cases {manifest.corpus}"
    return element(
        "footer",
        element("h2", "The same again"),
        element("pre", element("code", reproduction_line(manifest))),
        element(
            "p",
            f"{made}. Shares have Wilson intervals, wider where the cases of one program go together; models are "
            "compared on the same cases, program by program, and p-values are corrected for their number (Holm).",
            class_="note",
        ),
    )
