"""What a command is given, typed, and the three kinds of commands: those that need an App, stores, or neither."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.cli.options import Options
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.chat.part import Audio, Image
from pointsman.core.error import ConfigurationError, InvalidRequest
from pointsman.core.settings import Settings
from pointsman.services.app import App
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.stores import Stores
from pointsman.services.ports.tools import ToolFunction

if TYPE_CHECKING:
    from pointsman.adapters.cli.wiring import Wiring
    from pointsman.core.mcp_server import McpFailure

ReadImage: TypeAlias = Callable[[str], Awaitable[Result[Image, InvalidRequest]]]
"""Reads the picture at a path or a web address, made to fit the provider that is asked."""
ReadAudio: TypeAlias = Callable[[str], Awaitable[Result[Audio, InvalidRequest]]]
"""Reads the sound at a path."""


@attrs.frozen
class OpenedTools:
    """The tools of a call, and the MCP servers that have none to give, with why."""

    tools: tuple[ToolFunction, ...] = ()
    failed: tuple[tuple[str, McpFailure], ...] = ()


@attrs.frozen(kw_only=True)
class CliContext:
    """What every command has: what the line says, where to write, and what the house can open."""

    options: Options
    terminal: Terminal
    wiring: Wiring

    def read_settings(self) -> Result[Settings, ConfigurationError]:
        """The settings of file and environment, with a database: that of the line, of the settings, or the user's.

        Where there can be none it is a failure: whoever keeps something, or asks for what was kept, must learn of it.
        """
        read = self.wiring.read_settings(self.options.config).map(self._named_database)
        return read.bind(self._with_place)

    def read_settings_alone(self) -> Result[Settings, ConfigurationError]:
        """As `read_settings`, for what works without a database too."""
        read = self.wiring.read_settings(self.options.config)
        return read.map(lambda settings: self.with_database(self._named_database(settings)))

    def _named_database(self, settings: Settings) -> Settings:
        return attrs.evolve(settings, database=self.options.database or settings.database)

    def _with_place(self, settings: Settings) -> Result[Settings, ConfigurationError]:
        path = self.wiring.own_database() if settings.database is None else settings.database
        if path is not None:
            return Success(attrs.evolve(settings, database=path))
        problem = "nothing is kept here: the data folder cannot be written to"
        remedy = "Name a file by POINTSMAN_DATABASE."
        return Failure(ConfigurationError(detail=problem, problems=(problem,), remedy=remedy, is_storage=True))

    def with_database(self, settings: Settings) -> Settings:
        """`settings`; where they name no database, with the user's own, so that `pointsman usage` has a source."""
        if settings.database is not None:
            return settings
        path = self.wiring.own_database()
        if path is None:
            self.terminal.note(
                "Usage is not recorded: the data folder cannot be written to. Name a file by POINTSMAN_DATABASE."
            )
        return attrs.evolve(settings, database=path)


@attrs.frozen(kw_only=True)
class AppContext:
    """What a command has that asks models."""

    app: App
    options: Options
    terminal: Terminal
    tools: tuple[ToolFunction, ...] = ()
    """What `--tools` names."""
    read_image: ReadImage
    read_audio: ReadAudio
    wiring: Wiring


@attrs.frozen(kw_only=True)
class StoresContext:
    """What a command has that reads what was recorded."""

    stores: Stores
    settings: Settings
    options: Options
    terminal: Terminal
    clock: Clock


@attrs.frozen
class Command:
    """A command that opens for itself what it needs. It gives its exit code."""

    run: Callable[[CliContext], Awaitable[int]]


@attrs.frozen
class AppCommand:
    """A command that needs an App, by all settings there are.

    One that keeps nothing that is asked for later (`needs_stores` is False) goes on where the database cannot be
    opened, and says that usage is not recorded, unless there is a budget to be kept.
    """

    run: Callable[[AppContext], Awaitable[int]]
    needs_stores: bool = True


def asking_command(run: Callable[[AppContext], Awaitable[int]]) -> AppCommand:
    """A command that only asks."""
    return AppCommand(run, needs_stores=False)


@attrs.frozen
class StoresCommand:
    """A command that needs the stores, by the settings of file and environment."""

    run: Callable[[StoresContext], Awaitable[int]]


@attrs.frozen
class CommandByAction:
    """A command of which only some actions ask models: the others go without a provider."""

    actions: Mapping[str, AppCommand]
    otherwise: StoresCommand

    def choose(self, action: str) -> AppCommand | StoresCommand:
        """The one that does `action`."""
        return self.actions.get(action, self.otherwise)


AnyCommand: TypeAlias = Command | AppCommand | StoresCommand | CommandByAction
