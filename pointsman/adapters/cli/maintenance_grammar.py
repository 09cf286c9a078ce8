"""The grammar of `pointsman backup`, `restore`, `migrate`, `sweep` and `erase`. It loads nothing that they need."""

from __future__ import annotations

import argparse
from typing import TypeVar

from pointsman.adapters.cli.common_options import add_store

_Parser = TypeVar("_Parser", bound=argparse.ArgumentParser)


def add_maintenance(commands: argparse._SubParsersAction[_Parser]) -> None:
    """The grammar of these commands."""
    backup = _add(commands, "backup", "copy the database to a file, also while a server runs")
    backup.add_argument("file", metavar="FILE", help="where to; readable by you only")
    backup.add_argument("--force", action="store_true", help="overwrite it if it is there")
    restore = _add(commands, "restore", "put a backup in the place of the database, which is kept beside it")
    restore.add_argument("file", metavar="FILE", help="what `pointsman backup` has written")
    migrate = _add(commands, "migrate", "carry a database file to a server of PostgreSQL, and prove that all arrived")
    migrate.add_argument("file", metavar="FILE", nargs="?", default="", help="which file; by default your own")
    _add(commands, "sweep", "delete what is older than the settings keep it ([keep])")
    erase = _add(commands, "erase", "erase all that is kept of one key or user, and count what is left")
    erase.add_argument("--key", default="", metavar="ID", help="the id of a virtual key; it opens nothing any more")
    erase.add_argument(
        "--user", default="", metavar="NAME", help="who signs in by this name, or whom calls name as their tenant"
    )
    erase.add_argument("--yes", action="store_true", help="do it without asking")


def _add(commands: argparse._SubParsersAction[_Parser], name: str, help: str) -> _Parser:
    parser = commands.add_parser(name, help=help, description=f"{help[0].upper()}{help[1:]}.")
    parser.set_defaults(run=f"maintenance:{name}")
    add_store(parser, "which database")
    return parser
