"""`pointsman eval report`, `compare`, `list` and `export`: what runs have found. Asks no model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import anyio
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result

from pointsman.adapters.cli.context import CliContext, Command
from pointsman.adapters.cli.eval_begin import Trouble
from pointsman.adapters.cli.eval_screen import show_comparison, show_report
from pointsman.adapters.cli.exit_codes import OK, report_failure
from pointsman.adapters.cli.model_list import table
from pointsman.adapters.cli.named_runs import LATEST, NamedRun, open_named_run, open_user_runs, run_in_folder
from pointsman.adapters.cli.options import Options
from pointsman.adapters.cli.terminal import Terminal
from pointsman.adapters.home import expand_home
from pointsman.core.effect import settle
from pointsman.core.error import ConfigurationError, StorageError, invalid_request
from pointsman.core.evaluation.inspect_log import inspect_log
from pointsman.core.evaluation.report_page.page import report_page
from pointsman.core.evaluation.run_report import (
    RunComparison,
    RunReport,
    WholeRun,
    compare_runs,
    difference_json,
    export_lines,
    report_json,
    report_of,
)
from pointsman.core.json import dumps_text
from pointsman.services.evaluation.run_reading import read_whole_run


@Command
async def report(context: CliContext) -> int:
    """Print the report of a run, or write it as a page, or as a log of inspect_ai."""
    options, terminal = context.options, context.terminal
    run = unwrap_or_failure(await read_run(context, options.name or LATEST))
    if not isinstance(run, WholeRun):
        return report_failure(run, terminal)
    found = report_of(run)
    written = await _write_files(run, found, options, terminal)
    if isinstance(written, StorageError):
        return report_failure(written, terminal)
    if options.json:
        terminal.say_json(dumps_text(report_json(found)))
    elif not written:
        show_report(found, terminal)
    return OK


async def _write_files(
    run: WholeRun, found: RunReport, options: Options, terminal: Terminal
) -> Sequence[str] | StorageError:
    """The names of the files that were asked for, written; or which of them could not be."""
    files: list[tuple[str, str]] = []
    if options.html:
        files.append((options.html, report_page(run, found)))
    if options.inspect:
        files.append((options.inspect, dumps_text(inspect_log(run, found)) + "\n"))
    for name, text in files:
        problem = await _write(name, text)
        if problem is not None:
            return problem
        terminal.note(f"The report is in {name}.")
    return [name for name, _ in files]


async def _write(name: str, text: str) -> StorageError | None:
    try:
        path = anyio.Path(expand_home(name))
        await path.write_text(text, "utf-8", "replace", newline="\n")
    except OSError as problem:
        return StorageError(detail=f"{name} cannot be written: {problem.strerror or problem}")
    return None


@Command
async def compare(context: CliContext) -> int:
    """Print how two runs differ on the cases that both have."""
    options, terminal = context.options, context.terminal
    if len(options.names) != 2:
        wrong = "two runs are compared: `pointsman eval compare FIRST SECOND`"
        return report_failure(invalid_request(wrong), terminal)
    runs: list[WholeRun] = []
    for name in options.names:
        read = unwrap_or_failure(await read_run(context, name))
        if not isinstance(read, WholeRun):
            return report_failure(read, terminal)
        runs.append(read)
    first, second = runs
    items = {item.id: item for item in (*first.items, *second.items)}
    found = compare_runs(first.manifest, first.rows, second.manifest, second.rows, items)
    if options.json:
        terminal.say_json(dumps_text(_comparison_json(found)))
    else:
        show_comparison(found, terminal)
    return OK


def _comparison_json(found: RunComparison) -> object:
    rows = [{"name": name, "p": one.p, **difference_json(one)} for name, one in found.rows]
    return {"first": found.first, "second": found.second, "shared_cases": found.shared_cases, "rows": rows}


@Command
async def list_runs(context: CliContext) -> int:
    """List the runs in the user's folder, the latest last."""
    async with open_user_runs(context.wiring, context.read_settings) as opened:
        folder = unwrap_or_failure(opened)
        if isinstance(folder, ConfigurationError):
            return report_failure(folder, context.terminal)
        listed = await settle(folder.entries())
        if isinstance(listed, Failure):
            return report_failure(listed.failure(), context.terminal)
        runs = [run_in_folder(folder, entry.id) for entry in reversed(listed.unwrap())]
        return _show_runs([(run, await _read(run)) for run in runs], context)


def _show_runs(runs: Sequence[tuple[NamedRun, Result[WholeRun, StorageError]]], context: CliContext) -> int:
    rows, facts = [], []
    for named, found in runs:
        read = unwrap_or_failure(found)
        if not isinstance(read, WholeRun):
            context.terminal.note(str(read))
            continue
        run = read.manifest
        began = datetime.fromtimestamp(run.began, UTC).strftime("%Y-%m-%d %H:%M")
        judged = sum(not row.answer.question.control for row in read.rows)
        rows.append((named.id, began, f"{run.items:,}", f"{judged:,}", ", ".join(run.models)))
        place = named.place.place
        facts.append({"id": named.id, "file": place, "began": run.began, "judged": judged, "models": list(run.models)})
    if context.options.json:
        context.terminal.say_json(dumps_text(facts))
    elif rows:
        table(("RUN", "BEGAN (UTC)", "CASES", "JUDGED", "MODELS"), rows, context.terminal)
    else:
        context.terminal.note("There are no runs yet; begin one by `pointsman eval run --models A,B`.")
    return OK


@Command
async def export(context: CliContext) -> int:
    """Write a run as JSON Lines."""
    options, terminal = context.options, context.terminal
    read = unwrap_or_failure(await read_run(context, options.name or LATEST))
    if not isinstance(read, WholeRun):
        return report_failure(read, terminal)
    lines = [dumps_text(line) for line in export_lines(read.manifest, read.items, read.rows, times=options.times)]
    if options.out is None:
        for line in lines:
            terminal.say_json(line)
        return OK
    problem = await _write(options.out, "".join(f"{line}\n" for line in lines))
    if problem is not None:
        return report_failure(problem, terminal)
    terminal.note(f"{len(lines):,} lines in {options.out}.")
    return OK


async def read_run(context: CliContext, name: str) -> Result[WholeRun, Trouble]:
    """The run called `name`: a file, an id among the user's runs, or `LATEST`."""
    async with open_named_run(context.wiring, context.read_settings, name) as found:
        named = unwrap_or_failure(found)
        if not isinstance(named, NamedRun):
            return Failure(named)
        return (await _read(named)).alt(lambda problem: problem)


async def _read(run: NamedRun) -> Result[WholeRun, StorageError]:
    async with run.open(False) as opened:
        if isinstance(opened, Failure):
            return Failure(opened.failure())
        return await read_whole_run(opened.unwrap())
