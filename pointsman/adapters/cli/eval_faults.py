"""`pointsman eval faults`: makes faulty programs, writes them as JSON Lines, and counts them by kind."""

from __future__ import annotations

import anyio
import attrs
from returns.result import Failure

from pointsman.adapters.cli.context import CliContext, Command
from pointsman.adapters.cli.eval_progress import shown_fault_progress
from pointsman.adapters.cli.exit_codes import BY_TAG, OK
from pointsman.adapters.cli.model_list import table
from pointsman.adapters.cli.terminal import Terminal
from pointsman.adapters.home import expand_home
from pointsman.core.evaluation.case_lines import write_cases
from pointsman.core.evaluation.fault import Case
from pointsman.core.faults.sampling import FaultRequest, FaultSet, KindCount
from pointsman.core.json import dumps_text
from pointsman.services.evaluation.progress import FaultProgress

_MOST_EXCEPTIONS = 3


@Command
async def faults(context: CliContext) -> int:
    """Make the faults; write them, count them, or list them."""
    options, terminal = context.options, context.terminal
    request = FaultRequest(seed=options.seed, kinds=options.kinds, count=options.count)
    progress = FaultProgress()
    async with shown_fault_progress(progress, terminal):
        made = await context.wiring.make_faults(request, options.folder, options.prove, options.sandbox, progress)
    if isinstance(made, Failure):
        terminal.complain(made.failure())
        return BY_TAG.get(made.failure().tag, BY_TAG["ConfigurationError"])
    faults = made.unwrap()
    if options.out is not None:
        problem = await _write(options.out, faults.cases)
        if problem:
            terminal.complain(f"{options.out} cannot be written: {problem}. Name another file by --out.")
            return BY_TAG["StorageError"]
        terminal.note(f"{len(faults.cases)} faults in {options.out}.")
    if options.stats:
        _show_counts(faults, terminal, options.json)
    elif options.out is None:
        _show_cases(faults.cases, terminal, options.json)
    if faults.disproved:
        terminal.complain(f"The tests did not notice {', '.join(faults.disproved)} three times of three here.")
        return BY_TAG["InvalidResponse"]
    return OK


async def _write(file: str, cases: tuple[Case, ...]) -> str:
    """Write `cases` to `file`; why it cannot be written, where it cannot."""
    try:
        await anyio.Path(expand_home(file)).write_text(write_cases(cases), "utf-8", newline="\n")
    except OSError as problem:
        return problem.strerror or str(problem)
    return ""


def _show_cases(cases: tuple[Case, ...], terminal: Terminal, as_json: bool) -> None:
    if as_json:
        for line in write_cases(cases).split("\n")[:-1]:
            terminal.say_json(line)
        return
    rows = [
        (case.id, case.kind.value, str(case.level), case.program, _symptom(case), "; ".join(case.edits))
        for case in cases
    ]
    table(("ID", "KIND", "LEVEL", "PROGRAM", "SEEN AS", "EDIT"), rows, terminal)


def _symptom(case: Case) -> str:
    return case.exception or "silent"


def _show_counts(faults: FaultSet, terminal: Terminal, as_json: bool) -> None:
    if as_json:
        terminal.say_json(dumps_text([attrs.asdict(row) for row in faults.counts]))
        return
    rows = [_row(row) for row in faults.counts]
    total = (
        "all",
        *(
            str(sum(getattr(row, name) for row in faults.counts))
            for name in ("chosen", "recorded", "survived", "flaky")
        ),
        _levels([level for row in faults.counts for level in row.levels.items()]),
        _share(sum(row.silent for row in faults.counts), sum(row.chosen for row in faults.counts)),
        "",
    )
    head = ("KIND", "CHOSEN", "KEPT", "SURVIVED", "FLAKY", "LEVELS 1/2/3", "SILENT", "EXCEPTIONS")
    table(head, [*rows, total], terminal)


def _row(row: KindCount) -> tuple[str, ...]:
    common = list(row.exceptions.items())[:_MOST_EXCEPTIONS]
    exceptions = ", ".join(f"{name} {count}" for name, count in common)
    numbers = (row.chosen, row.recorded, row.survived, row.flaky)
    levels = _levels(list(row.levels.items()))
    return (row.kind.value, *map(str, numbers), levels, _share(row.silent, row.chosen), exceptions)


def _levels(counts: list[tuple[int, int]]) -> str:
    return "/".join(str(sum(count for level, count in counts if level == wanted)) for wanted in (1, 2, 3))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else ""
