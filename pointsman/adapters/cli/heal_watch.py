"""`pointsman heal --watch`: the errors of a log, each with what a model would change, as text or a line of JSON."""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import anyio
from returns.result import Failure, Result, Success

from pointsman.adapters.cli.context import AppContext
from pointsman.adapters.cli.exit_codes import INTERRUPTED, OK, USAGE, exit_code
from pointsman.adapters.cli.show_patch import patch_json, show_patch
from pointsman.adapters.cli.stopping import cancel_on_interrupt
from pointsman.adapters.cli.terminal import Terminal, in_a_line
from pointsman.core.chat.request import ChatRequest
from pointsman.core.error import StorageError
from pointsman.core.healing.error_trace import ErrorTrace
from pointsman.core.healing.report import CheckVerdict, GroupReport, WatchSummary
from pointsman.core.json import Json, JsonObject, dumps_text
from pointsman.services.healing.error_watch import ErrorWatcher
from pointsman.services.ports.sandbox import Sandbox, SandboxError
from pointsman.services.tasks.together import tasks_together

_VERDICTS = {
    "healed": "the check passes with it",
    "unhealed": "the check still fails with it",
    "unproved": "the check proves nothing",
    "unchecked": "the check could not be run",
}


async def watch_log(context: AppContext, request: ChatRequest) -> int:
    """Follow the log until it ends or Ctrl-C is pressed; at the end, say what came."""
    options, terminal = context.options, context.terminal
    try:
        checks = bool(shlex.split(options.check or ""))
    except ValueError as problem:
        terminal.complain(f"--check is no command: {problem}.")
        return USAGE
    async with _open_sandbox(context, checks) as opened:
        if isinstance(opened, Failure):
            terminal.complain(opened.failure())
            return exit_code(StorageError())
        tell = _tell_json if options.json else _tell
        watcher = context.wiring.watcher(
            context.app, request, options, lambda report: tell(report, terminal), opened.unwrap()
        )
        code = await _watch_until_interrupted(watcher, context)
    summary = watcher.summary
    if options.json:
        terminal.say_json(dumps_text(summary_json(summary)))
    else:
        _show_summary(summary, terminal)
    return code


@asynccontextmanager
async def _open_sandbox(context: AppContext, checks: bool) -> AsyncIterator[Result[Sandbox | None, SandboxError]]:
    """The sandbox, where there is something to be run in it."""
    if not checks:
        yield Success(None)
        return
    async with context.app.open_sandbox(context.options.sandbox) as opened:
        yield opened.map(lambda sandbox: sandbox)


async def _watch_until_interrupted(watcher: ErrorWatcher, context: AppContext) -> int:
    options, terminal = context.options, context.terminal
    code = INTERRUPTED
    if options.watch != "-":
        to_come = "" if await anyio.Path(options.watch or "").exists() else ", which is not there yet"
        terminal.note(f"Watching {options.watch}{to_come}. Ctrl-C ends it.")
    async with tasks_together() as group:
        group.start_soon(cancel_on_interrupt, group.cancel_scope)
        try:
            lines = context.wiring.log_lines(options.watch or "-", context.app.clock, from_start=options.from_start)
            async with aclosing(lines):
                await watcher.watch(lines)
            code = OK
        except* OSError as problems:
            error = StorageError(detail=f"{options.watch}: {_reason(problems)}")
            terminal.complain(error)
            code = exit_code(error)
        group.cancel_scope.cancel()
    return code


def _reason(problems: BaseExceptionGroup[OSError]) -> str:
    first: BaseException = problems
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first.strerror or "it cannot be read" if isinstance(first, OSError) else "it cannot be read"


def _tell(report: GroupReport, terminal: Terminal) -> None:
    times = f" ({report.count} times)" if report.count > 1 else ""
    terminal.say(f"== {in_a_line(report.first.title)}{times}")
    if report.first.message:
        terminal.say(f"   {in_a_line(report.first.message)}")
    if report.failure is not None:
        terminal.complain(report.failure)
    if report.proposal is not None:
        show_patch(report.proposal, terminal)
    if report.check is not None:
        detail = f": {report.check.detail}" if report.check.detail else ""
        terminal.say(f"{_VERDICTS[report.check.result].capitalize()}{detail}.")
    terminal.say()


def _tell_json(report: GroupReport, terminal: Terminal) -> None:
    terminal.say_json(dumps_text(group_json(report)))


def group_json(report: GroupReport) -> JsonObject:
    """A group with what was proposed, as one event."""
    return {
        "event": "error",
        **_trace_json(report.first),
        "count": report.count,
        "change": patch_json(report.proposal) if report.proposal else None,
        "failure": {"tag": report.failure.tag, "message": str(report.failure)} if report.failure else None,
        "check": _check_json(report.check) if report.check else None,
        "cost_usd": None if report.cost.usd is None else str(report.cost.usd.normalize() + 0),
    }


def summary_json(summary: WatchSummary) -> JsonObject:
    """All that came in, as the last event."""
    groups: list[Json] = [{**_trace_json(one.first), "count": one.count, "asked": one.asked} for one in summary.groups]
    cost = None if summary.cost.usd is None else str(summary.cost.usd.normalize() + 0)
    return {"event": "summary", "errors": summary.errors, "groups": groups, "beyond": summary.beyond, "cost_usd": cost}


def _trace_json(trace: ErrorTrace) -> JsonObject:
    place = trace.place
    return {
        "language": trace.language,
        "type": trace.type,
        "message": trace.message,
        "file": place.path if place else None,
        "line": place.line if place else None,
        "function": place.function if place else None,
    }


def _check_json(check: CheckVerdict) -> JsonObject:
    return {"result": check.result, "detail": check.detail}


def _show_summary(summary: WatchSummary, terminal: Terminal) -> None:
    terminal.note(f"{summary.errors} error(s) of {len(summary.groups)} kind(s), cost {summary.cost}.")
    for group in sorted(summary.groups, key=lambda one: -one.count)[:20]:
        asked = "" if group.asked else " (not asked about)"
        terminal.note(f"{group.count:>7} × {in_a_line(group.first.title)}{asked}")
    if summary.beyond:
        terminal.note(f"{summary.beyond:>7} × others")
