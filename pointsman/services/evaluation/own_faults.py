"""Faults of a user's own programs: made and proved here, or there already, as failing tests and tracebacks show."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.error import ConfigurationError
from pointsman.core.evaluation.error_stream import guess_kind, last_exception, name_exception, render_errors
from pointsman.core.evaluation.fault import Case, Outcome, Program
from pointsman.core.faults.candidates import short_hash
from pointsman.core.faults.record import FaultRecord
from pointsman.core.faults.sampling import FaultRequest, FaultSet, count_kinds, sample_faults
from pointsman.services.evaluation.fault_oracle import FaultOracle
from pointsman.services.evaluation.fault_recording import record_faults
from pointsman.services.ports.sandbox import Execution, Job, Sandbox, SandboxError

_PASSED = Outcome(value="'passed'")
_CPU_SECONDS = 5.0


async def make_own_faults(
    programs: Sequence[Program], tracebacks: Sequence[tuple[str, str]], request: FaultRequest, oracle: FaultOracle
) -> Result[FaultSet, ConfigurationError | SandboxError]:
    """The faults of `request`: first those that are there, then edits of the programs whose tests all pass."""
    present: list[Case] = []
    records: list[FaultRecord] = []
    oracle.progress.total = len(programs)
    for done, program in enumerate(programs):
        oracle.progress.done, oracle.progress.program = done, program.name
        found = await _present_fault(program, tracebacks, oracle)
        if isinstance(found, Failure):
            return found
        if found.unwrap():
            present.extend(found.unwrap())
            continue
        recorded = await record_faults(program, oracle)
        if isinstance(recorded, Failure):
            return recorded
        records.append(recorded.unwrap().record)
    wanted = [case for case in present if not request.kinds or case.kind in request.kinds][: request.count]
    return sample_faults(records, request).map(lambda made: _join(wanted, made, records, request.count))


def _join(present: Sequence[Case], made: FaultSet, records: Sequence[FaultRecord], count: int) -> FaultSet:
    cases = (*present, *made.cases)[:count]
    return FaultSet(cases=cases, counts=count_kinds(records, cases))


async def _present_fault(
    program: Program, tracebacks: Sequence[tuple[str, str]], oracle: FaultOracle
) -> Result[tuple[Case, ...], SandboxError]:
    """The fault that a program has already: its tests fail, or a traceback names one of its files."""
    run = await oracle.measure(program, program.files, _CPU_SECONDS)
    if isinstance(run, Failure):
        return run
    outcomes = run.unwrap().outcomes
    failing = [name for name, outcome in outcomes.items() if outcome.error]
    texts = [text for _, text in tracebacks if any(f'{file}"' in text for file in program.files)]
    if not texts and not failing:
        return Success(())
    shown = await oracle.show(program, program.files, _CPU_SECONDS)
    if isinstance(shown, Failure):
        return shown
    errors = shown.unwrap()
    own = render_errors(errors, {**program.files, f"test_{program.name}.py": program.visible})
    expected = {name: _PASSED if outcome.error else outcome for name, outcome in outcomes.items()}
    if not texts:
        return Success((_case(program, own, name_exception(errors), expected),))
    return Success(tuple(_case(program, text, last_exception(text), expected) for text in texts))


def _case(program: Program, error: str, exception: str, expected: dict[str, Outcome]) -> Case:
    kind = guess_kind(error)
    return Case(
        id=short_hash(f"{program.name}|{error}|{sorted(program.files.items())}"),
        program=program.name,
        kind=kind,
        kinds=(kind,),
        level=1,
        files=program.files,
        original={},
        visible=program.visible,
        hidden=program.hidden,
        expected=expected,
        error=error,
        exception=exception,
        silent=not error,
        cpu_seconds=_CPU_SECONDS,
    )


@attrs.frozen
class LibrarySandbox:
    """A `Sandbox` whose scripts can import from `libraries` too: folders of packages that the user's programs need."""

    inner: Sandbox
    libraries: tuple[str, ...]

    @property
    def name(self) -> str:
        """That of the sandbox inside."""
        return self.inner.name

    async def run(self, job: Job) -> Result[Execution, SandboxError]:
        """As `Sandbox.run`."""
        if not job.script:
            return await self.inner.run(job)
        head = f"import sys\nsys.path.extend({list(self.libraries)!r})\n"
        return await self.inner.run(attrs.evolve(job, script=head + job.script))
