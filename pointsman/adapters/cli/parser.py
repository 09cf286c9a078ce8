"""The command line's grammar: which commands there are, and what each takes."""

from __future__ import annotations

import argparse
from typing import get_args

from pointsman.adapters.cli import bounds
from pointsman.adapters.cli.asking_grammar import (
    add_aliases,
    add_asking,
    add_collections,
    add_comparison,
    add_completion,
    add_log,
    add_schemas,
)
from pointsman.adapters.cli.common_options import MainParser, Parser, add_reading
from pointsman.adapters.cli.common_options import add_choices as _choices
from pointsman.adapters.cli.common_options import add_command as _command
from pointsman.adapters.cli.common_options import add_common as _common
from pointsman.adapters.cli.common_options import add_sampling as _sampling
from pointsman.adapters.cli.common_options import add_variables as _set
from pointsman.adapters.cli.evaluate import add_cluster, add_evaluation, add_sandbox
from pointsman.adapters.cli.exit_codes import MEANINGS
from pointsman.adapters.cli.kept_grammar import add_keys, add_maintenance, add_settings, add_usage, add_users
from pointsman.adapters.cli.local_grammar import add_local, add_plugins
from pointsman.core.settings import LogFormat


def build_parser(providers: tuple[str, ...], version: str) -> argparse.ArgumentParser:
    """The whole grammar; `providers` are the names that `--provider` knows besides those of the settings file."""
    parser = MainParser(
        prog="pointsman",
        description="Talk to any language model, local first.",
        epilog="Exit codes: "
        + "; ".join(f"{code} {meaning}" for code, meaning in MEANINGS.items())
        + "; `heal` ends with the code of its command. `pointsman COMMAND --help` says more of each.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"pointsman {version}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)
    _generate(commands, providers)
    _chat(commands, providers)
    add_comparison(commands)
    add_log(commands)
    add_schemas(commands)
    add_aliases(commands)
    add_completion(commands)
    _read(commands, providers)
    _route(commands, providers)
    _catalogue(commands, providers)
    _transcribe(commands, providers)
    add_collections(commands, providers)
    add_local(commands)
    add_plugins(commands)
    _serve(commands, providers)
    add_usage(commands)
    _prompts(commands)
    add_settings(commands)
    add_keys(commands)
    add_users(commands)
    _heal(commands, providers)
    _simulate(commands)
    add_maintenance(commands)
    add_evaluation(commands)
    _take_whole_names(commands)
    return parser


def _take_whole_names(commands: argparse._SubParsersAction[Parser]) -> None:
    """An option is called by its whole name: what `--temp` means today would bind every option to come."""
    for command in commands.choices.values():
        command.allow_abbrev = False
        for action in command._actions:
            if isinstance(action, argparse._SubParsersAction):
                _take_whole_names(action)


def _generate(commands: argparse._SubParsersAction[Parser], providers: tuple[str, ...]) -> None:
    parser = _command(
        commands, "generate", "generate:generate", help="ask once", description="Ask once and print the answer."
    )
    parser.add_argument("prompt", nargs="*", help="the question; standard input is added if it is a pipe")
    _common(parser, providers)
    _sampling(parser)
    _choices(parser)
    parser.add_argument(
        "--tools",
        default="",
        metavar="NAMES",
        help="tools to be run here, such as calculator, or the name of an MCP server",
    )
    parser.add_argument(
        "-f",
        "--file",
        "--image",
        dest="files",
        action="append",
        default=[],
        metavar="FILE",
        help="show it to the model: PDF, Office, EPUB, HTML, text, tables, pictures, recordings; may be repeated, and "
        "a picture may be an address",
    )
    add_reading(parser)
    _by_parts(parser)
    add_cluster(parser)
    parser.add_argument(
        "--schema",
        metavar="SCHEMA",
        help="what the answer must fit: JSON Schema, a file of it, a kept name, or in short 'name, age int'",
    )
    parser.add_argument("--template", metavar="NAME", help="a prompt template instead of a question")
    _set(parser)
    add_asking(parser)


def _by_parts(parser: argparse.ArgumentParser) -> None:
    """How files are read that are too long for the model."""
    parser.add_argument(
        "--window", type=bounds.count, metavar="N", help="read files by parts of N tokens (default: what the model has)"
    )
    parser.add_argument("--yes", action="store_true", help="read long files by parts without asking")
    parser.add_argument("--budget", type=bounds.dollars, metavar="USD", help="the most that reading by parts may cost")


