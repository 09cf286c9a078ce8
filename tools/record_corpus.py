"""Record what the programs of the corpus come to, and which faults their checks notice.

    python tools/record_corpus.py [NAME ...]          writes `expected.json` and `faults.json` where the texts changed
    python tools/record_corpus.py --all [NAME ...]    writes them anew
    python tools/record_corpus.py --check [NAME ...]  writes nothing; ends with 1 if anything is not as recorded

`--python PATH` runs the programs on another interpreter, `--root FOLDER` takes another corpus. Prints what survived:
a check is missing, unless the edit changes nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import anyio
import attrs
from returns.result import Failure, Result

from pointsman.adapters.corpus.reader import PROGRAMS, digest, program_folders, read_fault_record, read_program
from pointsman.adapters.corpus.record_format import RecordFile, write_expected, write_record
from pointsman.adapters.sandbox.caged import open_caged
from pointsman.adapters.sandbox.process import ProcessSandbox
from pointsman.core.evaluation.fault import FaultKind, Outcome, Program
from pointsman.core.faults.candidates import (
    Candidate,
    faulty_files,
    paired_candidates,
    print_files,
    short_hash,
    single_candidates,
)
from pointsman.core.faults.record import FaultRecord, RecordedFault, build_case
from pointsman.services.evaluation.fault_oracle import FaultOracle, Finding, Proof
from pointsman.services.ports.sandbox import Sandbox

THIN = frozenset(
    {
        FaultKind.MUTABLE_DEFAULT,
        FaultKind.ENCODING,
        FaultKind.ASYNC_AWAIT,
        FaultKind.RESOURCE_LEAK,
        FaultKind.CONCURRENCY,
        FaultKind.IMPORT,
        FaultKind.API_MISUSE,
        FaultKind.PERFORMANCE,
        FaultKind.EXCEPTION,
    }
)
"""Kinds that few programs have places for: more is tried of them."""
_MOST_SILENT = 2
_SLOWEST = 0.4
"""CPU seconds that the checks of a program may take, the interpreter's start included."""


@attrs.frozen
class Tried:
    """A candidate, its faulty files, and what came of it."""

    candidate: Candidate
    faulty: dict[str, str]
    proof: Proof


async def record(folder: Path, oracle: FaultOracle) -> tuple[str, ...]:
    """Write both files of the program in `folder`; what is wrong with it where something is."""
    read = read_program(folder)
    if isinstance(read, Failure):
        return (read.failure().summary,)
    measured = await _measure(read.unwrap(), oracle)
    if isinstance(measured, str):
        return (f"{folder.name}: {measured}",)
    program, cpu_seconds = measured
    (folder / "expected.json").write_bytes(write_expected(program.expected))
    tried = await _try_all(program, oracle, cpu_seconds)
    kept = _without_spare(tried)
    (folder / "faults.json").write_bytes(
        write_record(
            RecordFile(
                digest=digest(program),
                python=".".join(map(str, sys.version_info[:2])),
                texts=hash_texts(one.faulty for one in kept),
                cpu_seconds=cpu_seconds,
                faults=tuple(_recorded(one) for one in kept),
                survived=_count(tried, "survived"),
                flaky=_count(tried, "flaky"),
            )
        )
    )
    for one in tried:
        if one.proof.finding != "noticed":
            said = "; ".join(f"{edit.file}: {edit.edit.description}" for edit in one.candidate.edits)
            print(f"  {program.name}: {one.proof.finding} {one.candidate.kind} {one.candidate.id}: {said}")
    print(f"{program.name}: {len(kept)} of {len(tried)} noticed", flush=True)
    return ()


def _without_spare(tried: Sequence[Tried]) -> list[Tried]:
    """What was noticed, with at most two faults of a kind and a level that the visible tests do not show."""
    silent: Counter[tuple[FaultKind, int]] = Counter()
    kept = []
    for one in tried:
        if one.proof.finding == "noticed":
            silent[one.candidate.kind, one.candidate.level] += not one.proof.errors
            if one.proof.errors or silent[one.candidate.kind, one.candidate.level] <= _MOST_SILENT:
                kept.append(one)
    return kept


def _recorded(one: Tried) -> RecordedFault:
    keys = tuple(edit.key for edit in one.candidate.edits)
    return RecordedFault(id=one.candidate.id, edits=keys, errors=one.proof.errors)


def _count(tried: Sequence[Tried], finding: Finding) -> dict[FaultKind, int]:
    return dict(sorted(Counter(one.candidate.kind for one in tried if one.proof.finding == finding).items()))


def hash_texts(texts: Iterable[dict[str, str]]) -> str:
    """A hash of faulty programs as they are printed."""
    whole = "\0".join(f"{name}\n{text}" for files in texts for name, text in sorted(files.items()))
    return hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:16]


