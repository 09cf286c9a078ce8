"""The grammar of `pointsman eval`, a subcommand a row. It runs nothing: each row names the module that does."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeVar

import attrs

from pointsman.adapters.cli import bounds
from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.evaluation.sandbox_names import SANDBOXES

_Parser = TypeVar("_Parser", bound=argparse.ArgumentParser)


@attrs.frozen
class Subcommand:
    """`pointsman eval NAME`: where it stands (`module:name` below this package), its help, and its options."""

    name: str
    run: str
    help: str
    description: str
    add_options: Callable[[argparse.ArgumentParser], None]


def add_evaluation(commands: argparse._SubParsersAction[_Parser]) -> None:
    """Put `eval` and its subcommands on `commands`."""
    group = commands.add_parser(
        "eval", help="measure how models heal code", description="Faults, runs, reports: which model heals which fault."
    )
    rows = group.add_subparsers(dest="evaluation", metavar="WHAT", required=True, parser_class=type(group))
    for row in SUBCOMMANDS:
        parser = rows.add_parser(row.name, help=row.help, description=row.description)
        parser.set_defaults(run=row.run)
        row.add_options(parser)


def _kinds(text: str) -> tuple[FaultKind, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in set(FaultKind)]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(FaultKind)}")
    return tuple(FaultKind(name) for name in names)


def _faults(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=bounds.seed, default=0, metavar="N", help="decides which faults (default 0)")
    parser.add_argument(
        "--kinds", type=_kinds, default=(), metavar="NAMES", help="only these, such as name,off-by-one (default all)"
    )
    parser.add_argument("--count", type=bounds.count, default=216, metavar="N", help="how many (default 216)")
    parser.add_argument("--out", metavar="FILE", help="write them to FILE, a line of JSON each")
    parser.add_argument("--stats", action="store_true", help="print how many there are of each kind")
    parser.add_argument(
        "--from",
        dest="folder",
        metavar="FOLDER",
        help="your own programs and tests, or tracebacks (.txt, .log)",
    )
    parser.add_argument("--prove", action="store_true", help="run the tests on each fault now, three times")
    add_sandbox(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def _attack(parser: argparse.ArgumentParser) -> None:
    add_sandbox(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_sandbox(parser: argparse.ArgumentParser) -> None:
    """Let the line say where code of strangers runs."""
    parser.add_argument(
        "--sandbox",
        type=bounds.sandbox,
        default="auto",
        metavar="NAME",
        help=f"{', '.join(SANDBOXES[:-1])} or {SANDBOXES[-1]} (default auto, which takes no weak one)",
    )


SUBCOMMANDS: tuple[Subcommand, ...] = (
    Subcommand(
        "faults",
        "eval_faults:faults",
        help="make faulty programs",
        description="Make faulty programs of correct ones, each proved to be noticed by tests.",
        add_options=_faults,
    ),
    Subcommand(
        "attack",
        "eval_attack:attack",
        help="try to get out of the sandbox",
        description="Try to get out of the sandbox in many ways, and say what gets through.",
        add_options=_attack,
    ),
)
