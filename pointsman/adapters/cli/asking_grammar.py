"""The grammar of what is said of a question beside its words, of `compare`, and of the log of what was asked."""

from __future__ import annotations

import argparse

from pointsman.adapters.cli import bounds
from pointsman.adapters.cli.common_options import (
    Parser,
    add_choices,
    add_command,
    add_common,
    add_reading,
    add_sampling,
    add_store,
    add_variables,
)


def add_asking(parser: argparse.ArgumentParser) -> None:
    """Put on `generate` what it has beside the question."""
    add_parameters(parser)
    group = parser.add_argument_group("before and after")
    group.add_argument(
        "-c", "--continue", dest="go_on", action="store_true", help="go on with what was asked or said last"
    )
    group.add_argument("--conversation", default="", metavar="ID", help="go on with this one, as `logs` lists it")
    group.add_argument("--no-log", action="store_true", help="do not keep what is asked and answered")
    group.add_argument("-x", "--extract", action="store_true", help="print the first block of code alone")
    group.add_argument("--jsonl", action="store_true", help="print each event as it comes, as a line of JSON")
    group.add_argument("--save", metavar="NAME", help="keep words and --system as a template; nobody is asked")
    group.add_argument("--functions", metavar="FILE|CODE", help="Python functions that the model may call")


def add_parameters(parser: argparse.ArgumentParser) -> None:
    """`-o`: every parameter of a request."""
    parser.add_argument(
        "-o",
        "--option",
        dest="parameters",
        action="append",
        nargs=2,
        default=[],
        metavar=("KEY", "VALUE"),
        help="a parameter of the request: seed, top_p, stop, thinking, …; extra.NAME is for one that only a vendor has",
    )


def add_comparison(commands: argparse._SubParsersAction[Parser]) -> None:
    """`compare`."""
    parser = add_command(
        commands,
        "compare",
        "compare:compare",
        help="ask several models the same",
        description="Put one question to several models at once, side by side, with time, tokens and cost.",
    )
    parser.set_defaults(go_on=False, conversation="")
    parser.add_argument("prompt", nargs="*", help="the question; standard input is added if it is a pipe")
    parser.add_argument(
        "-m", "--model", dest="compared", action="append", default=[], help="whom to ask; at least two, one -m each"
    )
    parser.add_argument("--config", metavar="FILE", help="a settings file (TOML or JSON)")
    parser.add_argument("--timeout", type=bounds.seconds, metavar="SECONDS", help="the most each may take")
    parser.add_argument("-v", "--verbose", action="store_true", help="say what happened, on standard error")
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each answer, as it is whole")
    add_sampling(parser)
    add_choices(parser)
    add_parameters(parser)
    parser.add_argument(
        "-f",
        "--file",
        "--image",
        dest="files",
        action="append",
        default=[],
        metavar="FILE",
        help="show it to the models",
    )
    parser.add_argument("--schema", metavar="SCHEMA", help="what the answers must fit, as in `generate`")
    parser.add_argument("--template", metavar="NAME", help="a prompt template instead of a question")
    add_variables(parser)


def add_schemas(commands: argparse._SubParsersAction[Parser]) -> None:
    """`schemas`."""
    parser = add_command(
        commands,
        "schemas",
        "schemas:schemas",
        help="keep schemas under names",
        description="Schemas for --schema, kept under names of your own.",
        epilog="In short a field is a name, then its type if it is not text (int, float, bool, list, list of int, "
        "a|b|c), then after a colon what it is. A name with a question mark may be left out.",
    )
    parser.add_argument(
        "action",
        nargs="?",
        choices=("list", "save", "show", "delete"),
        default="list",
        help="what to do (default list)",
    )
    parser.add_argument("words", nargs="*", metavar="NAME", help="which; to save, also the schema")
    add_store(parser, "beside which they are kept")


def add_aliases(commands: argparse._SubParsersAction[Parser]) -> None:
    """`aliases`."""
    parser = add_command(
        commands,
        "aliases",
        "aliases:aliases",
        help="name models, and choose the default",
        description="Names of your own for models, and the model that is asked where none is named.",
    )
    actions = ("list", "set", "delete", "default")
    parser.add_argument("action", nargs="?", choices=actions, default="list", help="what to do (default list)")
    parser.add_argument("words", nargs="*", metavar="NAME", help="which; to set, also what it stands for")
    add_store(parser, "where they are saved")


def add_collections(commands: argparse._SubParsersAction[Parser], providers: tuple[str, ...]) -> None:
    """`collections`."""
    parser = add_command(
        commands,
        "collections",
        "collections:collections",
        help="find texts by what they mean",
        description="Texts that are embedded once, kept, and found by what they mean.",
        epilog="add reads each file in pieces of about a page; without files, each line that is piped in is a text. "
        "Texts that are there as they are cost nothing. -m makes the vectors of a new collection.",
    )
    actions = ("list", "add", "search", "show", "delete")
    parser.add_argument("action", nargs="?", choices=actions, default="list", help="what to do (default list)")
    parser.add_argument("words", nargs="*", metavar="NAME", help="which; then files, what to look for, or ids")
    parser.add_argument("--limit", type=bounds.count, default=5, metavar="N", help="at most so many (default 5)")
    parser.add_argument("--database", metavar="FILE", help="where they are kept")
    add_reading(parser)
    add_common(parser, providers)


def add_completion(commands: argparse._SubParsersAction[Parser]) -> None:
    """`completion`."""
    parser = add_command(
        commands,
        "completion",
        "completion:completion",
        help="let the shell complete with Tab",
        description="Print what lets a shell complete commands, options and their values.",
    )
    parser.add_argument("action", choices=("bash", "zsh", "fish", "words"), help="the shell; `words` is what it asks")
    parser.add_argument("words", nargs="*", metavar="WORD", help="a line that is begun, after `--`")


def add_log(commands: argparse._SubParsersAction[Parser]) -> None:
    """`logs`."""
    parser = add_command(
        commands,
        "logs",
        "logs:logs",
        help="see what was asked",
        description="What `generate` asked and was answered, and what was said in `chat`: the latest last. "
        "`log = false` in the settings file keeps nothing, --no-log not this once.",
    )
    parser.add_argument("words", nargs="*", help="only those with these words")
    parser.add_argument("-n", "--limit", type=bounds.count, default=3, metavar="N", help="so many (default 3)")
    parser.add_argument("-s", "--short", action="store_true", help="a line each")
    parser.add_argument("-r", "--response", action="store_true", help="print the latest answer alone")
    parser.add_argument("-x", "--extract", action="store_true", help="print the first block of code in it alone")
    parser.add_argument("--config", metavar="FILE", help="a settings file (TOML or JSON)")
    parser.add_argument("--database", metavar="FILE", help="where it was kept")
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each")
