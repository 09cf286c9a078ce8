"""`pointsman eval report`, `compare`, `list` and `export`: what runs have found. Asks no model."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import anyio
import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.cli.context import CliContext, Command
from pointsman.adapters.cli.eval_begin import Trouble
from pointsman.adapters.cli.eval_run import read_report, report_trouble
from pointsman.adapters.cli.eval_screen import show_comparison, show_report
from pointsman.adapters.cli.exit_codes import OK
from pointsman.adapters.cli.model_list import table
from pointsman.core.effect import settle
from pointsman.core.error import InvalidRequest, StorageError
from pointsman.core.evaluation.healing import JudgedAnswer
from pointsman.core.evaluation.manifest import RunItem, RunManifest
from pointsman.core.evaluation.run_report import (
    RunComparison,
    RunReport,
    compare_runs,
    difference_json,
    export_lines,
    report_json,
)
from pointsman.core.json import dumps_text
from pointsman.services.ports.run_store import RunStore

LATEST = "latest"


@attrs.frozen
class _WholeRun:
    manifest: RunManifest
    items: tuple[RunItem, ...]
    rows: tuple[JudgedAnswer, ...]


@Command
async def report(context: CliContext) -> int:
    """Print the report of a run."""
    async with _open_run(context, context.options.name or LATEST) as opened:
        store = unwrap_or_failure(opened)
        if isinstance(store, (InvalidRequest, StorageError)):
            return report_trouble(store, context.terminal)
        found = unwrap_or_failure(await read_report(store))
    if not isinstance(found, RunReport):
        return report_trouble(found, context.terminal)
    if context.options.json:
        context.terminal.say_json(dumps_text(report_json(found)))
    else:
        show_report(found, context.terminal)
    return OK


@Command
async def compare(context: CliContext) -> int:
    """Print how two runs differ on the cases that both have."""
    options, terminal = context.options, context.terminal
    if len(options.names) != 2:
        wrong = "two runs are compared: `pointsman eval compare FIRST SECOND`"
        return report_trouble(InvalidRequest(detail=wrong, problems=(wrong,)), terminal)
    runs: list[_WholeRun] = []
    for name in options.names:
        read = unwrap_or_failure(await _read_run(context, name))
        if not isinstance(read, _WholeRun):
            return report_trouble(read, terminal)
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
    rows, facts = [], []
    for path in await _run_files(context):
        read = unwrap_or_failure(await _read_run(context, path))
        if not isinstance(read, _WholeRun):
            context.terminal.note(str(read))
            continue
        run = read.manifest
        began = datetime.fromtimestamp(run.began, UTC).strftime("%Y-%m-%d %H:%M")
        judged = sum(not row.answer.question.control for row in read.rows)
        rows.append((run.id, began, f"{run.items:,}", f"{judged:,}", ", ".join(run.models)))
        facts.append({"id": run.id, "file": path, "began": run.began, "judged": judged, "models": list(run.models)})
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
    read = unwrap_or_failure(await _read_run(context, options.name or LATEST))
    if not isinstance(read, _WholeRun):
        return report_trouble(read, terminal)
    lines = [dumps_text(line) for line in export_lines(read.manifest, read.items, read.rows, times=options.times)]
    if options.out is None:
        for line in lines:
            terminal.say_json(line)
        return OK
    try:
        path = await anyio.Path(options.out).expanduser()
        await path.write_text("".join(f"{line}\n" for line in lines), "utf-8", newline="\n")
    except OSError as problem:
        reason = problem.strerror or problem
        return report_trouble(StorageError(detail=f"{options.out} cannot be written: {reason}"), terminal)
    terminal.note(f"{len(lines):,} lines in {options.out}.")
    return OK


async def _read_run(context: CliContext, name: str) -> Result[_WholeRun, Trouble]:
    async with _open_run(context, name) as opened:
        store = unwrap_or_failure(opened)
        if isinstance(store, (InvalidRequest, StorageError)):
            return Failure(store)
        manifest, items = await settle(store.manifest()), await settle(store.items())
        rows = await settle(store.rows())
    for read in (manifest, items, rows):
        if isinstance(read, Failure):
            return Failure(read.failure())
    held = manifest.unwrap()
    if held is None:
        return Failure(StorageError(detail=f"{name} holds no run"))
    judged = tuple(JudgedAnswer(row.answer, row.verdict) for row in rows.unwrap() if row.verdict is not None)
    return Success(_WholeRun(held, items.unwrap(), judged))


@asynccontextmanager
async def _open_run(context: CliContext, name: str) -> AsyncIterator[Result[RunStore, InvalidRequest | StorageError]]:
    """The run called `name`: a file, an id among the user's runs, or the latest of them."""
    path = await _find(context, name)
    if path is None:
        problem = "there are no runs yet" if name == LATEST else f"there is no run {name!r}"
        yield Failure(InvalidRequest(detail=f"{problem}; list them by `pointsman eval list`", problems=(problem,)))
        return
    async with context.wiring.open_run_store(path) as opened:
        yield opened.alt(lambda error: error)


async def _find(context: CliContext, name: str) -> str | None:
    file = await anyio.Path(name).expanduser()
    if name != LATEST and await file.is_file():
        return str(file)
    known = await _run_files(context)
    if name == LATEST:
        return known[-1] if known else None
    return next((path for path in known if anyio.Path(path).stem == name), None)


async def _run_files(context: CliContext) -> list[str]:
    """The files of the user's runs, by name, which begins with when they began."""
    folder = context.wiring.runs_folder()
    if folder is None or not await anyio.Path(folder).is_dir():
        return []
    return sorted([str(path) async for path in anyio.Path(folder).glob("*.db")])
