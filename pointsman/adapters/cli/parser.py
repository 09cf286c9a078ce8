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
from pointsman.adapters.cli.local_grammar import add_local, add_plugins
from pointsman.adapters.cli.maintenance_grammar import add_maintenance
from pointsman.core.money.usage_report import GROUPS
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
    add_collections(commands, providers)
    add_local(commands)
    add_plugins(commands)
    _serve(commands, providers)
    _usage(commands)
    _prompts(commands)
    _settings(commands)
    _keys(commands)
    _users(commands)
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
    parser.add_argument(
        "--window", type=bounds.count, metavar="N", help="read files by parts of N tokens (default: what the model has)"
    )
    parser.add_argument("--yes", action="store_true", help="read long files by parts without asking")
    add_cluster(parser)
    parser.add_argument("--budget", type=bounds.dollars, metavar="USD", help="the most that reading by parts may cost")
    parser.add_argument(
        "--schema",
        metavar="SCHEMA",
        help="what the answer must fit: JSON Schema, a file of it, a kept name, or in short 'name, age int'",
    )
    parser.add_argument("--template", metavar="NAME", help="a prompt template instead of a question")
    _set(parser)
    add_asking(parser)


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


def _settings(commands: argparse._SubParsersAction[Parser]) -> None:
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
    parser.add_argument("--config", metavar="FILE", help="a settings file (TOML or JSON)")
    parser.add_argument("--database", metavar="FILE", help="where they are saved")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _keys(commands: argparse._SubParsersAction[Parser]) -> None:
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
    parser.add_argument("--config", metavar="FILE", help="a settings file (TOML or JSON)")
    parser.add_argument("--database", metavar="FILE", help="where they are kept")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _users(commands: argparse._SubParsersAction[Parser]) -> None:
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
    parser.add_argument("--config", metavar="FILE", help="a settings file (TOML or JSON)")
    parser.add_argument("--database", metavar="FILE", help="where they are kept")
    parser.add_argument("--json", action="store_true", help="print JSON")


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


def _usage(commands: argparse._SubParsersAction[Parser]) -> None:
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
        parser.add_argument("--config", metavar="FILE", help="a settings file (TOML or JSON)")
        parser.add_argument("--database", metavar="FILE", help="where it was recorded")
        parser.add_argument("--json", action="store_true", help="print JSON")


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
    listed = _command(
        commands,
        "providers",
        "provider_list:providers",
        help="list the providers",
        description="List every known provider.",
    )
    listed.add_argument("--json", action="store_true", help="print JSON")
    listed.add_argument("--config", metavar="FILE", help="a settings file (TOML or JSON)")


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
