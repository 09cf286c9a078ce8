"""`pointsman eval faults`: makes faulty programs, writes them as JSON Lines, and says how many there are of each kind."""

from __future__ import annotations

from pointsman.adapters.cli.context import CliContext, Command
from pointsman.adapters.cli.exit_codes import OK


@Command
async def faults(context: CliContext) -> int:
    """Make the faults and write them."""
    context.terminal.note("There are no programs yet.")
    return OK
