"""Commands that are functions of a test's: they run no process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import anyio.lowlevel
import attrs
from returns.result import Failure, Result, Success

from pointsman.core.healing.report import CommandNotStarted
from pointsman.services.ports.command_runner import CommandRun, Show

Run: TypeAlias = Callable[[Sequence[str]], CommandRun | CommandNotStarted]
"""What comes of a command."""


@attrs.define
class ScriptedCommands:
    """A `CommandRunner` whose commands come to what `ends` gives; `commands` are those that were run."""

    ends: Run
    commands: list[tuple[str, ...]] = attrs.field(factory=list)

    async def run(self, command: Sequence[str], show: Show) -> Result[CommandRun, CommandNotStarted]:
        """As `CommandRunner.run`."""
        await anyio.lowlevel.checkpoint()
        self.commands.append(tuple(command))
        ended = self.ends(command)
        if isinstance(ended, CommandNotStarted):
            return Failure(ended)
        show(ended.output.encode("utf-8", "replace"), "out")
        return Success(ended)
