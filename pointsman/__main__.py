"""The `pointsman` command: reads the line, builds the App, hands it to the command, ends with its exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.cli.exit_codes import BROKEN_PIPE, INTERRUPTED, OK, exit_code
from pointsman.adapters.cli.parser import build_parser
from pointsman.adapters.cli.terminal import Terminal, standard

if TYPE_CHECKING:
    from pointsman.adapters.mcp.toolsets import Toolsets
    from pointsman.core.error import ConfigurationError
    from pointsman.core.settings import Settings
    from pointsman.layers.serving import ServeOptions
    from pointsman.services.app import App

Command: TypeAlias = "Callable[[App, argparse.Namespace, Terminal], Awaitable[int]]"


def main() -> NoReturn:
    """Run the command line of this process."""
    terminal = standard()
    try:
        code = run(sys.argv[1:], terminal)
        sys.stdout.flush()
    except KeyboardInterrupt:
        terminal.note("Interrupted.")
        code = INTERRUPTED
    except BrokenPipeError:
        # whoever read our output has gone: nothing more can be said, also not while Python shuts down
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = BROKEN_PIPE
    if code == INTERRUPTED:
        sys.stdout.flush()
        os._exit(code)  # a thread may still wait for a line that will never come
    sys.exit(code)


def run(arguments: list[str], terminal: Terminal) -> int:
    """Run one command and give its exit code."""
    from pointsman import __version__
    from pointsman.adapters.providers.table import PROVIDERS

    options = build_parser(tuple(PROVIDERS), __version__).parse_args(arguments)
    import anyio

    if options.command == "providers":
        from pointsman.layers.listing import list_providers

        return anyio.run(list_providers, options, terminal)
    if options.command == "prompts":
        return _prompts(options, terminal)
    if options.command == "tools":
        from pointsman.adapters.cli.tools import tools
        from pointsman.layers.tools import NAMES, built_in

        return tools(built_in(NAMES).unwrap(), options, terminal)
    if options.command in ("usage", "budgets", "cache", "experiment", "conversations", "memory", "settings"):
        return anyio.run(_with_stores, options, terminal)
    if options.command == "serve":
        return anyio.run(_serve, options, terminal, backend_options={"use_uvloop": _has("uvloop")})
    if options.command == "simulate":
        return anyio.run(_simulate, options, terminal)
    if options.command == "demo":
        return anyio.run(_demo, options, terminal)
    return anyio.run(_with_app, options, terminal)


async def _with_app(options: argparse.Namespace, terminal: Terminal) -> int:
    from pointsman.core.settings import Settings
    from pointsman.layers.app import open_app
    from pointsman.layers.live import live
    from pointsman.layers.media import audio_reader, image_reader
    from pointsman.layers.settings.saved import load_all_settings
    from pointsman.layers.settings.sources import Arguments

    given = Arguments(
        provider=options.provider,
        base_url=options.base_url,
        model=options.model,
        temperature=getattr(options, "temperature", None),
        max_tokens=getattr(options, "max_tokens", None),
        timeout=options.timeout,
    )
    settings = unwrap_or_failure(await load_all_settings(given, options.config))
    if not isinstance(settings, Settings):
        terminal.complain(settings)
        return exit_code(settings)
    names = [name.strip() for name in getattr(options, "tools", "").split(",") if name.strip()]
    options.read_image, options.read_audio = image_reader(settings), audio_reader
    async with _equipped(names, settings) as equipped:
        if isinstance(equipped, Failure):
            terminal.complain(equipped.failure())
            return exit_code(equipped.failure())
        options.equipment = equipped.unwrap().tools
        for server, error in equipped.unwrap().failed:
            terminal.note(f"The MCP server {server} has no tools to give: {error}")
        async with open_app(live, _recorded(settings, terminal)) as opened:
            if isinstance(opened, Failure):
                terminal.complain(opened.failure())
                return exit_code(opened.failure())
            return await _command(options.command)(opened.unwrap(), options, terminal)


@asynccontextmanager
async def _equipped(names: list[str], settings: Settings) -> AsyncIterator[Result[Toolsets, ConfigurationError]]:
    """The tools that the command line names, and nothing loaded where it names none."""
    from pointsman.adapters.mcp.toolsets import Toolsets

    if not names:
        yield Success(Toolsets(()))
        return
    from pointsman.layers.tools import equipment

    async with equipment(names, settings) as found:
        yield found


def _recorded(settings: Settings, terminal: Terminal) -> Settings:
    """`settings`; where they name no database, with the user's own, so that `pointsman usage` has something to tell."""
    import attrs

    from pointsman.layers.live import own_database

    if settings.database is not None:
        return settings
    path = own_database()
    if path is None:
        terminal.note("Usage is not recorded: the data folder cannot be written to. Name a file by POINTSMAN_DATABASE.")
    return attrs.evolve(settings, database=path)


def _prompts(options: argparse.Namespace, terminal: Terminal) -> int:
    from pointsman.adapters.cli.prompts import prompts
    from pointsman.layers.live import load_settings
    from pointsman.layers.prompts import prompt_book

    book = load_settings(config=options.config).bind(prompt_book)
    if isinstance(book, Failure):
        terminal.complain(book.failure())
        return exit_code(book.failure())
    return prompts(book.unwrap(), options, terminal)


