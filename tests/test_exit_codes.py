"""Each exit code has one meaning, which stands in the page, in `--help` and in the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from pointsman.adapters.cli.exit_codes import BY_TAG, MEANINGS, UNMET, exit_code
from pointsman.adapters.cli.parser import build_parser
from pointsman.core.error import ConfigurationError, InvalidRequest, LLMError
from tests.command_line import line_at

PAGE = (
    (Path(__file__).parent.parent / "docs" / "reference" / "errors.md")
    .read_text("utf-8")
    .partition("## Exit codes\n")[2]
)
ROW = re.compile(r"^\| (\d+) \| (.+) \|$", re.MULTILINE)


def test_page_help_and_code_say_the_same() -> None:
    assert {int(code): meaning for code, meaning in ROW.findall(PAGE)} == dict(MEANINGS)
    told = " ".join(build_parser((), "0").format_help().split())
    assert [meaning for code, meaning in MEANINGS.items() if f"{code} {meaning}" not in told] == []


def test_every_error_has_a_code_with_a_meaning_and_no_two_meanings_are_alike() -> None:
    assert {kind.__name__ for kind in get_args(LLMError)} <= BY_TAG.keys()
    assert set(BY_TAG.values()) <= MEANINGS.keys()
    assert len(set(MEANINGS.values())) == len(MEANINGS)


def test_what_is_wrong_on_this_side_and_what_cannot_be_read_are_told_apart() -> None:
    assert exit_code(InvalidRequest(detail="x", local=True)) == 2
    assert exit_code(InvalidRequest(detail="x", status=400)) == 10
    assert exit_code(ConfigurationError(detail="x")) == 3
    assert exit_code(ConfigurationError(detail="x", is_storage=True)) == 16


def test_a_second_sentence_is_told_only_where_it_fits_its_cause() -> None:
    assert str(InvalidRequest(detail="there is no prompt", local=True)) == "there is no prompt."
    assert "sending it again unchanged" in str(InvalidRequest(detail="bad", status=400))
    assert str(ConfigurationError(detail="busy", remedy="Wait.")) == "busy. Wait."


def test_a_sandbox_that_an_attack_gets_out_of_ends_with_a_code_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = line_at(tmp_path, monkeypatch)("eval", "attack", "--sandbox", "process")
    assert "GOT THROUGH" in out, err
    assert (code, code in MEANINGS) == (UNMET, True)
