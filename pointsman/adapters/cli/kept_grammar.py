"""The grammar of what is kept: settings, keys, users, conversations, memories, usage; and of its upkeep."""

from __future__ import annotations

import argparse
from typing import TypeVar

from pointsman.adapters.cli import bounds
from pointsman.adapters.cli.common_options import Parser, add_store
from pointsman.adapters.cli.common_options import add_command as _command
from pointsman.core.money.usage_report import GROUPS


def add_settings(commands: argparse._SubParsersAction[Parser]) -> None:
    """`settings`."""
    parser = _command(
        commands,
        "settings",
        "saved_settings:settings",
        help="save providers and keys",
        description="What is saved: providers, their keys (encrypted), who changed what.",
    )
    actions = ("list", "show", "set", "test", "use", "delete", "export", "import")
    parser.add_argument(
        "action", choices=(*actions, "audit", "set-password", "rotate-key", "forget-secrets"), help="what to do"
    )
    parser.add_argument("words", nargs="*", help="a provider's name; to set, also field=value (`api_key=-` asks)")
    parser.add_argument("--yes", action="store_true", help="do it without asking")
    add_store(parser, "where they are saved")


def add_keys(commands: argparse._SubParsersAction[Parser]) -> None:
    """`keys`."""
    parser = _command(
        commands,
        "keys",
        "keys:keys",
        help="give out keys to the server",
        description="Keys that the server gives out: what each opens, how much it may spend, until when.",
        epilog="Fields: name, scopes=chat,read, models=openai/*,local/* (empty: all), budget=5.00 in dollars, "
        "period=hour|day|month|total, requests_per_minute=60, expires=30d or 2027-01-31, enabled=yes|no. An empty "
        "value takes a limit away. A change holds at once in every process that serves this database.",
    )
    parser.add_argument("action", choices=("list", "create", "set", "delete"), help="what to do")
    parser.add_argument("words", nargs="*", help="a key's id or name; to create and set, also field=value")
    add_store(parser, "where they are kept")


def add_users(commands: argparse._SubParsersAction[Parser]) -> None:
    """`users`."""
    parser = _command(
        commands,
        "users",
        "users:users",
        help="say who may sign in",
        description="Users of the page beside its owner: each has conversations, memories, keys and a budget of "
        "their own. An admin changes everything, a member asks models, a viewer looks at the figures.",
        epilog="Fields: name, role=admin|member|viewer, budget=20 in dollars (empty: no limit), "
        "period=hour|day|month|total, enabled=yes|no. An invitation is a link that works once, for 7 days.",
    )
    parser.add_argument("action", choices=("list", "invite", "set", "delete"), help="what to do")
    parser.add_argument("words", nargs="*", help="a role to invite to; a user's name or id; to set, also field=value")
    add_store(parser, "where they are kept")


def _conversations(commands: argparse._SubParsersAction[Parser]) -> Parser:
    parser = _command(
        commands,
        "conversations",
        "conversations:conversations",
        help="see what was said",
        description="The conversations that `chat` has kept.",
    )
    actions = ("list", "search", "show", "export", "import", "rename", "delete")
    parser.add_argument("action", choices=actions, help="what to do")
    parser.add_argument(
        "words",
        nargs="*",
        help="words to search, an id (or its beginning, or `latest`), a title, or a file to import: an export of"
        " pointsman, ChatGPT, Claude or Open WebUI, or the logs.db of llm",
    )
    parser.add_argument("--format", choices=("json", "markdown", "jsonl"), default="json", help="to export in")
    parser.add_argument("--tag", action="append", default=[], metavar="NAME", help="only those with this tag")
    parser.add_argument("--limit", type=bounds.count, default=50, metavar="N", help="at most so many (default 50)")
    parser.add_argument("--yes", action="store_true", help="delete without asking")
    return parser


def _memory(commands: argparse._SubParsersAction[Parser]) -> Parser:
    parser = _command(
        commands,
        "memory",
        "memory:memory",
        help="see what is remembered",
        description="What `chat --memory` may recall.",
    )
    parser.add_argument("action", choices=("list", "search", "add", "forget"), help="what to do")
    parser.add_argument("words", nargs="*", help="what to search or remember, or the id of what to forget")
    parser.add_argument("--user", default="", metavar="NAME", help="whose memory (the tenant of a call)")
    parser.add_argument("--importance", type=bounds.share, default=0.5, metavar="N", help="0 to 1 (default 0.5)")
    parser.add_argument("--limit", type=bounds.count, default=10, metavar="N", help="at most so many (default 10)")
    return parser


def add_usage(commands: argparse._SubParsersAction[Parser]) -> None:
    """`usage`, `budgets`, `cache`, `experiment`, `conversations`, `memory`."""
    usage = _command(
        commands, "usage", "usage:usage", help="see what was used", description="Calls, tokens, cost and times."
    )
    usage.add_argument("--since", default="30d", metavar="WHEN", help="24h, 7d, 2026-11-01 (default 30d)")
    usage.add_argument("--until", metavar="WHEN", help="likewise (default now)")
    usage.add_argument("--by", choices=GROUPS, default="model", help="what to group by (default model)")
    budgets = _command(
        commands, "budgets", "usage:budgets", help="see what is spent", description="Budgets and what is spent of them."
    )
    budgets.add_argument("--tenant", default="", metavar="NAME", help="also the budgets of this tenant")
    budgets.add_argument("--conversation", default="", metavar="ID", help="also those of this conversation")
    budgets.add_argument("--tag", action="append", default=[], metavar="NAME", help="also those of this tag")
    cache = _command(commands, "cache", "usage:cache", help="see or empty the cache", description="The response cache.")
    cache.add_argument("action", choices=("stats", "clear"), help="what to do")
    experiment = _command(
        commands, "experiment", "usage:experiment", help="compare variants", description="How variants have done."
    )
    experiment.add_argument("name", nargs="?", help="only this experiment")
    for parser in (usage, budgets, cache, experiment, _conversations(commands), _memory(commands)):
        add_store(parser, "where it was recorded")


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
