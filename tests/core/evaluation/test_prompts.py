"""What a model is told: never a hidden check, always the files, and in a form that a program can find them in."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure

from pointsman.core.evaluation.fault import Case, FaultKind, Outcome
from pointsman.core.evaluation.healing import AnswerFormat
from pointsman.core.evaluation.prompts import (
    BLOCKS_MARK,
    PROMPTS,
    HealingPrompt,
    exhibit,
    find_prompt,
    good_exhibit,
    write_messages,
)

CASE = Case(
    id="c1",
    program="p",
    kind=FaultKind.NAME,
    kinds=(FaultKind.NAME,),
    level=1,
    files={"main.py": "def f(x):\n    return y\n"},
    original={"main.py": "def f(x):\n    return x\n"},
    visible="def test_f():\n    assert f(1) == 1\n",
    hidden="def check_secret():\n    return f(7)\n",
    expected={"check_secret": Outcome("7")},
    error="NameError: name 'y' is not defined",
    exception="NameError",
)
FORMATS: tuple[AnswerFormat, ...] = ("file", "blocks")
_texts = st.text(max_size=60)


def _said(case: Case, prompt: HealingPrompt, format: AnswerFormat) -> str:
    return "\n".join(message.text for message in write_messages(prompt, exhibit(case), format))


@given(
    hidden=_texts,
    expected=st.dictionaries(_texts, st.builds(Outcome, _texts, _texts), max_size=3),
    original=st.dictionaries(_texts, _texts, max_size=2),
    prompt=st.sampled_from(list(PROMPTS.values())),
    format=st.sampled_from(FORMATS),
)
def test_hidden_checks_and_the_original_change_nothing_of_what_a_model_is_told(
    hidden: str, expected: dict[str, Outcome], original: dict[str, str], prompt: HealingPrompt, format: AnswerFormat
) -> None:
    other = attrs.evolve(CASE, hidden=hidden, expected=expected, original=original)
    assert _said(other, prompt, format) == _said(CASE, prompt, format)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=list(PROMPTS))
def test_every_prompt_shows_the_program_the_error_and_how_to_answer(
    prompt: HealingPrompt, format: AnswerFormat
) -> None:
    said = _said(CASE, prompt, format)
    assert "main.py\n```python\ndef f(x):\n    return y\n```" in said
    assert "NameError: name 'y' is not defined" in said
    assert ("test_p.py" in said) is prompt.shows_tests
    assert (BLOCKS_MARK in said) is (format == "blocks")
    assert "check_secret" not in said
    assert "c1" not in said


def test_a_silent_fault_is_said_to_be_wrong_for_some_inputs() -> None:
    said = _said(attrs.evolve(CASE, error="", silent=True), PROMPTS["plain@1"], "file")
    assert "it gives a wrong result for some inputs" in said


def test_a_good_program_is_shown_as_if_something_were_wrong() -> None:
    (message,) = write_messages(PROMPTS["plain@1"], good_exhibit(CASE), "file")
    assert "return x" in message.text
    assert "NameError" not in message.text
    assert "wrong result for some inputs" in message.text


def test_a_prompt_is_named_with_or_without_its_version() -> None:
    assert find_prompt("plain") == find_prompt("plain@1")
    assert find_prompt("plain").unwrap().reference == "plain@1"
    wrong = find_prompt("nothing")
    assert isinstance(wrong, Failure)
    assert "there is no healing prompt 'nothing'; there are plain@1" in str(wrong.failure())


def test_a_program_with_fences_in_it_is_shown_whole() -> None:
    case = attrs.evolve(CASE, files={"main.py": '"""\n```\nexample\n```\n"""\n'})
    assert '````python\n"""\n```\nexample\n```\n"""\n````' in _said(case, PROMPTS["plain@1"], "file")
