"""`pointsman plugins` as a person calls it; the example plug-in, whole and broken; a new one, and its own tests."""

from __future__ import annotations

import importlib
import io
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

import pytest

from pointsman.__main__ import run
from pointsman.adapters.cli.terminal import Terminal
from tests.installed import install_package

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples/timetable_plugin"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which nothing is."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pointsman(*words: str) -> tuple[int, str, str]:
    """The exit code of `pointsman …`, its output, and what was said beside it."""
    out, err = io.StringIO(), io.StringIO()
    code = run(list(words), Terminal(out, err, io.StringIO()))
    return code, out.getvalue(), err.getvalue()


def test_where_there_is_none_it_says_how_to_begin(home: Path) -> None:
    code, out, err = pointsman("plugins")
    assert (code, out, "pointsman plugins new NAME" in err) == (0, "", True)


def test_each_is_a_line_with_its_package_and_state(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code_of_it = "def count(text: str) -> str:\n    'Count words.'\n    return str(len(text.split()))\n"
    install_package(home, "words_pack", code_of_it, "count = words_pack:count", group="tools")
    install_package(home, "sad_pack", "raise SystemExit('no')", "sad = sad_pack:x", group="tools")
    monkeypatch.syspath_prepend(home)
    code, out, _ = pointsman("plugins")
    lines = [line.split("\t") for line in out.splitlines()]
    assert (code, [line[:5] for line in lines]) == (
        0,
        [["tools", "count", "words_pack", "1", "ready"], ["tools", "sad", "sad_pack", "1", "broken"]],
    )
    assert lines[1][5] == "'sad_pack:x' of the package sad_pack did not load: SystemExit: no"
    (listed, _) = json.loads(pointsman("plugins", "--json")[1])
    assert listed == {
        "group": "tools",
        "name": "count",
        "package": "words_pack",
        "version": "1",
        "target": "words_pack:count",
        "state": "ready",
        "detail": "",
    }
    code, out, err = pointsman("tools")
    assert (code, "count\ttext\talways\tCount words." in out.splitlines()) == (0, True)
    assert err == "Note: 'sad_pack:x' of the package sad_pack did not load: SystemExit: no.\n"
    (home / "pointsman.toml").write_text('[plugins]\ndisabled = ["sad-pack", "tools.count"]\n', "utf-8")
    assert [line.split("\t")[4] for line in pointsman("plugins")[1].splitlines()] == ["off", "off"]
    assert "count" not in pointsman("tools")[1]


def test_a_new_one_is_a_package_whose_tests_pass_and_whose_types_fit(home: Path) -> None:
    assert pointsman("plugins", "new", "train-times", "tools", "middleware")[0] == 0
    project = tomllib.loads((home / "train-times/pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"] == {
        "pointsman.tools": {"train-times": "pointsman_train_times.tools:train_times"},
        "pointsman.middleware": {"train-times": "pointsman_train_times.middleware:Brief"},
    }
    assert not (home / "train-times/pointsman_train_times/providers.py").exists()
    code, _, err = pointsman("plugins", "new", "train-times")
    assert (code, err.count("\n"), "is there already" in err) == (2, 1, True)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["../up"], "is not a name of small letters"),
        (["Train"], "is not a name of small letters"),
        (["ok", "tols"], "'tols' is not a group that can be written; did you mean tools?"),
        (["ok", "stores"], "there are extractors, middleware, providers, tools"),
        ([], "needs a name"),
    ],
)
def test_what_cannot_be_written_is_refused_in_a_sentence(home: Path, words: list[str], reason: str) -> None:
    code, out, err = pointsman("plugins", "new", *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert reason in err
    assert list(home.iterdir()) == []


@pytest.mark.long
def test_the_tests_of_a_new_one_pass(home: Path) -> None:
    pointsman("plugins", "new", "train-times", "tools", "providers", "middleware", "extractors")
    folder = home / "train-times"
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(folder)))}
    done = subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=folder, env=paths, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    checked = subprocess.run([sys.executable, "-m", "mypy", "."], cwd=folder, env=paths, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


# The example


def put_example(folder: Path) -> None:
    """Lay the example out as pip would."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text("utf-8"))["project"]
    shutil.copytree(EXAMPLE / "pointsman_timetable", folder / "pointsman_timetable")
    info = folder / "pointsman_timetable-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pointsman-timetable\nVersion: 0.1.0\n", "utf-8")
    sections = [
        "\n".join([f"[{group}]", *(f"{name} = {target}" for name, target in points.items())])
        for group, points in project["entry-points"].items()
    ]
    (info / "entry_points.txt").write_text("\n".join(sections), "utf-8")


Ask: TypeAlias = Callable[..., tuple[int, str, str]]
"""`pointsman …`: exit code, output, and what was said beside it."""


def check_example(site: Path, ask: Ask) -> None:
    """It adds what it says; broken, it is named and all else works."""
    listed = json.loads(ask("plugins", "--json")[1])
    states = {(one["group"], one["name"]): one["state"] for one in listed if one["package"] == "pointsman-timetable"}
    assert set(states.values()) == {"ready"}
    assert states.keys() == {("providers", "timetable"), ("tools", "next_train"), ("extractors", "timetable")}
    assert ask(*QUESTION)[:2] == (0, "The next train to Brig leaves at 9:12.\n")
    assert "next_train" in ask("tools")[1]
    Path("a.timetable").write_text("9:12 Brig\n", "utf-8")
    Path("a.txt").write_text("Mind the gap.\n", "utf-8")
    assert ask("read", "a.timetable")[:2] == (0, "A train leaves for Brig at 9:12.\n")
    for module in ("departures", "provider", "extractor"):
        (site / f"pointsman_timetable/{module}.py").write_text("raise SystemExit('sold out')", "utf-8")
    forget_example()
    listed = json.loads(ask("plugins", "--json")[1])
    assert {one["state"] for one in listed if one["package"] == "pointsman-timetable"} == {"broken"}
    code, out, err = ask(*QUESTION)
    assert (code, out, err.count("\n")) == (3, "", 1)
    assert "of the package pointsman-timetable did not load: SystemExit: sold out" in err
    code, out, err = ask("read", "a.timetable", "a.txt")
    assert (code, "Mind the gap." in out, err.count("\n"), "sold out" in err) == (2, True, 1, True)
    code, out, err = ask("tools")
    assert (code, "calculator" in out, "sold out" in err) == (0, True, True)


QUESTION = ("generate", "-p", "timetable", "-m", "board", "To Brig after 9:00?")


def forget_example() -> None:
    """Have it imported anew in this process."""
    importlib.invalidate_caches()
    for name in [name for name in sys.modules if name.partition(".")[0] == "pointsman_timetable"]:
        del sys.modules[name]


def test_the_example_adds_what_it_says_and_broken_it_is_named(
    home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path_factory.mktemp("site")
    put_example(site)
    monkeypatch.syspath_prepend(site)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # what is written twice within a second looks unchanged
    forget_example()
    check_example(site, pointsman)
    forget_example()


@pytest.mark.long
@pytest.mark.skipif(find_spec("hatchling") is None, reason="hatchling, by which the example is built, is not installed")
def test_the_example_is_built_and_installed_from_its_folder(
    home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source, site = tmp_path_factory.mktemp("source") / "plugin", tmp_path_factory.mktemp("site")
    shutil.copytree(EXAMPLE, source)
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--target", str(site))
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, str(source)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(site)))}

    def ask(*words: str) -> tuple[int, str, str]:
        command = [sys.executable, "-m", "pointsman", *words]
        ended = subprocess.run(command, cwd=home, env=paths, capture_output=True, text=True)
        return ended.returncode, ended.stdout, ended.stderr

    check_example(site, ask)
