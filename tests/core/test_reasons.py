"""Every reason of a route is read back into its code and fields, so that a page can say it in another language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pointsman
from pointsman.core.chat.options import Strategy
from pointsman.core.routing.candidate import Candidate, Needs
from pointsman.core.routing.evidence import Evidence, believe
from pointsman.core.routing.policy import rank
from pointsman.core.routing.reasons import NAMES, REASONS, ReasonSaid, read_reason, say
from pointsman.core.routing.strategies import STRATEGIES
from tests.core.test_routing import candidates_, needs_

GERMAN = (Path(pointsman.__file__).parent / "adapters/web/page/words/de.js").read_text("utf-8")
HOLE = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize("code", REASONS)
def test_each_is_read_as_it_was_said_alone_and_among_others(code: str) -> None:
    fields = {name: "a b" if name in NAMES else "1,234.5" for name in HOLE.findall(REASONS[code])}
    text = say(code, **fields)
    assert read_reason(text) == (ReasonSaid(code, fields),)
    loyal, local = ReasonSaid("loyal"), ReasonSaid("local")
    among = f"{say('loyal')}; {text}, {say('local')}"
    assert read_reason(among) == (loyal, ReasonSaid(code, fields), local)


@given(candidates_, needs_, st.sampled_from(sorted(STRATEGIES)), st.integers(0, 9))
def test_whatever_a_strategy_says_is_read(
    among: Sequence[Candidate], wanted: Needs, strategy: Strategy, turn: int
) -> None:
    told = rank(among, wanted, strategy, turn=turn).explanation
    for one in (*told.ranked, *told.passed_over):
        if one.reason in {candidate.too_dear for candidate in among}:
            continue  # in the words of whoever keeps the budget
        said = read_reason(one.reason)
        assert said, one.reason
        assert all(say(part.code, **part.fields) in one.reason for part in said)


def test_what_evidence_says_is_read() -> None:
    rows = [Evidence(run="r1, r2", model="p/a", kind="syntax", tried=10.0, healed=7.0, date=0.0)]
    told = believe(rows, "p/a", "logic", 0.0)
    asked = [Candidate(provider="p", model="a", belief=told), Candidate(provider="p", model="b")]
    ranked = rank(asked, Needs(), "task", "heal:logic").explanation.ranked
    codes = [[part.code for part in read_reason(one.reason)] for one in ranked]
    assert codes[0][:2] == ["run_others", "expected"]
    assert codes[1][0] == "no_evidence"
    said = [read_reason(str(believe(rows, "p/a", kind, 0.0)))[0] for kind in ("logic", "", "syntax")]
    assert [(one.code, one.fields["kinds"]) for one in said if "kinds" in one.fields] == [
        ("run_others", "logic"),
        ("run", "syntax"),
    ]
    assert said[1].code == "run_pooled"


def test_what_no_code_says_is_left_as_it_stands() -> None:
    assert read_reason("the moon is full") == ()
    assert read_reason(f"{say('local')}; the moon is full") == ()
    assert read_reason("") == ()


def test_the_german_page_has_words_for_each_with_the_same_fields() -> None:
    words = dict(re.findall(r'^  "reason (\w+)": \["(.*)"\],$', GERMAN, re.MULTILINE))
    assert words.keys() == REASONS.keys()
    for code, sentence in words.items():
        assert sorted(HOLE.findall(sentence)) == sorted(HOLE.findall(REASONS[code])), code
