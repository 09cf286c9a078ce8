"""The command line's parts fit together: grammar, typed options, commands, and what `__main__` provides."""

from __future__ import annotations

import argparse
import io

import pytest
from returns.result import Failure, Result

from pointsman.adapters.cli.context import AppCommand, Command, CommandByAction, StoresCommand
from pointsman.adapters.cli.main import load_command, run_line
from pointsman.adapters.cli.options import Options
from pointsman.adapters.cli.parser import build_parser
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.error import ConfigurationError
from pointsman.core.settings import Settings
from pointsman.services.ports.settings_store import StoredSettings
from pointsman.wiring.live_wiring import LiveWiring


def grammars(parser: argparse.ArgumentParser | None = None) -> dict[str, argparse.ArgumentParser]:
    """The parser of each command, and of each command of a group by both its words."""
    parsers: dict[str, argparse.ArgumentParser] = {}
    for action in (parser or build_parser((), "0"))._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                parsers |= {f"{name} {word}": below for word, below in grammars(command).items()} or {name: command}
    return parsers


def names(parser: argparse.ArgumentParser) -> set[str]:
    """What `parser` fills in."""
    return {action.dest for action in parser._actions} - {"help"}


def test_every_option_of_the_grammar_is_typed_and_every_typed_option_is_in_the_grammar() -> None:
    in_grammar = {name for parser in grammars().values() for name in names(parser)}
    assert in_grammar | {"command", "run", "evaluation"} == set(Options.__annotations__)


def test_an_option_of_one_name_is_of_one_kind_in_every_command() -> None:
    kinds: dict[str, set[object]] = {}
    for parser in grammars().values():
        for action in parser._actions:
            several = action.nargs == "*" or isinstance(action.default, list)
            optional = action.default is None and not several and not action.required
            kinds.setdefault(action.dest, set()).add((several, optional))
    assert {name for name, found in kinds.items() if len(found) > 1} == set()


@pytest.mark.parametrize("name", sorted(grammars()))
def test_every_word_of_the_grammar_leads_to_a_command(name: str) -> None:
    run = grammars()[name].get_default("run")
    assert isinstance(load_command(run), Command | AppCommand | StoresCommand | CommandByAction)


class BrokenWiring(LiveWiring):
    """Settings that cannot be read."""

    def read_settings(
        self, config: str | None, stored: StoredSettings | None = None
    ) -> Result[Settings, ConfigurationError]:
        return Failure(ConfigurationError(detail="the file is broken"))

    async def load_settings(self, options: Options) -> Result[Settings, ConfigurationError]:
        return self.read_settings(options.config)


@pytest.mark.parametrize(
    "line", ["generate Hi", "models", "usage", "memory list", "providers", "prompts list", "settings list", "serve"]
)
def test_settings_that_cannot_be_read_end_every_command_with_one_sentence(line: str) -> None:
    terminal = Terminal(io.StringIO(), io.StringIO(), io.StringIO())
    assert run_line(line.split(), terminal, BrokenWiring(), (), "0") == 3
    assert isinstance(terminal.err, io.StringIO)
    assert terminal.err.getvalue().count("the file is broken") == 1
