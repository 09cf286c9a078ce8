"""`pointsman eval run` and its reports, as a person starts them, on models that are simulated to heal."""

from __future__ import annotations

import io
import json
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

import pointsman
from pointsman.adapters.cli.main import run_line
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.evaluation.case_lines import write_cases
from pointsman.core.evaluation.fault import Case, Outcome
from pointsman.wiring.live_wiring import LiveWiring
from tests.patience import GUARD
from tests.services.evaluation.healers import a_case
from tests.test_cli import POINTSMAN, environment

CASES, GOOD = 6, 1
"""Faults, and the good programs among them that are shown as if they failed."""
ROOT = str(Path(pointsman.__file__).parents[1])
SCENARIO = """
[[rules]]
match = { model = "sim-a" }
heal = { cases = "faults.jsonl", probability = 1.0 }
[[rules]]
match = { model = "sim-b" }
heal = { cases = "faults.jsonl", probability = 0.3, latency = 0.05 }
"""
SETTINGS = """
default_provider = "sim"
[providers.sim]
kind = "custom"
base_url = "ADDRESS/v1"
api_key = "x"
[models."sim/sim-a"]
input = 3.0
output = 15.0
[models."sim/sim-b"]
input = 0.3
output = 1.5
"""


def cases(count: int) -> tuple[Case, ...]:
    """Cases whose checks really run."""
    return tuple(
        attrs.evolve(case, hidden="from main import f\n\ndef check_f():\n    return f(1)\n")
        for case in map(a_case, range(count))
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a few faults, a simulator that heals them, and settings that lead to it."""
    folder = tmp_path_factory.mktemp("eval")
    (folder / "faults.jsonl").write_text(write_cases(cases(CASES)))
    (folder / "healer.toml").write_text(SCENARIO)
    command = [*POINTSMAN, "simulate", "--port", "0", "--pace", "0", "--scenario", "healer.toml", "--record", "asked"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=surroundings(folder), cwd=folder) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[3]
        (folder / "settings.toml").write_text(SETTINGS.replace("ADDRESS", address))
        yield folder
        process.kill()


def surroundings(folder: Path) -> dict[str, str]:
    return {**environment(folder), "PYTHONPATH": ROOT}


@pytest.fixture
def line(home: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    for name, value in (("HOME", str(home)), ("XDG_DATA_HOME", str(home / "data"))):
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(home)
    return Line(home)


@attrs.frozen
class Line:
    """Runs command lines in this process."""

    home: Path

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        code = run_line(arguments, Terminal(out, err, io.StringIO()), LiveWiring(), (), "0")
        return code, out.getvalue(), err.getvalue()

    def run(self, *arguments: str) -> tuple[int, str, str]:
        common = ("--config", "settings.toml", "--sandbox", "process")
        return self("eval", "run", *common, *arguments)


def begin(out: str) -> tuple[str, ...]:
    return ("--models", "sim-a,sim/sim-b", "--faults", "faults.jsonl", "--out", out)


def test_a_run_ends_with_its_report_is_read_again_and_not_begun_anew(line: Line) -> None:
    code, out, err = line.run(*begin("one.db"), "--budget", "0.50")
    assert code == 0, err
    assert f"healing · seed 0 · {CASES} faults, 2 kinds · 6 programs · 2 models" in out
    assert "sim/sim-a  100 % ▕██████████▏" in out
    assert f"0 / {GOOD}" in out
    assert "The run is in one.db." in err
    assert line("eval", "report", "one.db")[1] == out
    report = json.loads(line("eval", "report", "one.db", "--json")[1])
    assert report["controls"] == {"original": [CASES, CASES], "unchanged": [0, CASES], "right": True}
    assert [model["name"] for model in report["models"]] == ["sim/sim-a", "sim/sim-b"]
    assert Decimal(report["cost_usd"]["known"]) <= Decimal("0.50")
    assert report["run"]["sandbox"] == "process"
    code, out, err = line.run(*begin("one.db"))
    assert (code, out) == (2, "")
    assert "go on with it by --resume one.db" in err
    assert line.run("--resume", "one.db")[0] == 0
    usage = json.loads(line("usage", "--by", "tag", "--json", "--since", "2000-01-01")[1])
    assert {row["group"]: row["calls"] for row in usage["rows"]}["eval:one"] == 2 * (CASES + GOOD)


def test_a_report_is_written_as_a_page_and_as_a_log(line: Line) -> None:
    assert line.run(*begin("shown.db"))[0] == 0
    code, out, err = line("eval", "report", "shown.db", "--html", "r.html", "--inspect", "i.json", "--json")
    assert code == 0, err
    assert "The report is in r.html.\nThe report is in i.json." in err
    page = (line.home / "r.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "pointsman eval run --models sim/sim-a,sim/sim-b" in page
    assert "<script" not in page
    log = json.loads((line.home / "i.json").read_text())
    assert len(log["samples"]) == 2 * CASES
    assert json.loads(out)["models"][0]["name"] == log["results"]["scores"][0]["name"]
    code, _, err = line("eval", "report", "shown.db", "--html", "nowhere/r.html")
    assert code != 0
    assert "nowhere/r.html cannot be written" in err


def test_a_budget_ends_a_run_and_a_larger_one_lets_it_go_on(line: Line) -> None:
    code, _, err = line.run(*begin("poor.db"), "--budget", "0.012", "--max-tokens", "500")
    assert code == 17
    assert "The budget is spent" in err
    assert "--resume poor.db --budget USD" in err
    report = json.loads(line("eval", "report", "poor.db", "--json")[1])
    assert 0 < Decimal(report["cost_usd"]["known"]) <= Decimal("0.012")
    assert line.run("--resume", "poor.db", "--budget", "5")[0] == 0


def test_runs_are_listed_found_by_id_and_compared(line: Line) -> None:
    list_find_and_compare(line)


def list_find_and_compare(line: Line) -> None:
    """Runs that name no file, in a place that holds none yet."""
    assert "There are no runs yet" in line("eval", "list")[2]
    assert "there are no runs yet" in line("eval", "report")[2]
    for prompt in ("plain", "steps"):
        code, _, err = line.run("--models", "sim-b", "--faults", "faults.jsonl", "--prompt", prompt)
        assert code == 0, err
    listed = json.loads(line("eval", "list", "--json")[1])
    assert [run["judged"] for run in listed] == [CASES, CASES]
    first, second = (run["id"] for run in listed)
    for name in ("latest", second):
        assert line.run("--resume", name)[0] == 0
    assert line("eval", "report", "latest")[1] == line("eval", "report", second)[1]
    compared = json.loads(line("eval", "compare", first, second, "--json")[1])
    assert (compared["first"], compared["second"], compared["shared_cases"]) == (first, second, CASES)
    assert "no difference seen" in line("eval", "compare", first, second)[1]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("eval", "run"), 2, "no model is named"),
        (("eval", "run", "--models", "sim-a", "--prompt", "odd", "--out", "x.db"), 2, "no healing prompt 'odd'"),
        (("eval", "run", "--models", "sim-a", "--tasks", "none.toml", "--out", "x.db"), 16, "none.toml cannot be read"),
        (("eval", "run", "--resume", "none.db"), 2, "there is no run 'none.db'"),
        (("eval", "report", "nothing"), 2, "there is no run 'nothing'"),
        (("eval", "compare", "one"), 2, "two runs are compared"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(line: Line, arguments: tuple[str, ...], code: int, said: str) -> None:
    more = ("--config", "settings.toml", "--sandbox", "process") if arguments[1] == "run" else ()
    found, out, err = line(*arguments, *more)
    assert (found, out) == (code, "")
    assert said in err
    assert not list(line.home.glob("*x.db*"))


def test_a_run_that_does_not_begin_takes_no_file_of_others_away(line: Line) -> None:
    (line.home / "poetry.lock").write_text("[[package]]")
    code, _, err = line.run("--models", "sim-a", "--tasks", "none.toml", "--out", "poetry")
    assert code == 16
    assert "none.toml cannot be read" in err
    assert (line.home / "poetry.lock").read_text() == "[[package]]"
    assert not (line.home / "poetry").exists()


def test_faults_that_a_user_has_already_have_no_control_of_a_correct_program(line: Line) -> None:
    tests = "from main import f\ndef test_f():\n    assert f(1)\n"
    passed = Outcome(value="'passed'")
    own = [attrs.evolve(case, hidden=tests, original={}, expected={"test_f": passed}) for case in cases(2)]
    (line.home / "own.jsonl").write_text(write_cases(own))
    code, out, err = line.run("--models", "sim-a", "--faults", "own.jsonl", "--out", "own.db")
    assert code == 0, err
    assert "The measurement is not right" not in out
    assert "tests of your own" in out
    report = json.loads(line("eval", "report", "own.db", "--json")[1])
    assert report["controls"] == {"original": [0, 0], "unchanged": [0, 2], "right": True}
    assert report["run"]["own_tests"]
    assert [(model["cases"], model["shown"]) for model in report["models"]] == [(2, 0)]
    assert line("eval", "report", "own.db", "--html", "own.html")[0] == 0
    assert "tests of your own" in (line.home / "own.html").read_text()


def test_tasks_of_ones_own_run_in_the_same_way(line: Line) -> None:
    (line.home / "tasks.toml").write_text(
        '[[tasks]]\nprompt = "Say words"\nkind = "words"\nanswer = "a word"\ncheck = { contains = "word" }\n'
        '[[tasks]]\nprompt = "Say 7"\nkind = "numbers"\ncheck = { pattern = "^never$" }\n'
    )
    code, out, err = line.run("--models", "sim", "--tasks", "tasks.toml", "--out", "tasks.db")
    assert code == 0, err
    assert "tasks · seed 0 · 2 tasks, 2 kinds" in out
    assert "sim/sim   50 %" in out
    report = json.loads(line("eval", "report", "tasks.db", "--json")[1])
    assert report["controls"]["original"] == [1, 1]


def judged(path: Path) -> int:
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            count = connection.execute("SELECT count(*) FROM run_question WHERE state = 'judged'").fetchone()[0]
        connection.close()
    except sqlite3.Error:
        return 0
    return int(count)


def unanswered(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        count = connection.execute("SELECT count(*) FROM run_question WHERE state = 'asking'").fetchone()[0]
    connection.close()
    return int(count)


def stop_after(home: Path, more: int, how: signal.Signals, *arguments: str) -> tuple[int, str]:
    """As `stop_once`, for the run in the file `stopped.db`."""
    return stop_once(home, surroundings(home), lambda: judged(home / "stopped.db"), more, how, *arguments)


def stop_once(
    home: Path, variables: dict[str, str], count: Callable[[], int], more: int, how: signal.Signals, *arguments: str
) -> tuple[int, str]:
    """Start a run, and send it `how` once so many more answers are judged; its exit code, and what it complained of."""
    wanted = count() + more
    command = [*POINTSMAN, "eval", "run", "--config", "settings.toml", "--sandbox", "process", *arguments]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=variables, cwd=home, start_new_session=True
    ) as process:
        ends = time.monotonic() + GUARD
        while count() < wanted and time.monotonic() < ends:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(how)
        return process.wait(GUARD), process.stderr.read() if process.stderr is not None else ""


@pytest.mark.long
def test_a_run_that_is_killed_and_interrupted_equals_one_that_was_not_and_asks_nothing_twice(
    line: Line, home: Path
) -> None:
    line.run(*begin("whole.db"), "--parallel", "4")
    (home / "asked").write_text("")
    stop_after(home, 6, signal.SIGKILL, *begin("stopped.db"), "--parallel", "4")
    lost = unanswered(home / "stopped.db")
    code, err = stop_after(home, 6, signal.SIGINT, "--resume", "stopped.db", "--parallel", "4")
    assert code == 130
    assert "Go on by `pointsman eval run --resume stopped.db`" in err
    assert "Traceback" not in err
    lost += unanswered(home / "stopped.db")
    stop_after(home, 6, signal.SIGKILL, "--resume", "stopped.db", "--parallel", "4")
    lost += unanswered(home / "stopped.db")
    code, out, err = line.run("--resume", "stopped.db", "--parallel", "4")
    assert code == 0, err
    line("eval", "export", "whole.db", "--out", "whole.jsonl")
    line("eval", "export", "stopped.db", "--out", "stopped.jsonl")
    assert (home / "whole.jsonl").read_bytes() == (home / "stopped.jsonl").read_bytes()
    asked = sum("chat/completions" in row for row in (home / "asked").read_text().splitlines())
    assert asked == 2 * (CASES + GOOD) + lost
    assert f"{CASES} faults" in out
