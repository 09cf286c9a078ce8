"""`pointsman heal`: a command that fails, a model's change, a yes, and the command again. The code is the command's."""

from __future__ import annotations

import io
from functools import partial

import attrs
from returns.methods import unwrap_or_failure

from pointsman.adapters.cli.approval import ask_yes_or_no
from pointsman.adapters.cli.call_options import choose_options
from pointsman.adapters.cli.context import AppCommand, AppContext
from pointsman.adapters.cli.exit_codes import UNAPPLIED, UNPROVED, USAGE
from pointsman.adapters.cli.heal_watch import watch_log
from pointsman.adapters.cli.show_patch import patch_json, show_patch
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.chat.request import ChatRequest
from pointsman.core.effect import settle
from pointsman.core.healing.report import HealingReport, HealingRound, Proposal
from pointsman.core.json import Json, dumps_text
from pointsman.services.healing.healer import HealingStep, RoundBegins

_WHAT_CAME = {
    "helped": "It still fails, but came further; the change stays.",
    "undone": "It did not help; the files are as they were.",
    "declined": "Nothing was changed.",
}


@AppCommand
async def heal(context: AppContext) -> int:
    """Heal a command, or watch a log."""
    app, options, terminal = context.app, context.options, context.terminal
    if bool(options.words) == (options.watch is not None):
        terminal.complain("Say which command, after `--`, or which log with --watch: one of the two.")
        return USAGE
    request = choose_options(ChatRequest("", ()), options, app)
    if options.watch is not None:
        return await watch_log(context, request)
    aside = attrs.evolve(terminal, as_json=False)  # the report alone is JSON, and holds all that is said beside it
    on_terminal = terminal.out.isatty() and terminal.err.isatty() and not options.json
    healer = context.wiring.healer(app, request, budget=options.budget, on_terminal=on_terminal)
    healer = attrs.evolve(
        healer,
        approve=partial(_approve, terminal=terminal, yes=options.yes, quiet=options.json),
        rounds=options.rounds,
        show=partial(_show_output, terminal=terminal, aside=options.json),
        tell=partial(_tell, terminal=aside),
    )
    report = unwrap_or_failure(await settle(healer.heal(options.words)))
    if not isinstance(report, HealingReport):
        terminal.complain(report)
        return report.code
    if options.json:
        terminal.say_json(dumps_text(report_json(report)))
    return _end(report, options.rounds, aside)


async def _approve(proposal: Proposal, *, terminal: Terminal, yes: bool, quiet: bool) -> bool | None:
    if not quiet:
        show_patch(proposal, terminal)
    if yes:
        return True
    return None if terminal.piped_in or quiet else await ask_yes_or_no("Change this and run the command again?")


def _show_output(data: bytes, stream: str, *, terminal: Terminal, aside: bool) -> None:
    """The command's own output as it came, byte by byte; beside ours where that is for a program to read."""
    target = terminal.err if stream == "err" or aside else terminal.out
    target.flush()
    raw = getattr(target, "buffer", None)
    if isinstance(raw, io.BufferedIOBase):
        raw.write(data)
        raw.flush()
    else:
        target.write(data.decode("utf-8", "replace"))


def _tell(step: HealingStep, *, terminal: Terminal) -> None:
    if isinstance(step, RoundBegins):
        for withheld in step.context.withheld:
            terminal.note(f"{withheld.path} is not shown: {withheld.reason}.")
        if step.context.files:
            terminal.note(f"It failed. Asking about {', '.join(step.context.files)} …")
    elif isinstance(step, HealingRound):
        if step.failure is not None:
            terminal.complain(step.failure)
        elif step.fate in _WHAT_CAME:
            terminal.note(_WHAT_CAME[step.fate])
        if step.doubt and step.fate == "helped":
            terminal.complain(f"That it came further proves nothing: {step.doubt}.")


def _end(report: HealingReport, rounds: int, terminal: Terminal) -> int:
    """Say what came of it, and give the exit code."""
    if not report.rounds:
        return report.code
    if report.rounds[-1].fate == "unapproved":
        terminal.complain("Nobody can be asked here, so nothing was changed. Use --yes, or start it on a terminal.")
        return UNAPPLIED
    if report.code == 0 and report.doubt:
        terminal.complain(
            f"The command ends with 0, but that proves nothing: {report.doubt}. Changed: "
            f"{', '.join(report.changed_files)}, cost {report.cost}. Look at the change before you keep it."
        )
        return UNPROVED
    if report.is_healed:
        terminal.note(f"Healed: {', '.join(report.changed_files)} changed, cost {report.cost}.")
    elif len(report.rounds) >= rounds:
        changed = f"; changed: {', '.join(report.changed_files)}" if report.changed_files else ""
        terminal.note(f"Not healed in {rounds} round(s){changed}. Cost {report.cost}.")
    return report.code


def report_json(report: HealingReport) -> dict[str, Json]:
    """A report for a program."""
    rounds: list[Json] = [
        {
            "round": one.number,
            "error": one.error.title if one.error else None,
            "fate": one.fate,
            "doubt": one.doubt or None,
            "failure": {"tag": one.failure.tag, "message": str(one.failure)} if one.failure else None,
            "change": patch_json(one.proposal) if one.proposal else None,
            "cost_usd": None if one.cost.usd is None else str(one.cost.usd.normalize() + 0),
        }
        for one in report.rounds
    ]
    command: list[Json] = [*report.command]
    changed: list[Json] = [*report.changed_files]
    return {
        "command": command,
        "code": report.code,
        "healed": report.is_healed,
        "changed": changed,
        "cost_usd": None if report.cost.usd is None else str(report.cost.usd.normalize() + 0),
        "rounds": rounds,
    }
