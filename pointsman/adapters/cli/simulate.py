"""`pointsman simulate`: serves simulated models until it is interrupted."""

from __future__ import annotations

import anyio
from returns.result import Failure

from pointsman.adapters.cli.context import CliContext, Command
from pointsman.adapters.cli.exit_codes import BY_TAG, OK, report_failure


@Command
async def simulate(context: CliContext) -> int:
    """Serve every dialect on one address, and say which base URLs there are."""
    options, terminal = context.options, context.terminal
    try:
        async with context.wiring.open_simulator(options) as opened:
            if isinstance(opened, Failure):
                return report_failure(opened.failure(), terminal)
            simulator = opened.unwrap()
            terminal.say(f"Simulated models at {simulator.address} (Ctrl-C stops). Base URLs:")
            for kind, path in simulator.paths.items():
                terminal.say(f"  {kind:<17} {simulator.address}{path}")
            await anyio.sleep_forever()
    except OSError as problem:
        reason = problem.strerror or problem
        terminal.complain(f"{options.host}:{options.port} cannot be listened on: {reason}. Use another --port.")
        return BY_TAG["NetworkError"]
    return OK
