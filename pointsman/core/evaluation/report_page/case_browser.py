"""The browser of cases in a report: folded by kind and case, with filters that need no script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from pointsman.core.evaluation.report_page.markup import Child, Markup, element
from pointsman.core.evaluation.report_page.wording import money, seconds, several, short_name
from pointsman.core.evaluation.run_cases import ReadAnswer, ReadCase

MOST_CASES = 500
"""In one page; the rest is in the export."""
_FILTERS = (("any", "all cases"), ("none", "healed by none"), ("some", "healed by some"), ("all", "healed by all"))
_MARKS = {"healed": "✓", "unhealed": "✗", "unreadable": "?", "unasked": "·"}


def case_browser(cases: Sequence[ReadCase], verb: str) -> list[Child]:
    """The filters, and the cases kind by kind; at most `MOST_CASES` of them."""
    shown = sorted(cases[:MOST_CASES], key=lambda case: case.kind)
    left = len(cases) - len(shown)
    note = f"{several(left, 'more case')} can be read by `pointsman eval export`." if left else None
    return [
        element(
            "div",
            [_filter(name, words, verb) for name, words in _FILTERS],
            class_="filters",
            role="group",
            aria_label="which cases",
        ),
        [_kind(kind, list(some), verb) for kind, some in groupby(shown, key=lambda case: case.kind)],
        element("p", note, class_="note") if note else None,
    ]


def _filter(name: str, words: str, verb: str) -> Markup:
    box = element("input", type="radio", name="show", id=f"show-{name}", checked=name == "any")
    return element("label", box, element("span", words.replace("healed", verb)))


def _kind(kind: str, cases: Sequence[ReadCase], verb: str) -> Markup:
    classes = " ".join(sorted({f"has-{case.healing}" for case in cases}))
    tallies = {name: sum(case.healing == name for case in cases) for name in ("all", "some", "none")}
    facts = ", ".join(f"{count} {verb} by {name}" for name, count in tallies.items() if count)
    head = element(
        "summary", element("strong", kind), element("span", f"{several(len(cases), 'case')}: {facts}", class_="quiet")
    )
    return element("details", head, [_case(case, verb) for case in cases], class_=f"kind {classes}")


def _case(case: ReadCase, verb: str) -> Markup:
    facts = f"{case.summary} · level {case.level}" if case.summary else f"level {case.level}"
    head = element(
        "summary",
        element("code", short_name(case.id, 18)),
        element("span", f"{case.program} · {facts}" if case.program != case.id else facts, class_="grow"),
        element("span", [_mark(answer, verb) for answer in case.answers if not answer.shown_good], class_="marks"),
    )
    return element(
        "details",
        head,
        element("div", list(_body(case, verb)), class_="body"),
        class_=f"case {case.healing}",
    )


def _mark(answer: ReadAnswer, verb: str) -> Markup:
    words = f"{answer.contestant}: {_repair(answer, verb)}"
    return element(
        "span", _MARKS[answer.repair], class_=f"mark {answer.repair}", title=words, role="img", aria_label=words
    )


def _repair(answer: ReadAnswer, verb: str) -> str:
    return {"healed": verb, "unhealed": f"not {verb}", "unreadable": "not readable", "unasked": "not asked"}[
        answer.repair
    ]


def _body(case: ReadCase, verb: str) -> Iterator[Child]:
    for name, text in case.shown.items():
        yield _text(name if name != "error" else "what a run printed", text)
    if case.solution:
        yield element("details", element("summary", "what heals it"), _difference(case.solution))
    for answer in case.answers:
        yield _answer(answer, verb)


def _text(title: str, text: str) -> list[Markup]:
    return [element("h4", title), element("pre", element("code", text), tabindex="0", dir="ltr")]


def _answer(answer: ReadAnswer, verb: str) -> Markup:
    again = f" · try {answer.repeat + 1}" if answer.repeat else ""
    good = " · was shown a program that works" if answer.shown_good else ""
    words = ("still works" if answer.repair == "healed" else "broke it") if answer.shown_good else _repair(answer, verb)
    head = element(
        "summary",
        element("strong", answer.contestant),
        element("span", f"{words}{again}{good}", class_=f"verdict {answer.repair}"),
        element("span", ", ".join(_facts(answer)), class_="quiet"),
    )
    return element("details", head, list(_answer_body(answer)), class_="answer")


def _facts(answer: ReadAnswer) -> Iterator[str]:
    if answer.difference:
        yield "the very original" if answer.identical else several(answer.edited_lines, "line changed", "lines changed")
    yield seconds(answer.latency_ms / 1000)
    yield money(answer.cost)


def _answer_body(answer: ReadAnswer) -> Iterator[Child]:
    if answer.detail:
        yield element("p", answer.detail, class_="note")
    if answer.failed:
        yield element("p", "Checks that differ: ", ", ".join(answer.failed[:20]), class_="note")
    if answer.suspicions:
        yield element("p", "It tried more than to heal: ", ", ".join(answer.suspicions), class_="note bad")
    if answer.difference:
        yield element("h4", "what it changes")
        yield _difference(answer.difference)
    yield _text("answer", answer.text)


def _difference(text: str) -> Markup:
    lines = [element("span", f"{line}\n", class_=_tone(line)) for line in text.split("\n")]
    return element("pre", element("code", lines), class_="difference", tabindex="0", dir="ltr")


def _tone(line: str) -> str | None:
    if line.startswith(("---", "+++", "@@")):
        return "hunk"
    return {"+": "added", "-": "removed"}.get(line[:1])
