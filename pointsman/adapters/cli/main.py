"""Reads the command line, opens what the command needs, runs it, and gives its exit code."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from pointsman.adapters.cli.exit_codes import USAGE, report_failure
from pointsman.adapters.cli.options import Options
from pointsman.adapters.cli.parser import build_parser
from pointsman.adapters.cli.streams import ClosedOutput
from pointsman.adapters.cli.terminal import Terminal

if TYPE_CHECKING:  # `--help` loads none of it
    from returns.result import Result

    from pointsman.adapters.cli.context import (
        AnyCommand,
        AppCommand,
        AppContext,
        CliContext,
        OpenedTools,
        StoresCommand,
    )
    from pointsman.adapters.cli.wiring import Wiring
    from pointsman.core.error import ConfigurationError, InvalidRequest
    from pointsman.core.settings import Settings
    from pointsman.services.app import App

_SERVERS = ("serve", "simulate")
"""Commands that are not there for what they print."""


def run_line(
    arguments: Sequence[str], terminal: Terminal, wiring: Wiring, providers: tuple[str, ...], version: str
) -> int:
    """Run the command that `arguments` describe and give its exit code."""
    parser = build_parser(providers, version)
    odd = next((word for word in arguments if not _is_text(word)), None)
    if odd is not None:
        parser.exit(USAGE, f"pointsman: {odd!r} is not UTF-8 text. Type it anew, or set LANG to a UTF-8 locale.\n")
    options = parser.parse_args(arguments, Options())
    import anyio
    import attrs

    from pointsman.adapters.cli.context import CliContext

    if getattr(options, "json", False):
        terminal = attrs.evolve(terminal, as_json=True)
    if isinstance(terminal.out, ClosedOutput):
        terminal = attrs.evolve(terminal, out=terminal.out.instead(options.command in _SERVERS))
    context = CliContext(options=options, terminal=terminal, wiring=wiring)
    # A server gains by uvloop; for one call its loading would cost more than it saves.
    fast = options.command == "serve" and _is_installed("uvloop")
    return anyio.run(_run, context, backend_options={"use_uvloop": fast})


def _is_text(word: str) -> bool:
    """Whether `word` could be said, and kept; or names a file that is there, whose name may be any bytes."""
    return word.isascii() or not any("\ud800" <= c <= "\udfff" for c in word) or os.path.lexists(word)


def _is_installed(module: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(module) is not None


def load_command(run: str) -> AnyCommand:
    """The command at `run` (`module:name` below this package). Loads its module, and no other command's."""
    command: AnyCommand = resolve_name(f"{__package__}.{run}")
    return command


async def _run(context: CliContext) -> int:
    from pointsman.adapters.cli.context import AppCommand, CommandByAction, StoresCommand

    command = load_command(context.options.run)
    if isinstance(command, CommandByAction):
        command = command.choose(context.options.action)
    config = getattr(context.options, "config", None)
    for note in context.wiring.settings_notes(config) if config else ():
        context.terminal.note(note)
    if isinstance(command, AppCommand):
        return await _run_with_app(command, context)
    if isinstance(command, StoresCommand):
        return await _run_with_stores(command, context)
    return await command.run(context)


async def _run_with_app(command: AppCommand, context: CliContext) -> int:
    from returns.result import Failure

    from pointsman.adapters.cli.context import AppContext

    options, terminal, wiring = context.options, context.terminal, context.wiring
    loaded = await wiring.load_settings(options)
    if isinstance(loaded, Failure):
        return report_failure(loaded.failure(), terminal)
    settings = loaded.unwrap()
    async with _open_tools(context, settings) as opened_tools:
        if isinstance(opened_tools, Failure):
            return report_failure(opened_tools.failure(), terminal)
        tools = opened_tools.unwrap()
        for server, error in tools.failed:
            terminal.note(f"The MCP server {server} has no tools to give: {error}")
        async with _open_app(command, context, context.with_database(settings)) as opened:
            if isinstance(opened, Failure):
                return report_failure(opened.failure(), terminal)
            made = AppContext(
                app=opened.unwrap(),
                options=options,
                terminal=terminal,
                tools=tools.tools,
                read_image=partial(wiring.read_image, settings=settings),
                read_audio=wiring.read_audio,
                wiring=wiring,
            )
            with _telling_what_is_not_recorded(made):
                return await command.run(made)


@contextmanager
def _telling_what_is_not_recorded(context: AppContext) -> Iterator[None]:
    """Say at the end, in one sentence, why usage was not recorded: the answers have been given all the same."""
    from anyio import WouldBlock

    from pointsman.core.notice import AnalyticsUpdate

    with context.app.events.listen(AnalyticsUpdate) as notices:
        try:
            yield
        finally:
            with suppress(WouldBlock):
                while not isinstance(notice := notices.receive_nowait(), AnalyticsUpdate) or notice.lost is None:
                    pass
                context.terminal.note(f"Usage is not recorded: {notice.lost.detail}.")


@asynccontextmanager
async def _open_app(
    command: AppCommand, context: CliContext, settings: Settings
) -> AsyncIterator[Result[App, ConfigurationError]]:
    """The App; without a database where that is at fault, and nothing that the command does depends on it."""
    import attrs
    from returns.result import Failure

    async with context.wiring.open_app(settings) as opened:
        if not isinstance(opened, Failure) or command.needs_stores or settings.budgets or not settings.database:
            yield opened
            return
    async with context.wiring.open_app(attrs.evolve(settings, database=":memory:")) as without:
        if isinstance(without, Failure):
            yield opened
            return
        context.terminal.note(f"Usage is not recorded: {opened.failure().detail}.")
        yield without


@asynccontextmanager
async def _open_tools(
    context: CliContext, settings: Settings
) -> AsyncIterator[Result[OpenedTools, ConfigurationError | InvalidRequest]]:
    """The tools that the command line names, and nothing loaded where it names none."""
    from returns.result import Failure, Success

    from pointsman.adapters.cli.context import OpenedTools
    from pointsman.core.error import InvalidRequest

    line = getattr(context.options, "tools", "")  # `models` and `health` have no `--tools`
    names = [name.strip() for name in line.split(",") if name.strip()]
    source = getattr(context.options, "functions", None)
    functions = Success(()) if source is None else context.wiring.load_functions(source)
    if isinstance(functions, Failure):  # a file that the line names, and no setting
        told = functions.failure()
        yield Failure(InvalidRequest(detail=told.detail, problems=told.problems, local=True))
        return
    own = functions.unwrap()
    if not names:
        yield Success(OpenedTools(own))
        return
    async with context.wiring.open_tools(names, settings) as opened:
        yield opened.map(lambda found: OpenedTools((*found.tools, *own), found.failed))


async def _run_with_stores(command: StoresCommand, context: CliContext) -> int:
    from returns.result import Failure

    from pointsman.adapters.cli.context import StoresContext

    terminal = context.terminal
    read = context.read_settings()
    if isinstance(read, Failure):
        return report_failure(read.failure(), terminal)
    async with context.wiring.open_stores(read.unwrap()) as opened:
        if isinstance(opened, Failure):
            return report_failure(opened.failure(), terminal)
        return await command.run(
            StoresContext(
                stores=opened.unwrap(),
                settings=read.unwrap(),
                options=context.options,
                terminal=terminal,
                clock=context.wiring.clock(),
            )
        )