async def _with_stores(options: argparse.Namespace, terminal: Terminal) -> int:
    import attrs

    from pointsman.adapters.cli import conversations, memory, usage
    from pointsman.core.settings import Settings
    from pointsman.layers.live import load_settings
    from pointsman.layers.stores import by_settings

    settings = unwrap_or_failure(load_settings(config=options.config))
    if not isinstance(settings, Settings):
        terminal.complain(settings)
        return exit_code(settings)
    settings = _recorded(attrs.evolve(settings, database=options.database or settings.database), terminal)
    commands = {
        "usage": usage.usage,
        "budgets": usage.budgets,
        "cache": usage.cache,
        "experiment": usage.experiment,
        "conversations": conversations.conversations,
        "memory": memory.memory,
    }
    if options.command == "settings":
        from pointsman.layers.settings_command import run_settings

        return await run_settings(settings, options, terminal)
    async with by_settings(settings) as opened:
        if isinstance(opened, Failure):
            terminal.complain(opened.failure())
            return exit_code(opened.failure())
        return await commands[options.command](opened.unwrap(), settings, options, terminal)


def _command(name: str) -> Command:
    from pointsman.adapters.cli import catalogue, chat, generate, route, transcribe

    commands: dict[str, Command] = {
        "generate": generate.generate,
        "chat": chat.chat,
        "route": route.route,
        "models": catalogue.models,
        "health": catalogue.health,
        "embed": catalogue.embed,
        "transcribe": transcribe.transcribe,
    }
    return commands[name]


def _has(module: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(module) is not None


async def _serve(options: argparse.Namespace, terminal: Terminal) -> int:
    import logging
    import webbrowser

    import anyio
    import attrs

    from pointsman.adapters.cli.serve import announce
    from pointsman.adapters.system.collector import settle_in
    from pointsman.core.settings import Settings
    from pointsman.layers.live import load_settings
    from pointsman.layers.serving import serving
    from pointsman.layers.settings.sources import Arguments

    if options.verbose:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    settings = unwrap_or_failure(load_settings(Arguments(), options.config))
    if not isinstance(settings, Settings):
        terminal.complain(settings)
        return exit_code(settings)
    settings = _recorded(attrs.evolve(settings, database=options.database or settings.database), terminal)
    async with serving(settings, _serve_options(options)) as opened:
        if isinstance(opened, Failure):
            terminal.complain(opened.failure())
            return exit_code(opened.failure())
        served = opened.unwrap()
        with served.running.lease() as app:
            active = app.settings.default_provider or ""
        announce(served.address, served.link, active, served.running.demo, terminal)
        if options.open:
            webbrowser.open(f"{served.address}/{'#link=' + served.link if served.link else ''}")
        settle_in()
        await anyio.sleep_forever()
    return OK


def _serve_options(options: argparse.Namespace) -> ServeOptions:
    from pointsman.layers.serving import ServeOptions
    from pointsman.layers.settings.sources import Arguments

    return ServeOptions(
        host=options.host,
        port=options.port,
        config=options.config,
        arguments=Arguments(
            provider=options.provider, base_url=options.base_url, model=options.model, timeout=options.timeout
        ),
        allow_hosts=tuple(options.allow_host),
        demo=not options.no_demo,
        secure_cookie=options.https,
    )


async def _simulate(options: argparse.Namespace, terminal: Terminal) -> int:
    import anyio

    from pointsman.adapters.simulator.scenario import Scenario
    from pointsman.core.error import ConfigurationError
    from pointsman.core.security.secret import Secret
    from pointsman.layers.simulation import (
        read_scenario,
        recording_to,
        simulated_paths,
        simulator,
        simulator_running,
    )

    scenario = unwrap_or_failure(read_scenario(options.scenario))
    if not isinstance(scenario, Scenario):
        terminal.complain(scenario)
        return exit_code(scenario)
    key = Secret(options.api_key) if options.api_key else None
    with recording_to(options.record) as recording:
        record = unwrap_or_failure(recording)
        if isinstance(record, ConfigurationError):
            terminal.complain(record)
            return exit_code(record)
        made = simulator(options.seed, scenario, options.pace, key, strict=options.strict, record=record)
        try:
            async with simulator_running(made, options.host, options.port) as address:
                terminal.say(f"Simulated models at {address} (Ctrl-C stops). Base URLs:")
                for kind, path in simulated_paths().items():
                    terminal.say(f"  {kind:<17} {address}{path}")
                await anyio.sleep_forever()
        except OSError as problem:
            terminal.complain(
                f"{options.host}:{options.port} cannot be listened on: {problem.strerror or problem}."
                " Use another --port."
            )
            return 9
    return OK


async def _demo(options: argparse.Namespace, terminal: Terminal) -> int:
    from pointsman.adapters.cli.demo import demo
    from pointsman.layers.app import open_app
    from pointsman.layers.live import live
    from pointsman.layers.simulation import demo_settings, simulator, simulator_running

    async with (
        simulator_running(simulator(options.seed, pace=options.pace)) as address,
        open_app(live, demo_settings(address)) as opened,
    ):
        if isinstance(opened, Failure):
            terminal.complain(opened.failure())
            return exit_code(opened.failure())
        return await demo(opened.unwrap(), terminal, address)


if __name__ == "__main__":
    main()