async def _measure(program: Program, oracle: FaultOracle) -> tuple[Program, float] | str:
    """The program with what its checks come to, and the CPU seconds that a faulty one may take."""
    files = print_files(program.files)
    outcomes: list[dict[str, Outcome]] = []
    cpu_seconds = 0.0
    for _ in range(3):
        run = await oracle.measure(program, files)
        if isinstance(run, Failure):
            return str(run.failure())
        outcomes.append(dict(run.unwrap().outcomes))
        cpu_seconds = max(cpu_seconds, run.unwrap().cpu_seconds)
    if outcomes[0] != outcomes[1] or outcomes[0] != outcomes[2]:
        return f"its checks do not come to the same each time: {outcomes}"
    odd = [f"{name}: {one.error}" for name, one in outcomes[0].items() if one.error in ("not-plain", "timeout")]
    if odd or not outcomes[0]:
        return f"its checks give no plain data: {', '.join(odd) or 'there are none'}"
    if cpu_seconds > _SLOWEST:
        return f"its checks take {cpu_seconds:.2f} s of CPU time, more than {_SLOWEST} s"
    errors = await oracle.show(program, files, 10.0)
    if isinstance(errors, Failure) or errors.unwrap():
        return f"its visible tests fail: {errors}"
    return attrs.evolve(program, expected=outcomes[0]), max(
        0.5, round(10 * cpu_seconds, 0) if cpu_seconds > 0.15 else 0.5
    )


async def _try_all(program: Program, oracle: FaultOracle, cpu_seconds: float) -> list[Tried]:
    by_kind: dict[FaultKind, list[Candidate]] = defaultdict(list)
    for candidate in sorted(single_candidates(program), key=lambda one: one.id):
        by_kind[candidate.kind].append(candidate)
    seen: set[str] = set()
    tried: list[Tried] = []
    for kind in FaultKind:
        most, tries = (4, 14) if kind in THIN else (2, 8)
        tried += await _try_some(_apply(program, by_kind[kind], seen), program, oracle, cpu_seconds, most, tries)
    single = tuple(one.candidate for one in tried if one.proof.finding == "noticed")
    pairs = sorted(paired_candidates(single), key=lambda one: one.id)
    for level in (2, 3):
        chosen = _spread([pair for pair in pairs if pair.level == level])
        tried += await _try_some(_apply(program, chosen, seen), program, oracle, cpu_seconds, 5, 8)
    return tried


def _spread(pairs: list[Candidate]) -> list[Candidate]:
    """The pairs in an order in which each kind comes once before any comes twice."""
    place: Counter[FaultKind] = Counter()
    placed: list[tuple[int, str, Candidate]] = []
    for pair in pairs:
        if FaultKind.SYNTAX in (pair.edits[0].edit.kind, pair.edits[1].edit.kind):
            continue
        placed.append((place[pair.kind], short_hash(pair.id), pair))
        place[pair.kind] += 1
    return [pair for _, _, pair in sorted(placed, key=lambda one: one[:2])]


def _apply(
    program: Program, candidates: Iterable[Candidate], seen: set[str]
) -> Iterator[tuple[Candidate, dict[str, str]]]:
    """The candidates that are faults, each text once."""
    for candidate in candidates:
        faulty = faulty_files(program, candidate)
        if faulty is not None and (text := hash_texts([faulty])) not in seen:
            seen.add(text)
            yield candidate, faulty


async def _try_some(
    candidates: Iterator[tuple[Candidate, dict[str, str]]],
    program: Program,
    oracle: FaultOracle,
    cpu_seconds: float,
    most: int,
    tries: int,
) -> list[Tried]:
    """Try until visible tests show `most`, at most `tries`."""
    tried: list[Tried] = []
    for candidate, faulty in candidates:
        proof = await oracle.prove(program, faulty, cpu_seconds)
        if isinstance(proof, Failure):
            raise SystemExit(str(proof.failure()))
        tried.append(Tried(candidate, faulty, proof.unwrap()))
        if (
            sum(one.proof.finding == "noticed" and bool(one.proof.errors) for one in tried) >= most
            or len(tried) >= tries
        ):
            break
    return tried


async def check(folder: Path, oracle: FaultOracle) -> tuple[str, ...]:
    """What is not as it is recorded."""
    read = read_fault_record(folder)
    if isinstance(read, Failure):
        return (read.failure().summary,)
    known = read.unwrap()
    measured = await _measure(known.program, oracle)
    if isinstance(measured, str):
        return (f"{folder.name}: {measured}",)
    problems = [] if measured[0].expected == known.program.expected else ["its checks come to something else"]
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
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    folders = [folder for folder in program_folders(options.root) if not options.names or folder.name in options.names]
    problems = anyio.run(_open_and_run, folders, options)
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
