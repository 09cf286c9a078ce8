"""The grammar of `pointsman local` and `pointsman plugins`: what is on this machine. It runs nothing."""

from __future__ import annotations

import argparse
from typing import TypeVar

_Parser = TypeVar("_Parser", bound=argparse.ArgumentParser)


def add_local(commands: argparse._SubParsersAction[_Parser]) -> None:
    """Put `local` on `commands`."""
    parser = commands.add_parser(
        "local",
        help="models on this machine",
        description="Models that run on this machine, asked as `local/NAME`: get, list and remove them, see what runs.",
        epilog="get SOURCE [NAME]: smollm2, hf:OWNER/REPO[:FILE] or an address. add FILE [NAME]: a GGUF file or a "
        "folder of safetensors, where it lies; with --for MODEL an adapter (LoRA), asked for as MODEL@NAME. info, rm "
        "NAME. ps: what runs; load NAME: run it until Ctrl-C; unload NAME: end it, whoever runs it. "
        "With --server the same is done to a server that somebody else runs: get NAME has it download, load and unload "
        "put it in its memory, add MODEL NAME makes a model of another, or of a GGUF file, which is sent. scan "
        "[NETWORK]: look for servers on this machine, or on a local network such as 192.168.1.0/24.",
    )
    parser.set_defaults(run="model_shelf:local")
    actions = ("get", "list", "add", "rm", "ps", "load", "unload", "info", "scan")
    parser.add_argument("action", choices=actions, help="what to do")
    parser.add_argument("words", nargs="*", metavar="NAME", help="which model, or where it comes from")
    parser.add_argument(
        "--server", metavar="NAME|URL", help="at ollama, lmstudio, llamacpp, a provider of the settings, or an address"
    )
    parser.add_argument(
        "--recommended", action="store_true", help="list: models worth beginning with, in three tiers, with their sizes"
    )
    parser.add_argument("--for", dest="base", metavar="MODEL", help="add: it is an adapter (LoRA) of that model")
    parser.add_argument("--mdns", action="store_true", help="scan: also ask the local network who announces itself")
    parser.add_argument("--yes", action="store_true", help="remove from a server without asking")
    _add_common(parser)


def add_plugins(commands: argparse._SubParsersAction[_Parser]) -> None:
    """Put `plugins` on `commands`."""
    parser = commands.add_parser(
        "plugins",
        help="see what other packages add",
        description="Plug-ins that are installed: providers, engines, tools, middleware, stores, extractors; and "
        "whether each loads.",
        epilog="new NAME [GROUP ...]: write a small package to begin with, that adds tools, providers or middleware "
        "(default: a tool and a provider), with a test that runs pointsman's own laws.",
    )
    parser.set_defaults(run="plugins:plugins")
    parser.add_argument("action", nargs="?", choices=("list", "new"), default="list", help="what to do (default list)")
    parser.add_argument("words", nargs="*", metavar="NAME", help="what a new one is called, and what it adds")
    _add_common(parser)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help="a settings file (TOML or JSON)")
    parser.add_argument("--json", action="store_true", help="print JSON")
