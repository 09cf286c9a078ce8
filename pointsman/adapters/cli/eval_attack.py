"""`pointsman eval attack`: tries to get out of the sandbox, and says what gets through."""

from __future__ import annotations

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure

from pointsman.adapters.cli.context import CliContext, Command
from pointsman.adapters.cli.exit_codes import BY_TAG, OK, UNMET
from pointsman.adapters.cli.model_list import table
from pointsman.core.json import dumps_text
from pointsman.services.ports.sandbox import AttackOutcome, SandboxError


@Command
async def attack(context: CliContext) -> int:
    """Open the sandbox, attack it, print what came of each attack."""
    async with context.wiring.open_sandbox(context.options.sandbox) as opened:
        if isinstance(opened, Failure):
            return _report(opened.failure(), context)
        sandbox = opened.unwrap()
        outcomes = unwrap_or_failure(await context.wiring.attack_sandbox(sandbox))
    if isinstance(outcomes, SandboxError):
        return _report(outcomes, context)
    through = sum(not outcome.stopped for outcome in outcomes)
    if context.options.json:
        rows = [attrs.asdict(outcome) for outcome in outcomes]
        context.terminal.say_json(dumps_text({"sandbox": sandbox.name, "attacks": rows}))
    else:
        table(("ATTACK", "CAME TO", "HOW"), [_row(outcome) for outcome in outcomes], context.terminal)
    stopped = "all were stopped" if not through else f"{through} got through"
    context.terminal.note(f"{len(outcomes)} attacks on the sandbox {sandbox.name!r}: {stopped}.")
    return UNMET if through else OK


def _row(outcome: AttackOutcome) -> tuple[str, str, str]:
    return (outcome.attack, "stopped" if outcome.stopped else "GOT THROUGH", outcome.how)


def _report(error: SandboxError, context: CliContext) -> int:
    context.terminal.complain(error)
    return BY_TAG[error.tag]