def _read(commands: argparse._SubParsersAction[Parser], providers: tuple[str, ...]) -> None:
    parser = _command(
        commands,
        "read",
        "read_files:read",
        help="read documents",
        description="Print what is in documents: text, tables, the words of recordings, what pictures are. A model is "
        "asked only for recordings and with --describe.",
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="which; `-` is standard input")
    add_reading(parser)
    _common(parser, providers)


def _chat(commands: argparse._SubParsersAction[Parser], providers: tuple[str, ...]) -> None:
    parser = _command(
        commands, "chat", "chat:chat", help="talk", description="Talk, turn by turn. /help lists the commands."
    )
    parser.add_argument(
        "--tools",
        default="",
        metavar="NAMES",
        help="tools to be run here, such as calculator, or the name of an MCP server",
    )
    parser.add_argument("--memory", action="store_true", help="tell the model what is remembered")
    parser.add_argument("--learn", action="store_true", help="and at the end remember what it says of you")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("-c", "--continue", dest="go_on", action="store_true", help="go on with the latest conversation")
    which.add_argument(
        "--conversation", default="", metavar="ID", help="go on with this one (the beginning of its id will do)"
    )
    _by_parts(parser)
    _common(parser, providers)
    _sampling(parser)
    _choices(parser)


def _heal(commands: argparse._SubParsersAction[Parser], providers: tuple[str, ...]) -> None:
    parser = _command(
        commands,
        "heal",
        "heal:heal",
        help="heal a command that fails",
        description="Run a command. If it fails, show a model the error and the files that it names, show what the "
        "model would change, and after a yes change it and run the command again. What does not help is taken back. "
        "With --watch, follow a log instead, and ask once about each error in it; nothing is changed then.",
    )
    parser.add_argument("words", nargs="*", metavar="COMMAND", help="the command, after `--`: heal -- pytest -q")
    parser.add_argument("--rounds", type=bounds.count, default=3, metavar="N", help="ask at most N times (default 3)")
    parser.add_argument("--yes", action="store_true", help="change the files without asking")
    parser.add_argument("--budget", type=bounds.dollars, metavar="USD", help="the most that all questions may cost")
    watch = parser.add_argument_group("following a log")
    watch.add_argument("--watch", metavar="FILE", help="follow this log; `-` is standard input")
    watch.add_argument("--check", metavar="COMMAND", help="a command that fails with the error, run in the sandbox")
    add_sandbox(watch)
    watch.add_argument("--from-start", action="store_true", help="read the whole log, not only its last 64 KiB")
    watch.add_argument(
        "--most", type=bounds.count, default=50, metavar="N", help="ask about at most N different errors (default 50)"
    )
    watch.add_argument(
        "--per-minute", type=bounds.count, default=10, metavar="N", help="ask at most N times a minute (default 10)"
    )
    _common(parser, providers)
    parser.add_argument("--max-tokens", type=bounds.count, metavar="N", help="the longest answer, in tokens")
    _choices(parser, cache="off")


def _route(commands: argparse._SubParsersAction[Parser], providers: tuple[str, ...]) -> None:
    parser = _command(
        commands,
        "route",
        "route:route",
        help="see where a request would go",
        description="Say which model would be asked. Nobody is asked.",
    )
    parser.add_argument("prompt", nargs="*", help="the question, for its length")
    parser.add_argument("--explain", action="store_true", help="print the whole ranking with its reasons, and the cost")
    parser.add_argument("--max-tokens", type=bounds.count, metavar="N", help="the longest answer, in tokens")
    _common(parser, providers)
    _choices(parser)


