"""Proves again, here and now, that tests notice the faults of cases. Knows the oracle alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.core.evaluation.fault import Case, Program
from pointsman.core.faults.sampling import FaultSet
from pointsman.services.evaluation.fault_oracle import FaultOracle
from pointsman.services.ports.sandbox import SandboxError
from pointsman.services.tasks.together import tasks_together

_SIDE_BY_SIDE = 4


async def prove_faults(
    faults: FaultSet, programs: Sequence[Program], oracle: FaultOracle
) -> Result[FaultSet, SandboxError]:
    """`faults` with the ids of those that tests did not notice each time. `programs` are those of its cases."""
    by_name = {program.name: program for program in programs}
    disproved: set[str] = set()
    problems: list[SandboxError] = []
    limiter = anyio.CapacityLimiter(_SIDE_BY_SIDE)
    oracle.progress.total = len(faults.cases)
    async with tasks_together() as group:
        for case in faults.cases:
            group.start_soon(_prove, case, by_name, oracle, limiter, disproved, problems)
    if problems:
        return Failure(problems[0])
    ordered = tuple(case.id for case in faults.cases if case.id in disproved)
    return Success(attrs.evolve(faults, disproved=ordered))


async def _prove(
    case: Case,
    programs: Mapping[str, Program],
    oracle: FaultOracle,
    limiter: anyio.CapacityLimiter,
    disproved: set[str],
    problems: list[SandboxError],
) -> None:
    async with limiter:
        if problems:
            return
        proof = await oracle.prove(programs[case.program], case.files, case.cpu_seconds)
        if isinstance(proof, Failure):
            problems.append(proof.failure())
        elif proof.unwrap().finding != "noticed":
            disproved.add(case.id)
        oracle.progress.done += 1
