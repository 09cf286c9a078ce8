"""What several commands take alike, and how mistakes of the line are told: one sentence, exit code 2."""

from __future__ import annotations

import argparse
import sys
from typing import Any, NoReturn

from pointsman.adapters.cli import bounds
from pointsman.adapters.cli.examples import format_examples, format_sections
from pointsman.adapters.cli.exit_codes import USAGE
from pointsman.adapters.cli.streams import fit_to_screen
from pointsman.core.chat.options import STRATEGIES


class Parser(argparse.ArgumentParser):
    """argparse, but an error is one sentence that says where help is."""

    def error(self, message: str) -> NoReturn:
        """End with the usage code."""
        self.exit(USAGE, f"{fit_to_screen(f'pointsman: {message}. See `{self.prog} --help`.', sys.stderr)}\n")

    def parse_known_args(self, *args: Any, **named: Any) -> Any:
        """As argparse does, which would say of words that may be none at all that they are required."""
        for action in self._actions:
            if action.nargs == argparse.ZERO_OR_MORE:
                action.required = False
        return super().parse_known_args(*args, **named)

    def format_help(self) -> str:
        """As argparse has it, and examples."""
        return super().format_help() + format_examples(self.prog.removeprefix("pointsman "))


class MainParser(Parser):
    """The parser of the whole line: its help has the commands in sections."""

    def format_help(self) -> str:
        """What it is, the commands, the options, the exit codes."""
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self._actions, self._mutually_exclusive_groups)
        formatter.add_text(self.description)
        helps = {
            one.dest: one.help or ""
            for action in self._actions
            if isinstance(action, argparse._SubParsersAction)
            for one in action._choices_actions
        }
        rest = self._get_formatter()
        rest.start_section("options")
        rest.add_arguments(one for one in self._actions if one.option_strings)
        rest.end_section()
        rest.add_text(self.epilog)
        return f"{formatter.format_help()}\n{format_sections(helps)}\n{rest.format_help()}"


def add_command(
    commands: argparse._SubParsersAction[Parser], name: str, run: str, *, help: str, description: str, epilog: str = ""
) -> Parser:
    """A command called `name`; `run` is where it stands, as `module:name` below this package."""
    parser = commands.add_parser(
        name,
        help=help,
        description=description,
        epilog=epilog,
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    return parser


def add_common(parser: argparse.ArgumentParser, providers: tuple[str, ...]) -> None:
    """Which provider and model, and what is said beside the answer."""
    group = parser.add_argument_group("which model")
    group.add_argument("-p", "--provider", help=f"one of {', '.join(providers)}, or a name from the settings file")
    group.add_argument("-u", "--base-url", metavar="URL", help="where the provider listens")
    group.add_argument("-m", "--model", help="the model, as `model` or `provider/model`")
    group.add_argument("--config", metavar="FILE", help="a settings file (TOML or JSON)")
    group.add_argument("--timeout", type=bounds.seconds, metavar="SECONDS", help="the most the whole call may take")
    parser.add_argument("-v", "--verbose", action="store_true", help="say what happened, on standard error")
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_store(parser: argparse.ArgumentParser, where: str) -> None:
    """Which database a command looks into; `where` is what its help calls that."""
    parser.add_argument("--config", metavar="FILE", help="a settings file (TOML or JSON)")
    parser.add_argument("--database", metavar="FILE", help=where)
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_sampling(parser: argparse.ArgumentParser) -> None:
    """How an answer is to be made."""
    group = parser.add_argument_group("how it answers")
    group.add_argument("-t", "--temperature", type=bounds.temperature, help="0 to 2")
    group.add_argument("--max-tokens", type=bounds.count, metavar="N", help="the longest answer, in tokens")
    group.add_argument("--system", metavar="TEXT", help="instructions that stand above the conversation")
    group.add_argument("--no-stream", action="store_true", help="print the answer when it is whole")


def add_choices(parser: argparse.ArgumentParser, cache: str = "use") -> None:
    """Put the options on a command that asks."""
    group = parser.add_argument_group("which way")
    group.add_argument("--task", metavar="NAME", help="what it is for: analysis, ui_generation, general, heal, …")
    ranked = f"what the models are ranked by: {', '.join(STRATEGIES)}"
    group.add_argument("--strategy", choices=STRATEGIES, metavar="NAME", help=ranked)
    group.add_argument("--order", action="append", default=[], metavar="MODEL", help="ask these, in this order")
    group.add_argument("--cache", choices=("use", "refresh", "off"), default=cache, help="answers from the cache")
    group.add_argument("--tag", action="append", default=[], metavar="NAME", help="for usage and budgets")
    group.add_argument("--tenant", default="", metavar="NAME", help="for whom, for usage and budgets")


def add_variables(parser: argparse.ArgumentParser) -> None:
    """What is put into a template."""
    told = "a template's variable; =@FILE reads a file, =@- standard input"
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=told,
    )


def add_reading(parser: argparse.ArgumentParser) -> None:
    """How files are read."""
    group = parser.add_argument_group("how files are read")
    group.add_argument("--pages", type=bounds.pages, metavar="PAGES", help="of PDFs: 1-3, or 2,5-7")
    group.add_argument("--describe", action="store_true", help="have a model that sees write down what pictures show")
    group.add_argument("--ocr", action="store_true", help="find the letters in pictures and on scanned pages, here")
    group.add_argument("--language", metavar="CODE", help="what is spoken, such as de, where it is known")
    group.add_argument("--transcriber", default="", metavar="MODEL", help="who hears recordings, as `provider/model`")
