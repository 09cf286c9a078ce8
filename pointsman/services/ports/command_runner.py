"""Port: runs a command of the user's, shows what it prints as it comes, and keeps what an error may be in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol, TypeAlias

import attrs
from returns.result import Result

from pointsman.core.healing.report import CommandNotStarted

Show: TypeAlias = Callable[[bytes, Literal["out", "err"]], None]
"""Shows bytes as they came. On a terminal both streams are `out`."""


@attrs.frozen(kw_only=True)
class CommandRun:
    """A command that has ended. `code` is its exit code as a shell gives it: 128 and the signal's number for a signal.

    `errors` is what it wrote to its error stream, `output` what it wrote to both, both without a long middle.
    """

    code: int
    output: str = attrs.field(default="", repr=False)
    errors: str = attrs.field(default="", repr=False)


class CommandRunner(Protocol):
    """Runs commands, with the user's own rights, environment and input. Cancelling ends the command."""

    async def run(self, command: Sequence[str], show: Show) -> Result[CommandRun, CommandNotStarted]:
        """Run `command` to its end."""
        ...
