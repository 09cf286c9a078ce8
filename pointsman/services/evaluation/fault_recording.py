"""Finds the faults of a program that its tests notice: measures the correct one, then tries edits kind by kind.

Which are tried depends on nothing but the program, so a record can be made again anywhere.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.error import ConfigurationError
from pointsman.core.evaluation.error_stream import render_errors
from pointsman.core.evaluation.fault import FaultKind, Files, Level, Outcome, Program
from pointsman.core.faults.candidates import (
    FaultCandidate,
    faulty_files,
    paired_candidates,
    print_files,
    short_hash,
    single_candidates,
)
from pointsman.core.faults.record import FaultRecord, RecordedFault
from pointsman.services.evaluation.fault_oracle import TIMES, FaultOracle, Finding, Proof
from pointsman.services.ports.sandbox import SandboxError

THIN_KINDS = frozenset(
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
_LEAST_CPU_SECONDS = 0.5
_MOST_SILENT = 2
_FIRST_LIMIT = 10.0
"""CPU seconds that the correct program may take, before anything is known of it."""


@attrs.frozen
class TriedFault:
    """A candidate, the program's files with it, and what came of it."""

    candidate: FaultCandidate
    faulty: Files
    proof: Proof


@attrs.frozen
class FaultRecording:
    """A program's record, and everything that was tried for it."""

    record: FaultRecord
    tried: tuple[TriedFault, ...]
    seconds: float
    """CPU seconds that the checks of the correct program took, the interpreter's start included."""


async def record_faults(
    program: Program, oracle: FaultOracle
) -> Result[FaultRecording, ConfigurationError | SandboxError]:
    """Measure what the checks of `program` come to, and find faults that they notice."""
    measured = await measure_program(program, oracle)
    if isinstance(measured, Failure):
        return measured
    known, seconds = measured.unwrap()
    allowed = allowed_seconds(seconds)
    tried = await _try_all(known, oracle, allowed)
    if isinstance(tried, Failure):
        return tried
    kept = _without_spare(tried.unwrap())
    record = FaultRecord(
        program=known,
        faults=tuple(_recorded_fault(one) for one in kept),
        survived=_count(tried.unwrap(), "survived"),
        flaky=_count(tried.unwrap(), "flaky"),
        cpu_seconds=allowed,
    )
    return Success(FaultRecording(record, tuple(tried.unwrap()), seconds))


async def measure_program(
    program: Program, oracle: FaultOracle
) -> Result[tuple[Program, float], ConfigurationError | SandboxError]:
    """The program with what its checks come to, three times alike, and the CPU seconds that they take."""
    files = print_files(program.files)
    seen: list[dict[str, Outcome]] = []
    seconds = 0.0
    for _ in range(TIMES):
        run = await oracle.measure(program, files, _FIRST_LIMIT)
        if isinstance(run, Failure):
            return run
        seen.append(dict(run.unwrap().outcomes))
        seconds = max(seconds, run.unwrap().cpu_seconds)
    errors = await oracle.show(program, files, _FIRST_LIMIT)
    if isinstance(errors, Failure):
        return errors
    shown = {**files, f"test_{program.name}.py": program.visible}
    problem = _problem(seen) or render_errors(errors.unwrap(), shown)
    if problem:
        return Failure(ConfigurationError(detail=f"{program.name} is no correct program with tests: {problem}"))
    return Success((attrs.evolve(program, expected=seen[0]), seconds))


def _problem(seen: Sequence[Mapping[str, Outcome]]) -> str:
    if any(outcomes != seen[0] for outcomes in seen):
        return "its checks do not come to the same each time"
    odd = [f"{name} ({one.error})" for name, one in seen[0].items() if one.error in {"not-plain", "timeout", "missing"}]
    if odd:
        return f"these checks give no plain data, or do not end: {', '.join(odd)}"
    return "" if seen[0] else "there are no checks, or they cannot be imported"


def allowed_seconds(seconds: float) -> float:
    """CPU seconds that a faulty program may take where the correct one takes `seconds`: ten times as much."""
    return max(_LEAST_CPU_SECONDS, float(round(10 * seconds)) if seconds >= 0.15 else 0.0)


