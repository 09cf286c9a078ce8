"""Record what the programs of the corpus come to, and which faults their checks notice.

    python tools/record_corpus.py [NAME ...]          writes `expected.json` and `faults.json` where the texts changed
    python tools/record_corpus.py --all [NAME ...]    writes them anew
    python tools/record_corpus.py --check [NAME ...]  writes nothing; ends with 1 if anything is not as recorded

`--python PATH` runs the programs on another interpreter, `--root FOLDER` takes another corpus. Prints what survived:
a check is missing, unless the edit changes nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import anyio
from returns.result import Failure, Result

from pointsman.adapters.corpus.reader import PROGRAMS, digest, program_folders, read_fault_record, read_program
from pointsman.adapters.corpus.record_format import RecordFile, write_expected, write_record
from pointsman.adapters.sandbox.caged import open_caged
from pointsman.adapters.sandbox.process import ProcessSandbox
from pointsman.core.faults.record import FaultRecord, build_case
from pointsman.services.evaluation.fault_oracle import FaultOracle
from pointsman.services.evaluation.fault_recording import FaultRecording, measure_program, record_faults
from pointsman.services.ports.sandbox import Sandbox

_SLOWEST = 0.4
"""CPU seconds that the checks of a program may take, the interpreter's start included."""


async def record(folder: Path, oracle: FaultOracle) -> tuple[str, ...]:
    """Write both files of the program in `folder`; what is wrong with it where something is."""
    read = read_program(folder)
    if isinstance(read, Failure):
        return (read.failure().summary,)
    recorded = await record_faults(read.unwrap(), oracle)
    if isinstance(recorded, Failure):
        return (recorded.failure().summary,)
    recording = recorded.unwrap()
    if recording.seconds > _SLOWEST:
        return (f"{folder.name}: its checks take {recording.seconds:.2f} s of CPU time, more than {_SLOWEST} s",)
    (folder / "expected.json").write_bytes(write_expected(recording.record.program.expected))
    (folder / "faults.json").write_bytes(write_record(_record_file(recording)))
    for one in recording.tried:
        if one.proof.finding != "noticed":
            said = "; ".join(f"{edit.file}: {edit.edit.description}" for edit in one.candidate.edits)
            print(f"  {folder.name}: {one.proof.finding} {one.candidate.kind} {one.candidate.id}: {said}")
    print(f"{folder.name}: {len(recording.record.faults)} kept of {len(recording.tried)} tried", flush=True)
    return ()


def _record_file(recording: FaultRecording) -> RecordFile:
    record = recording.record
    return RecordFile(
        digest=digest(record.program),
        python=".".join(map(str, sys.version_info[:2])),
        cpu_seconds=record.cpu_seconds,
        faults=record.faults,
        survived=dict(record.survived),
        flaky=dict(record.flaky),
    )


async def check(folder: Path, oracle: FaultOracle) -> tuple[str, ...]:
    """What is not as it is recorded."""
    read = read_fault_record(folder)
    if isinstance(read, Failure):
        return (read.failure().summary,)
    known = read.unwrap()
    measured = await measure_program(known.program, oracle)
    if isinstance(measured, Failure):
        return (measured.failure().summary,)
    expected = measured.unwrap()[0].expected
    problems = [] if expected == known.program.expected else ["its checks come to something else"]
    return tuple(f"{folder.name}: {problem}" for problem in (*problems, *_stale(known)))


def _stale(known: FaultRecord) -> Iterator[str]:
    for fault in known.faults:
        if build_case(known, fault) is None:
            yield f"the fault {fault.id} can no longer be made: {', '.join(fault.edits)}"


async def _run_all(folders: Sequence[Path], oracle: FaultOracle, options: argparse.Namespace) -> list[str]:
    problems: list[str] = []
    limiter = anyio.CapacityLimiter(options.jobs)

    async def run(folder: Path) -> None:
        async with limiter:
            problems.extend(await (check if options.check else record)(folder, oracle))

    async with anyio.create_task_group() as group:
        for folder in folders:
            if options.check or options.all or _is_stale(read_fault_record(folder)):
                group.start_soon(run, folder)
    return problems


async def _open_and_run(folders: Sequence[Path], options: argparse.Namespace) -> list[str]:
    """The cage where it can be had, for it starts a job in a fifth of the time."""
    if options.python:
        return await _run_all(folders, FaultOracle(ProcessSandbox(options.python)), options)
    async with open_caged() as opened:
        sandbox: Sandbox = ProcessSandbox() if isinstance(opened, Failure) else opened.unwrap()
        return await _run_all(folders, FaultOracle(sandbox), options)


def _is_stale(read: Result[FaultRecord, object]) -> bool:
    return isinstance(read, Failure) or any(True for _ in _stale(read.unwrap()))


def main() -> None:
    """Record or check."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--python", metavar="PATH")
    parser.add_argument("--root", type=Path, default=PROGRAMS)
    parser.add_argument("--jobs", type=int, default=6)
    options = parser.parse_args()
    folders = [folder for folder in program_folders(options.root) if not options.names or folder.name in options.names]
    problems = anyio.run(_open_and_run, folders, options)
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
