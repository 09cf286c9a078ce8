"""The help shows every command in a section, and an example of everything that a command does."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator

import pytest

from pointsman.adapters.cli.examples import EXAMPLES, SECTIONS, format_sections
from pointsman.adapters.cli.parser import build_parser


def parsers(parser: argparse.ArgumentParser, name: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, inner in action.choices.items():
                whole = f"{name} {word}".strip()
                yield whole, inner
                yield from parsers(inner, whole)


COMMANDS = dict(parsers(build_parser((), "0")))
LINES = [(command, line) for command, shown in EXAMPLES.items() for line, _ in shown]


@pytest.mark.parametrize(("command", "line"), LINES, ids=[line for _, line in LINES])
def test_an_example_is_a_line_that_the_grammar_takes(command: str, line: str) -> None:
    words = shlex.split(line)
    assert words[: len(command.split())] == command.split() or command in ("schemas", "logs")  # that show their use
    assert build_parser((), "0").parse_args(words) is not None


def test_every_command_has_an_example_of_each_thing_that_it_does() -> None:
    missing = []
    for command, parser in COMMANDS.items():
        if any(isinstance(action, argparse._SubParsersAction) for action in parser._actions):
            continue
        shown = [line for line, _ in EXAMPLES.get(command, ())]
        actions = next((tuple(one.choices or ()) for one in parser._actions if one.dest == "action"), ("",))
        wanted = [f"{command} {action}".strip() for action in actions]
        missing += [begin for begin in wanted if not any(f"{line} ".startswith(f"{begin} ") for line in shown)]
    assert missing == []
    assert EXAMPLES.keys() <= COMMANDS.keys()


def test_every_command_stands_in_one_section_of_the_help() -> None:
    placed = [name for names in SECTIONS.values() for name in names]
    assert sorted(placed) == sorted(name for name in COMMANDS if " " not in name)
    assert "More:" not in format_sections(dict.fromkeys(placed, "x"))
    told = build_parser((), "0").format_help()
    assert all(f"\n{title}:\n" in told for title in SECTIONS)
    assert "examples:\n  pointsman settings list" in COMMANDS["settings"].format_help()