def _recorded_fault(one: TriedFault) -> RecordedFault:
    keys = tuple(edit.key for edit in one.candidate.edits)
    return RecordedFault(id=one.candidate.id, edits=keys, errors=one.proof.errors)


def _without_spare(tried: Sequence[TriedFault]) -> list[TriedFault]:
    """What was noticed, with at most two faults of a kind and a level that the visible tests do not show."""
    silent: Counter[tuple[FaultKind, Level]] = Counter()
    kept = []
    for one in tried:
        if one.proof.finding == "noticed":
            silent[one.candidate.kind, one.candidate.level] += not one.proof.errors
            if one.proof.errors or silent[one.candidate.kind, one.candidate.level] <= _MOST_SILENT:
                kept.append(one)
    return kept


def _count(tried: Sequence[TriedFault], finding: Finding) -> dict[FaultKind, int]:
    return dict(sorted(Counter(one.candidate.kind for one in tried if one.proof.finding == finding).items()))


async def _try_all(program: Program, oracle: FaultOracle, cpu_seconds: float) -> Result[list[TriedFault], SandboxError]:
    by_kind: dict[FaultKind, list[FaultCandidate]] = defaultdict(list)
    for candidate in sorted(single_candidates(program), key=lambda one: one.id):
        by_kind[candidate.kind].append(candidate)
    trial = _Trial(program, oracle, cpu_seconds)
    for kind in FaultKind:
        most, tries = (3, 10) if kind in THIN_KINDS else (2, 6)
        failed = await trial.try_some(by_kind[kind], most, tries)
        if failed:
            return Failure(failed)
    single = tuple(one.candidate for one in trial.tried if one.proof.finding == "noticed")
    pairs = sorted(paired_candidates(single), key=lambda one: one.id)
    for level in (2, 3):
        failed = await trial.try_some(_spread([pair for pair in pairs if pair.level == level]), 4, 6)
        if failed:
            return Failure(failed)
    return Success(trial.tried)


@attrs.define
class _Trial:
    """What was tried so far of one program; each faulty text once."""

    program: Program
    oracle: FaultOracle
    cpu_seconds: float
    tried: list[TriedFault] = attrs.field(factory=list)
    seen: set[str] = attrs.field(factory=set)

    async def try_some(self, candidates: Iterable[FaultCandidate], most: int, tries: int) -> SandboxError | None:
        """Try until visible tests show `most` more, at most `tries`; why it cannot go on where it cannot."""
        shown = 0
        for candidate, faulty in self._apply(candidates):
            proof = await self.oracle.prove(self.program, faulty, self.cpu_seconds)
            if isinstance(proof, Failure):
                problem: SandboxError = proof.failure()
                return problem
            self.tried.append(TriedFault(candidate, faulty, proof.unwrap()))
            shown += proof.unwrap().finding == "noticed" and bool(proof.unwrap().errors)
            tries -= 1
            if shown >= most or tries <= 0:
                break
        return None

    def _apply(self, candidates: Iterable[FaultCandidate]) -> Iterator[tuple[FaultCandidate, dict[str, str]]]:
        for candidate in candidates:
            faulty = faulty_files(self.program, candidate)
            if faulty is not None and (text := hash_texts([faulty])) not in self.seen:
                self.seen.add(text)
                yield candidate, faulty


def _spread(pairs: Sequence[FaultCandidate]) -> list[FaultCandidate]:
    """The pairs in an order in which each kind comes once before any comes twice; a slip of syntax hides all else."""
    place: Counter[FaultKind] = Counter()
    placed: list[tuple[int, str, FaultCandidate]] = []
    for pair in pairs:
        if all(edit.edit.kind != FaultKind.SYNTAX for edit in pair.edits):
            placed.append((place[pair.kind], short_hash(pair.id), pair))
            place[pair.kind] += 1
    return [pair for _, _, pair in sorted(placed, key=lambda one: one[:2])]


def hash_texts(texts: Iterable[Files]) -> str:
    """A hash of faulty programs as they are printed."""
    whole = "\0".join(f"{name}\n{text}" for files in texts for name, text in sorted(files.items()))
    return hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:16]
