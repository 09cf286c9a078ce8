"""Where the process itself stands badly: its folder is gone, its input cannot be read, its words are no text."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pointsman.adapters.cli.parser import build_parser
from tests.command_line import POINTSMAN, ROOT, Line, environment, line_at
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


NAMELESS = ("setpriv", "--reuid", "54321", "--clear-groups", "--inh-caps", "+dac_read_search")
"""A user whom the machine has no name and no home for, as in a container; it may read what root has installed."""


@pytest.mark.skipif(os.getuid() != 0 or shutil.which("setpriv") is None, reason="only root becomes somebody else")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("route", "Hi"), 3, "no provider is configured"),
        (("generate", *NOBODY, "Hi"), 9, "nothing answers"),
        (("keys", "list"), 16, "nothing is kept here"),
        (("read", "~$notes.txt"), 0, ""),
        (("local", "list"), 0, ""),
        (("eval", "list"), 16, "nothing is kept here"),
    ],
    ids=lambda words: words[0] if isinstance(words, tuple) else None,
)
def test_without_a_home_and_a_name_nothing_breaks(tmp_path: Path, words: tuple[str, ...], code: int, said: str) -> None:
    (tmp_path / "~$notes.txt").write_text("Points.")
    told = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONPATH": ROOT, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*NAMELESS, "--ambient-caps", "+dac_read_search", *POINTSMAN, *words],
        env=told,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=GUARD,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    assert said in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("read", "~nobody-of-that-name/a.txt"),
        ("generate", *NOBODY, "-f", "~nobody-of-that-name/a.txt", "Hi"),
        ("generate", *NOBODY, "--schema", "~nobody-of-that-name/a.json", "Hi"),
        ("generate", *NOBODY, "--functions", "~nobody-of-that-name/a.py", "Hi"),
        ("route", "--config", "~nobody-of-that-name/a.toml", "Hi"),
        ("keys", "list", "--database", "~nobody-of-that-name/a.db"),
        ("restore", "~nobody-of-that-name/a.db"),
        ("conversations", "import", "~nobody-of-that-name/a.json"),
        ("settings", "import", "~nobody-of-that-name/a.toml"),
        ("eval", "report", "~nobody-of-that-name/a.db"),
        ("simulate", "--scenario", "~nobody-of-that-name/a.toml"),
        ("simulate", "--record", "~nobody-of-that-name/a.log"),
    ],
    ids=lambda words: f"{words[0]} {words[-2]}",
)
def test_the_home_of_somebody_who_is_not_known_is_one_sentence(line: Line, words: tuple[str, ...]) -> None:
    code, out, err = line(*words)
    assert (code in (2, 3, 16), out, err.count("\n")) == (True, "", 1), (code, err)
    assert "nobody-of-that-name" in err


def test_a_backup_into_such_a_home_is_taken_as_a_shell_takes_it(line: Line) -> None:
    assert line("keys", "list")[0] == 0
    (line.home / "~nobody-of-that-name").mkdir()
    code, _, err = line("backup", "~nobody-of-that-name/a.db")
    assert (code, (line.home / "~nobody-of-that-name" / "a.db").exists()) == (0, True), err


def test_no_file_of_the_product_asks_for_a_home_in_a_way_that_may_raise() -> None:
    product = Path(ROOT) / "pointsman"
    own = [file for file in product.rglob("*.py") if "_programs" not in file.parts]
    assert len(own) > 100
    raising = re.compile(r"\.expanduser\(\)|Path\.home\b|\bplatformdirs\.")
    found = [str(file.relative_to(product)) for file in own if raising.search(file.read_text("utf-8"))]
    assert found == ["adapters/home.py"]
