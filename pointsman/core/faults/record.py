"""What is recorded of a program's faults: which ones its tests notice, and what they reported then. Pure.

The record is made once, by one Python, and read by all: so a seed chooses the same faults with the same error streams
everywhere, and nothing need be run to make them.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from pointsman.core.evaluation.error_stream import ReportedError, name_exception, render_errors
from pointsman.core.evaluation.fault import Case, FaultKind, Level, Program
from pointsman.core.faults.candidates import FaultCandidate, faulty_files, find_candidate, print_files


@attrs.frozen(kw_only=True)
class RecordedFault:
    """A fault that the hidden checks noticed each time: its id, the keys of its edits, what visible tests reported."""

    id: str
    edits: tuple[str, ...]
    errors: tuple[ReportedError, ...] = ()

    @property
    def kind(self) -> FaultKind:
        """The kind of the first edit."""
        return FaultKind(self.edits[0].partition("|")[0])

    @property
    def level(self) -> Level:
        """How difficult it is: one edit, two in one file, two in two files."""
        files = {edit.split("|")[1] for edit in self.edits}
        if len(self.edits) == 1:
            return 1
        return 2 if len(files) == 1 else 3


@attrs.frozen(kw_only=True)
class FaultRecord:
    """A program with its faults. `survived` and `flaky` count by kind what was tried and rejected.

    `cpu_seconds` bounds one run of all checks of a faulty program: ten times what the correct one takes, at least 0.5.
    """

    program: Program
    faults: tuple[RecordedFault, ...]
    survived: Mapping[FaultKind, int]
    flaky: Mapping[FaultKind, int]
    cpu_seconds: float = 0.5


def build_case(record: FaultRecord, fault: RecordedFault) -> Case | None:
    """The case of a recorded fault; None where the program has no such edits any more: the record is stale."""
    candidate = find_candidate(record.program, fault.edits)
    faulty = None if candidate is None else faulty_files(record.program, candidate)
    if candidate is None or faulty is None or candidate.id != fault.id:
        return None
    return make_case(record.program, candidate, faulty, fault.errors, record.cpu_seconds)


def make_case(
    program: Program,
    candidate: FaultCandidate,
    faulty: Mapping[str, str],
    errors: tuple[ReportedError, ...],
    cpu_seconds: float,
) -> Case:
    """The case of a proven fault."""
    shown = {**faulty, f"test_{program.name}.py": program.visible}
    return Case(
        id=candidate.id,
        program=program.name,
        kind=candidate.kind,
        kinds=tuple(edit.edit.kind for edit in candidate.edits),
        level=candidate.level,
        files=faulty,
        original=print_files(program.files),
        visible=program.visible,
        hidden=program.hidden,
        expected=program.expected,
        error=render_errors(errors, shown),
        exception=name_exception(errors),
        silent=not errors,
        cpu_seconds=cpu_seconds,
        edits=tuple(f"{edit.file}: {edit.edit.description}" for edit in candidate.edits),
    )