def _prompts(commands: argparse._SubParsersAction[Parser]) -> None:
    parser = _command(
        commands,
        "prompts",
        "prompts:prompts",
        help="see the prompt templates",
        description="Templates for `--template`.",
    )
    parser.add_argument("action", choices=("list", "show", "render", "compare"), help="what to do")
    parser.add_argument("names", nargs="*", metavar="NAME[@VERSION]", help="which; to compare, two")
    _set(parser)
    parser.add_argument("--config", metavar="FILE", help="a settings file (TOML or JSON)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    tools = _command(commands, "tools", "tools:tools", help="see the tools", description="The tools for `--tools`.")
    tools.add_argument("--json", action="store_true", help="print JSON")


def _serve(commands: argparse._SubParsersAction[Parser], providers: tuple[str, ...]) -> None:
    serve = _command(
        commands,
        "serve",
        "serve:serve",
        help="serve the gateway, the API and the page",
        description="Serve everything: the gateway for other programs, the HTTP API, and the page to open.",
    )
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (default 127.0.0.1)")
    serve.add_argument("--port", type=bounds.port, default=8787, help="the port (default 8787; 0 picks a free one)")
    serve.add_argument("--allow-host", action="append", default=[], metavar="NAME", help="answer to this name, too")
    serve.add_argument("--https", action="store_true", help="it is reached by https: send the cookie by nothing else")
    serve.add_argument("--open", action="store_true", help="open the page in the browser")
    serve.add_argument("--no-demo", action="store_true", help="do not simulate models where nothing is set up")
    serve.add_argument("--database", metavar="FILE", help="where everything is kept")
    serve.add_argument(
        "--log-format", choices=get_args(LogFormat), help="how the log is written (json: a line for each request, too)"
    )
    serve.add_argument(
        "--drain",
        type=bounds.number,
        metavar="SECONDS",
        help="how long calls under way may take to end when it is stopped (default 30)",
    )
    serve.add_argument(
        "--workers",
        type=bounds.count,
        default=1,
        metavar="N",
        help="serve by so many processes, which are restarted where they die (default 1); SIGHUP replaces them",
    )
    serve.add_argument("--reuse-port", action="store_true", help="share the port with the server that it replaces")
    _common(serve, providers)


def _catalogue(commands: argparse._SubParsersAction[Parser], providers: tuple[str, ...]) -> None:
    models = _command(
        commands,
        "models",
        "model_list:models",
        help="list the models",
        description="List the models of the provider that is named, else of all that are set up.",
    )
    _common(models, providers)
    models.add_argument("--detailed", action="store_true", help="ask for all that is known of each")
    health = _command(
        commands, "health", "model_list:health", help="see who answers", description="Ping every configured provider."
    )
    _common(health, providers)
    embed = _command(
        commands, "embed", "model_list:embed", help="turn texts into vectors", description="One vector a text, as JSON."
    )
    embed.add_argument("text", nargs="*", help="the texts; without any, each line of standard input is one")
    _common(embed, providers)
    embed.add_argument("--dimensions", type=bounds.count, metavar="N", help="shorter vectors, where the model can")
    listed = _command(
        commands,
        "providers",
        "provider_list:providers",
        help="list the providers",
        description="List every known provider.",
    )
    listed.add_argument("--json", action="store_true", help="print JSON")
    listed.add_argument("--config", metavar="FILE", help="a settings file (TOML or JSON)")


def _transcribe(commands: argparse._SubParsersAction[Parser], providers: tuple[str, ...]) -> None:
    transcribe = _command(
        commands,
        "transcribe",
        "transcribe:transcribe",
        help="turn speech into text",
        description="Print the words in a recording.",
    )
    transcribe.add_argument("file", metavar="FILE", help="WAV, MP3, FLAC, Ogg, M4A or WebM")
    _common(transcribe, providers)
    transcribe.add_argument("--language", metavar="CODE", help="what is spoken, such as de, where it is known")
    transcribe.add_argument(
        "--prompt", dest="hint", metavar="TEXT", help="words that are hard to spell, or the style that is wanted"
    )
    transcribe.add_argument("--segments", action="store_true", help="tell when what was said, where the model can")


def _simulate(commands: argparse._SubParsersAction[Parser]) -> None:
    simulate = _command(
        commands,
        "simulate",
        "serve:simulate",
        help="serve simulated models",
        description="Serve every dialect on loopback, with faults on demand.",
    )
    simulate.add_argument("--host", default="127.0.0.1", help="the address to listen on (default 127.0.0.1)")
    simulate.add_argument("--port", type=bounds.port, default=8399, help="the port (default 8399; 0 picks a free one)")
    simulate.add_argument("--seed", type=bounds.seed, default=0, help="answers depend on nothing else (default 0)")
    simulate.add_argument("--scenario", metavar="FILE", help="rules for faults and answers (TOML or JSON)")
    simulate.add_argument(
        "--pace", type=bounds.number, default=60.0, metavar="N", help="pieces a second; 0 is as fast as can be"
    )
    simulate.add_argument("--api-key", metavar="KEY", help="demand this key")
    simulate.add_argument("--json", action="store_true", help="print where it listens as JSON")
    simulate.add_argument("--strict", action="store_true", help="refuse what each vendor refuses, in its words")
    simulate.add_argument("--record", metavar="FILE", help="append every request to FILE, a line of JSON each, no keys")
    demo = _command(
        commands, "demo", "demo:demo", help="see it all, with no key", description="Everything at once, simulated."
    )
    demo.add_argument("--seed", type=bounds.seed, default=0, help="default 0")
    demo.add_argument(
        "--pace", type=bounds.number, default=120.0, metavar="N", help="pieces a second; 0 is as fast as can be"
    )
