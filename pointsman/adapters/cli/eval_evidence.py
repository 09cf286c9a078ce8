"""`pointsman eval recommend`, `apply` and `forget`: what a run says of models, and what routing takes of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime

from returns.methods import unwrap_or_failure
from returns.result import Failure, Success

from pointsman.adapters.cli.context import CliContext, Command, StoresCommand, StoresContext
from pointsman.adapters.cli.eval_runs import read_run
from pointsman.adapters.cli.eval_screen import bounds
from pointsman.adapters.cli.exit_codes import OK, USAGE, report_failure
from pointsman.adapters.cli.model_list import table
from pointsman.adapters.cli.named_runs import LATEST
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.effect import settle
from pointsman.core.error import ConfigurationError, StorageError, invalid_request
from pointsman.core.evaluation.recommendation import evidence_json, evidence_of, recommend, why_not_applied
from pointsman.core.evaluation.run_report import WholeRun, build_report
from pointsman.core.interval import Interval
from pointsman.core.json import dumps_text
from pointsman.core.routing.evidence import IN_USE, Evidence
from pointsman.core.settings import Settings
from pointsman.services.ports.stores import Stores


@Command
async def recommend_models(context: CliContext) -> int:
    """Print which model is to be asked for which kind of fault."""
    terminal = context.terminal
    read = unwrap_or_failure(await read_run(context, context.options.name or LATEST))
    if not isinstance(read, WholeRun):
        return report_failure(read, terminal)
    found = recommend(build_report(read.manifest, read.items, read.rows))
    if context.options.json:
        rows = [one.to_json() for one in found]
        terminal.say_json(dumps_text({"run": read.manifest.id, "recommendations": rows}))
        return OK
    if not found:
        terminal.note("Nothing was answered yet, so nobody can be recommended.")
    lines = [
        (
            one.kind or "all kinds",
            one.choice,
            _share_text(one.share),
            f"{one.healed:,} of {one.cases:,}",
            f"{one.preference}",
        )
        for one in found
    ]
    table(("KIND", "MODEL", "SHARE (95 %)", "HEALED", "WHY"), lines, terminal)
    return OK


def _share_text(share: Interval) -> str:
    return "" if share.mean is None else f"{100 * share.mean:.0f} % ({bounds(share)})"


@Command
async def apply(context: CliContext) -> int:
    """Keep the evidence of a run where routing reads it."""
    options, terminal = context.options, context.terminal
    read = unwrap_or_failure(await read_run(context, options.name or LATEST))
    if not isinstance(read, WholeRun):
        return report_failure(read, terminal)
    problem = why_not_applied(read.manifest, read.rows)
    if problem:
        return report_failure(invalid_request(problem), terminal)
    rows = evidence_of(read.manifest, {item.id: item for item in read.items}, read.rows)
    if options.dry_run:
        _show(rows, terminal, as_json=options.json)
        terminal.note("Nothing was changed. Without --dry-run routing goes by it.")
        return OK
    settings = context.read_settings()
    if isinstance(settings, Failure):
        return report_failure(settings.failure(), terminal)
    async with context.wiring.open_stores(settings.unwrap()) as opened:
        stores = unwrap_or_failure(opened)
        if isinstance(stores, ConfigurationError):
            return report_failure(stores, terminal)
        applied = await settle(stores.evidence.apply(read.manifest.id, rows))
    if isinstance(applied, Failure):
        return report_failure(applied.failure(), terminal)
    if options.json:
        _show(rows, terminal, as_json=True)
    _tell(read.manifest.id, rows, terminal, is_new=applied.unwrap())
    _name_strangers(rows, settings.unwrap(), terminal)
    return OK


def _name_strangers(rows: Sequence[Evidence], settings: Settings, terminal: Terminal) -> None:
    """Say which models of a run routing cannot choose, whatever it knows of them."""
    named = settings.routing.candidates
    candidates = {settings.aliases.get(name, name) for name in named}
    strangers = sorted({row.model for row in rows} - candidates)
    if not named:
        others = ", ".join(strangers)
        terminal.note(f"Routing chooses among default models; `candidates` in [routing] names others, as {others}.")
    elif strangers:
        terminal.note(f"Routing does not choose {', '.join(strangers)}: `candidates` in [routing] does not name them.")


def _show(rows: Sequence[Evidence], terminal: Terminal, *, as_json: bool) -> None:
    if as_json:
        terminal.say_json(dumps_text([evidence_json(row) for row in rows]))
        return
    lines = [
        (
            row.kind,
            row.model,
            f"{row.healed:.0f} of {row.tried:.0f}",
            _share_text(row.share),
            str(row.cost),
            "" if row.seconds is None else f"{row.seconds:.1f} s",
            datetime.fromtimestamp(row.date, UTC).strftime("%Y-%m-%d"),
        )
        for row in rows
    ]
    table(("KIND", "MODEL", "HEALED", "SHARE (95 %)", "COST", "TIME", "DATE"), lines, terminal)


def _tell(run: str, rows: Sequence[Evidence], terminal: Terminal, *, is_new: bool) -> None:
    if not is_new:
        terminal.note(f"Routing goes by {run} already; nothing was changed.")
        return
    kinds, models = len({row.kind for row in rows}), len({row.model for row in rows})
    terminal.note(f"Routing goes by {run} now, where a call has the task `heal`: {kinds} kinds, {models} models.")
    terminal.note('See it by `pointsman route --explain --task heal "the error"`; take it back by '
                  f"`pointsman eval forget {run}`.")  # fmt: skip


@StoresCommand
async def forget(context: StoresContext) -> int:
    """Let routing forget a run, or what came of use."""
    options, terminal = context.options, context.terminal
    if (options.name is None) != options.in_use:
        terminal.complain("Say which: the id of a run that was applied, or --in-use.")
        return USAGE
    return await _forget(context.stores, os.path.basename(options.name or IN_USE).removesuffix(".db"), terminal)


async def _forget(stores: Stores, run: str, terminal: Terminal) -> int:
    gone = await settle(stores.evidence.forget(run))
    if not isinstance(gone, Success):
        return report_failure(gone.failure(), terminal)
    if gone.unwrap():
        terminal.note(f"Forgotten: {gone.unwrap():,} rows of evidence.")
    elif run == IN_USE:
        terminal.note("There was no evidence of use.")
    else:
        known = unwrap_or_failure(await settle(stores.evidence.read()))
        if isinstance(known, StorageError):
            return report_failure(known, terminal)
        runs = sorted({row.run for row in known if row.run != IN_USE})
        there = f"; applied are {', '.join(runs)}" if runs else ""
        terminal.note(f"There was no evidence of a run {run!r}{there}.")
    return OK
