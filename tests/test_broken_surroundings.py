"""Where the process itself stands badly: its folder is gone, its input cannot be read, its words are no text."""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pointsman.adapters.cli.parser import build_parser
from tests.command_line import POINTSMAN, Line, environment, line_at
from tests.patience import GUARD

NOBODY = ("-p", "ollama", "-u", "http://127.0.0.1:1", "-m", "x", "--no-log")
"""A server that is not there: whoever asks it all the same ends with 9."""


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    return line_at(tmp_path, monkeypatch)


def in_shell(home: Path, script: str, *words: str) -> tuple[int, list[str]]:
    """Exit code, and lines on standard error; the script's `"$@"` is `pointsman` with `words`."""
    done = subprocess.run(
        ["bash", "-c", script, "bash", *POINTSMAN, *words],
        env=environment(home),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=GUARD,
    )
    return done.returncode, done.stderr.splitlines()


@pytest.mark.parametrize(
    ("script", "words", "code", "said"),
    [
        ('mkdir gone; cd gone; rmdir ../gone; "$@"', ("generate", *NOBODY, "Hi"), 16, "was deleted"),
        ('"$@" 0> out', ("generate", *NOBODY, "Hi"), 2, "standard input cannot be read: bad file descriptor"),
        ('"$@" 0> out', ("generate", *NOBODY, "-f", "-", "Hi"), 2, "standard input: it cannot be read"),
        ('touch home; HOME=$PWD/home "$@"', ("aliases", "set", "a", "openai/m"), 16, "nothing is kept here"),
    ],
)
def test_what_is_wrong_around_it_is_one_sentence(
    tmp_path: Path, script: str, words: tuple[str, ...], code: int, said: str
) -> None:
    ended, told = in_shell(tmp_path, script, *words)
    assert (ended, len(told)) == (code, 1), told
    assert said in told[0]


def test_with_a_home_that_is_a_file_the_question_is_asked_all_the_same(tmp_path: Path) -> None:
    ended, told = in_shell(tmp_path, 'touch home; HOME=$PWD/home "$@"', "generate", *NOBODY, "Hi")
    assert ended == 9
    assert "nothing answers at http://127.0.0.1:1" in " ".join(told)


@pytest.mark.parametrize(
    "words",
    [
        ("settings", "set", "openai", "model=x"),
        ("settings", "list"),
        ("memory", "add", "x"),
        ("keys", "create", "name=a"),
        ("users", "invite"),
        ("aliases", "default", "openai/m"),
        ("conversations", "delete", "x", "--yes"),
        ("logs",),
        ("usage",),
    ],
    ids=lambda words: " ".join(words),
)
def test_where_nothing_can_be_kept_nothing_is_claimed_to_be(tmp_path: Path, words: tuple[str, ...]) -> None:
    """A file stands in the way of the data folder, as it does for a service without a home."""
    (tmp_path / ".local").write_text("in the way")
    with pytest.MonkeyPatch.context() as patched:
        code, out, err = line_at(tmp_path, patched)(*words)
    assert (code, out, err.count("\n")) == (16, "", 1)
    assert "the data folder cannot be written to. Name a file by POINTSMAN_DATABASE." in err


@pytest.mark.parametrize(
    "words",
    [
        ("generate", *NOBODY, "caf\udce9"),
        ("generate", *NOBODY, "-f", "none-\udce9.txt", "Hi"),
        ("aliases", "set", "caf\udce9", "openai/m"),
        ("conversations", "show", "\udce9"),
        ("logs", "\udce9"),
        ("memory", "add", "caf\udce9"),
        ("keys", "create", "name=\udce9"),
        ("collections", "search", "\udce9", "x"),
        ("backup", "\udce9.db"),
    ],
    ids=lambda words: words[0],
)
def test_a_word_that_is_no_text_is_told_before_anything_is_done(line: Line, words: tuple[str, ...]) -> None:
    code, out, err = line(*words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "\\udce9" in err
    assert "is not UTF-8 text" in err


def test_a_file_whose_name_is_no_text_is_read(line: Line) -> None:
    (line.home / "caf\udce9.txt").write_text("Points.")
    code, out, _ = line("read", "caf\udce9.txt")
    assert (code, "Points." in out) == (0, True)


def every_parser(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """`parser`, and those of its commands, and of theirs."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from every_parser(inner)


@pytest.mark.parametrize("columns", ["0", "1", "20", "80", "x"])
def test_the_help_of_every_command_fits_the_screen(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    """At the usual eighty no line is broken by the terminal; on any other there is at least help."""
    monkeypatch.setenv("COLUMNS", columns)
    for parser in every_parser(build_parser(("openai", "ollama"), "0")):
        lines = parser.format_help().splitlines()
        assert lines
        if columns == "80":
            assert [line for line in lines if len(line) > 80] == []


def test_words_that_may_be_none_are_not_told_as_required(line: Line) -> None:
    code, _, err = line("settings")
    assert (code, "required: ACTION." in err) == (2, True)
