"""`pointsman eval run`: puts faults or tasks to models, judges the answers, and can go on where a run ended."""

from __future__ import annotations

from returns.methods import unwrap_or_failure
from returns.result import Failure, Result

from pointsman.adapters.cli.context import AppCommand, AppContext
from pointsman.adapters.cli.eval_begin import BegunRun, begin_run, choose_run
from pointsman.adapters.cli.eval_progress import shown_progress
from pointsman.adapters.cli.eval_screen import show_report
from pointsman.adapters.cli.exit_codes import BY_TAG, OK, report_failure
from pointsman.adapters.cli.named_runs import NamedRun
from pointsman.adapters.cli.options import Options
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.chat.request import ChatRequest
from pointsman.core.effect import settle
from pointsman.core.error import ChatError, ConfigurationError, StorageError
from pointsman.core.evaluation.manifest import RunManifest
from pointsman.core.evaluation.run_report import report_json
from pointsman.core.json import dumps_text
from pointsman.core.money.cost import Cost
from pointsman.services.app import App
from pointsman.services.evaluation.model_asker import EstimateMost
from pointsman.services.evaluation.run_reading import read_report
from pointsman.services.evaluation.runner import Runner, RunOutcome
from pointsman.services.ports.executor import SandboxExecutor
from pointsman.services.ports.run_store import RunPlace, RunStore
from pointsman.services.ports.sandbox import SandboxError

_ON_CLUSTER = 1024
"""Answers that wait for the verdict of a cluster, at most: several batches for each of its workers."""


@AppCommand
async def run(context: AppContext) -> int:
    """Begin a run, or go on with one; print its report at the end."""
    async with choose_run(context) as chosen:
        named = unwrap_or_failure(chosen)
        if not isinstance(named, NamedRun):
            return report_failure(named, context.terminal)
        return await _run(context, named)


async def _run(context: AppContext, named: NamedRun) -> int:
    terminal = context.terminal
    async with named.open(True) as opened:
        store = unwrap_or_failure(opened)
        if isinstance(store, StorageError):
            return report_failure(store, terminal)
        known = await settle(store.manifest())
        if isinstance(known, Failure):
            return report_failure(known.failure(), terminal)
        async with context.app.open_sandbox(_sandbox_name(known.unwrap(), context.options)) as opened_sandbox:
            sandbox = unwrap_or_failure(opened_sandbox)
            if isinstance(sandbox, SandboxError):
                return report_failure(sandbox, terminal)
            begun = unwrap_or_failure(await begin_run(context, store, named, known.unwrap(), sandbox.name))
            if not isinstance(begun, BegunRun):
                return report_failure(begun, terminal)
            cluster = context.options.cluster or context.app.settings.cluster
            async with context.wiring.open_executor(sandbox, cluster) as opened_executor:
                executor = unwrap_or_failure(opened_executor)
                if isinstance(executor, (SandboxError, ConfigurationError)):
                    return report_failure(executor, terminal)
                return await _go(context, store, begun, named.place, executor, _ON_CLUSTER if cluster else 0)


def _sandbox_name(manifest: RunManifest | None, options: Options) -> str:
    """That which is asked for, else that in which the run began."""
    return manifest.sandbox if manifest is not None and options.sandbox == "auto" else options.sandbox


async def _go(
    context: AppContext, store: RunStore, begun: BegunRun, place: RunPlace, executor: SandboxExecutor, waiting: int
) -> int:
    """Run it, show how far it is, and at the end what it found."""
    app, terminal = context.app, context.terminal
    runner = Runner(
        manifest=begun.manifest,
        items=begun.items,
        challenge=begun.challenge,
        client=app.client,
        store=store,
        executor=executor,
        clock=app.clock,
        estimate=_estimate_by(app),
        parallel=context.options.parallel,
        waiting=waiting,
        publish=app.events.publish,
    )
    try:
        async with shown_progress(runner.progress, app.clock, terminal):
            ended = unwrap_or_failure(await runner.run())
    except BaseException:
        terminal.note(f"Stopped; what was answered is kept. Go on by `pointsman eval run --resume {place.name}`.")
        raise
    if not isinstance(ended, RunOutcome):
        terminal.note(f"What was answered is kept. Go on by `pointsman eval run --resume {place.name}`.")
        return report_failure(ended, terminal)
    shown = await read_report(store)
    if isinstance(shown, Failure):
        return report_failure(shown.failure(), terminal)
    if context.options.json:
        terminal.say_json(dumps_text(report_json(shown.unwrap())))
    else:
        show_report(shown.unwrap(), terminal)
    return _tell_end(ended, place, terminal)


def _estimate_by(app: App) -> EstimateMost:
    async def estimate(request: ChatRequest) -> Result[Cost, ChatError]:
        return (await settle(app.manager.estimate(request))).map(lambda found: found.most)

    return estimate


def _tell_end(ended: RunOutcome, place: RunPlace, terminal: Terminal) -> int:
    for model, why in ended.given_up.items():
        terminal.complain(f"{model} was asked no more: {why}")
    if ended.reason:
        terminal.note(f"{ended.reason.capitalize()}: {ended.unasked:,} questions are left.")
    if ended.dropped:
        terminal.note(f"Not asked further, for they were clearly worse: {', '.join(sorted(ended.dropped))}.")
    again = f"pointsman eval run --resume {place.name}" + (" --budget USD" if ended.reason else "")
    terminal.note(f"The run is in {place.place}." + (f" Go on by `{again}`." if ended.unasked else ""))
    if ended.reason:
        return BY_TAG["BudgetExceeded"]
    return BY_TAG["ModelUnavailable"] if ended.unasked else OK
