"""`pointsman eval faults` as a person types it: in this process, on the real corpus."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import anyio
import pytest
from returns.result import Result

from pointsman.adapters.cli.eval_progress import shown_fault_progress
from pointsman.adapters.cli.main import run_line
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.error import ConfigurationError
from pointsman.core.evaluation.case_lines import read_cases
from pointsman.core.faults.sampling import FaultRequest, FaultSet
from pointsman.services.evaluation.progress import FaultProgress
from pointsman.services.ports.sandbox import SandboxError
from pointsman.wiring.live_wiring import LiveWiring
from tests.patience import until


def run(line: str) -> tuple[int, str, str]:
    """Exit code, output and errors."""
    terminal = Terminal(io.StringIO(), io.StringIO(), io.StringIO())
    code = run_line(line.split(), terminal, LiveWiring(), (), "0")
    assert isinstance(terminal.out, io.StringIO)
    assert isinstance(terminal.err, io.StringIO)
    return code, terminal.out.getvalue(), terminal.err.getvalue()


def test_the_same_seed_writes_the_same_file_and_another_one_another(tmp_path: Path) -> None:
    written = []
    for number, seed in enumerate((7, 7, 8)):
        code, _, said = run(f"eval faults --seed {seed} --count 36 --out {tmp_path / str(number)}")
        assert (code, said) == (0, f"36 faults in {tmp_path / str(number)}.\n")
        written.append((tmp_path / str(number)).read_bytes())
    assert written[0] == written[1] != written[2]
    assert len(read_cases(written[0].decode()).unwrap()) == 36


def test_counts_are_a_row_a_kind(tmp_path: Path) -> None:
    code, out, _ = run("eval faults --stats --count 18")
    assert code == 0
    rows = [line.split("\t") for line in out.splitlines()]
    assert [row[1] for row in rows] == ["1"] * 18 + ["18"]
    code, out, _ = run("eval faults --stats --json --kinds name,type --count 4")
    assert [(row["kind"], row["chosen"]) for row in json.loads(out)] == [("name", 2), ("type", 2)]


def test_without_a_file_the_cases_are_listed() -> None:
    code, out, _ = run("eval faults --kinds import --count 2")
    assert code == 0
    assert [line.split("\t")[1] for line in out.splitlines()] == ["import", "import"]
    _, out, _ = run("eval faults --kinds import --count 2 --json")
    assert [case.kind for case in read_cases(out).unwrap()] == ["import", "import"]


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("eval faults --out {}/x --count 1", 16, "cannot be written: No such file or directory"),
        ("eval faults --from {}", 3, "is no folder"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(tmp_path: Path, line: str, code: int, said: str) -> None:
    ended, _, err = run(line.format(tmp_path / "nowhere"))
    assert ended == code
    assert said in err


def test_a_kind_that_there_is_not_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run("eval faults --kinds name,colour")
    assert left.value.code == 2
    assert "'colour' is none of syntax, name, type" in capsys.readouterr().err


def test_faults_are_proved_again_on_demand() -> None:
    code, out, err = run("eval faults --kinds syntax --count 1 --prove --sandbox process")
    assert (code, err) == (0, "")
    assert len(out.splitlines()) == 1


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_pipe_is_told_now_and_then_how_far_the_faults_are() -> None:
    progress, err = FaultProgress(), io.StringIO()
    async with shown_fault_progress(progress, Terminal(io.StringIO(), err, io.StringIO())):
        await anyio.sleep(0.3)
        assert err.getvalue() == ""  # nothing is run yet
        progress.total, progress.done, progress.program = 4, 1, "notes"
        progress.tried, progress.noticed = 40, 33
        await until(lambda: err.getvalue().count("\n") == 1)
        progress.done = 4
    assert re.fullmatch(r"1 of 4 \(25 %\) · notes · 40 faults tried, 33 noticed · \d+ s left\n", err.getvalue())


def test_own_programs_and_proofs_are_counted_while_they_run(tmp_path: Path) -> None:
    (tmp_path / "twice.py").write_text("def twice(number):\n    return number + number\n")
    (tmp_path / "test_twice.py").write_text("from twice import twice\n\ndef test_twice():\n    assert twice(3) == 6\n")
    seen: list[FaultProgress] = []

    class Watched(LiveWiring):
        async def make_faults(
            self, request: FaultRequest, folder: str | None, prove: bool, sandbox: str, progress: FaultProgress
        ) -> Result[FaultSet, ConfigurationError | SandboxError]:
            seen.append(progress)
            return await super().make_faults(request, folder, prove, sandbox, progress)

    for line in (f"--from {tmp_path} --count 3", "--kinds syntax --count 1 --prove"):
        terminal = Terminal(io.StringIO(), io.StringIO(), io.StringIO())
        words = ["eval", "faults", *line.split(), "--sandbox", "process"]
        assert run_line(words, terminal, Watched(), (), "0") == 0
    own, proofs = seen
    assert (own.total, own.program) == (1, "twice")
    assert own.tried >= own.noticed >= 1
    assert (proofs.total, proofs.done, proofs.tried, proofs.noticed) == (1, 1, 1, 1)
