"""The report as a page: what it says, and that nothing in it can run or lead elsewhere, whatever a model answers."""

from __future__ import annotations

import shlex
from html.parser import HTMLParser

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.evaluation.manifest import reproduction_line
from pointsman.core.evaluation.report_page.markup import element, escape
from pointsman.core.evaluation.report_page.page import POLICY, report_page
from pointsman.core.evaluation.run_cases import MOST_CHARACTERS, difference_of, read_run_cases
from pointsman.core.evaluation.run_report import WholeRun, report_of
from tests.core.evaluation.whole_runs import FAULTY, GOOD, HOSTILE, MODELS, a_run

TAGS = {
    "html", "head", "meta", "title", "style", "body", "main", "header", "section", "footer", "h1", "h2", "h4", "p",
    "span", "strong", "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "ul", "li", "pre", "code",
    "details", "summary", "label", "input", "svg", "desc", "defs", "pattern", "g", "rect", "line", "circle", "path",
    "text",
}  # fmt: skip


class Reader(HTMLParser):
    """What a browser makes of a page: its elements with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def of_class(self, name: str) -> list[dict[str, str | None]]:
        return [found for _, found in self.elements if name in (found.get("class") or "").split()]


def page_of(run: WholeRun) -> str:
    return report_page(run, report_of(run))


@pytest.fixture(scope="module")
def page() -> str:
    return page_of(a_run())


def test_a_hostile_answer_stays_text(page: str) -> None:
    read = Reader(page)
    assert {tag for tag, _ in read.elements} <= TAGS
    names = {name for _, found in read.elements for name in found}
    assert not [name for name in names if name.startswith("on") or name in ("src", "href", "style", "action")]
    assert (
        '<script>alert(1)</script><img src=x onerror="alert(2)"> \\u202egnp.exe \\u001b[31m \\ud800 &amp;' in read.text
    )
    assert "\u202e" not in page
    page.encode()


def test_the_page_has_a_policy_of_its_own_that_lets_nothing_run_or_load(page: str) -> None:
    policies = [found["content"] for tag, found in Reader(page).elements if tag == "meta" and found.get("http-equiv")]
    assert policies == [POLICY]
    assert POLICY.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in POLICY
    assert "http" not in page.replace('http-equiv="Content', "")
    assert "hush" not in page


def test_every_chart_is_said_in_words_and_followed_by_a_table(page: str) -> None:
    read = Reader(page)
    charts = [found for tag, found in read.elements if tag == "svg" and found.get("role") == "img"]
    assert len(charts) == 3
    assert all(found["aria-label"] for found in charts)
    captions = [place for place, (tag, _) in enumerate(read.elements) if tag == "caption"]
    drawings = [place for place, one in enumerate(read.elements) if one[0] == "svg" and one[1].get("role") == "img"]
    ends = [*drawings[1:], len(read.elements)]
    assert all(any(begin < one < end for one in captions) for begin, end in zip(drawings, ends, strict=True))


def test_the_heat_map_has_a_cell_with_a_whisker_for_each_kind_and_model_and_hatches_few_cases(page: str) -> None:
    read = Reader(page)
    cells = 2 * len(MODELS)
    assert len(read.of_class("cell")) == cells
    assert sum(found.get("fill") == "url(#few)" for _, found in read.elements) == cells
    assert "100 % (44 to 100 %), 3 of 3" in read.text
    many = Reader(page_of(a_run(24)))
    assert not [found for _, found in many.elements if found.get("fill") == "url(#few)"]


def test_an_unknown_price_stands_apart_and_is_never_zero(page: str) -> None:
    read = Reader(page)
    assert "unknown" in read.text
    discs = read.of_class("disc")
    assert len(discs) == 2, "who healed nothing has no place"
    run = a_run()
    healed = [attrs.evolve(row, verdict=attrs.evolve(row.verdict, repair="healed")) for row in run.rows]
    discs = Reader(page_of(attrs.evolve(run, rows=tuple(healed)))).of_class("disc")
    places = sorted(float(found["cx"] or "") for found in discs)
    assert len(set(places)) == 3
    assert places[0] < 100 < places[1] < 300 < places[2]


def test_cases_are_folded_by_kind_and_can_be_chosen_without_a_script(page: str) -> None:
    read = Reader(page)
    assert [found["class"] for found in read.of_class("kind")] == ["kind has-some", "kind has-some"]
    assert len(read.of_class("case")) == 6
    assert len([tag for tag, found in read.elements if tag == "input" and found["type"] == "radio"]) == 4
    assert "-    return x - 1\n" in read.text
    assert "+    return x - 2\n" in read.text


def test_a_run_without_answers_has_a_page(page: str) -> None:
    run = attrs.evolve(a_run(), rows=())
    read = Reader(page_of(run))
    assert "nothing was answered yet" in read.text
    assert "18 questions not asked or not judged" in read.text


def test_the_page_says_the_line_that_asks_the_same_again(page: str) -> None:
    line = reproduction_line(a_run().manifest)
    assert line in Reader(page).text
    assert shlex.split(line)[3:7] == ["--models", "p/dear,p/free,p/unpriced", "--seed", "7"]
    assert "--max-tokens 4096 --temperature 0.2" in line
    assert "--models 'p/x; rm -rf' --seed" in reproduction_line(a_run(models=("p/x; rm -rf",)).manifest)


def test_a_long_text_is_cut_and_says_so() -> None:
    run = a_run(1)
    rows = [attrs.evolve(row, answer=attrs.evolve(row.answer, text="x" * 50_000)) for row in run.rows]
    (case,) = read_run_cases(attrs.evolve(run, rows=tuple(rows)))
    assert len(case.answers[0].text) < MOST_CHARACTERS + 100
    assert case.answers[0].text.endswith("30,000 characters are left out")


def test_what_looks_like_a_key_is_hidden() -> None:
    run = a_run(1)
    key = "sk-abcdefghijklmnop1234"
    rows = [attrs.evolve(row, answer=attrs.evolve(row.answer, text=f"use {key}")) for row in run.rows]
    page = page_of(attrs.evolve(run, rows=tuple(rows)))
    assert key not in page
    assert "use ***masked-1***" in page


def test_a_key_is_hidden_also_where_a_text_is_cut() -> None:
    run = a_run(1)
    text = "x" * (MOST_CHARACTERS - 20) + ' password = "hunter2secret"'
    rows = [attrs.evolve(row, answer=attrs.evolve(row.answer, text=text)) for row in run.rows]
    (case,) = read_run_cases(attrs.evolve(run, rows=tuple(rows)))
    assert "hunt" not in case.answers[0].text


def test_a_body_that_is_no_case_leaves_its_answers_readable() -> None:
    run = a_run(2)
    broken = (attrs.evolve(run.items[0], body="{"), run.items[1])
    first, second = read_run_cases(attrs.evolve(run, items=broken))
    assert (first.shown, len(first.answers)) == ({}, 3)
    assert second.solution == difference_of({"main.py": FAULTY}, {"main.py": GOOD})


@given(st.text())
def test_any_text_is_read_as_it_was_written_but_for_what_cannot_be_seen(text: str) -> None:
    read = Reader(element("p", text, title=text).text)
    assert [tag for tag, _ in read.elements] == ["p"]
    assert read.elements[0][1]["title"] == read.text or text == ""
    assert not set(escape(text)) & {"<", ">", '"', "'", "\u202e", "\x00"}


def test_hostile_text_in_a_name_stays_text() -> None:
    run = a_run(2, id=HOSTILE, models=(*list(MODELS)[:2], HOSTILE))
    assert {tag for tag, _ in Reader(page_of(run)).elements} <= TAGS
