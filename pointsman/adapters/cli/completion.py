"""`pointsman completion`: what a shell needs for Tab, and what it asks at each Tab. It knows the grammar alone."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from pointsman.adapters.cli.context import CliContext, Command
from pointsman.adapters.cli.exit_codes import OK, report_usage

BASH = """_pointsman() {
    local IFS=$'\\n'
    COMPREPLY=($(pointsman completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
    [ ${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o filenames -F _pointsman pointsman"""
ZSH = """#compdef pointsman
_pointsman() {
    local -a found
    found=(${(f)"$(pointsman completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
    if (( ${#found} )); then compadd -- $found; else _files; fi
}
compdef _pointsman pointsman"""
FISH = """function __pointsman_words
    set -l words (commandline -opc) (commandline -ct)
    pointsman completion words -- $words[2..-1] 2>/dev/null
end
complete -c pointsman -a '(__pointsman_words)'"""
SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


@Command
async def completion(context: CliContext) -> int:
    """Print the script of a shell, or the words that may stand where the last one is."""
    options, terminal = context.options, context.terminal
    if options.action in SCRIPTS and not options.words:
        terminal.say(SCRIPTS[options.action])
        return OK
    if options.action != "words":
        return report_usage("say which shell: completion bash, zsh or fish", terminal)
    from pointsman.adapters.cli.parser import build_parser

    providers = context.wiring.provider_names()
    for word in words_after(build_parser(providers, ""), options.words, providers):
        terminal.say(word)
    return OK


def words_after(parser: argparse.ArgumentParser, line: Sequence[str], providers: Sequence[str] = ()) -> list[str]:
    """What may stand in place of the last word of `line`, which may be begun: commands, actions, options, choices."""
    *before, last = line or [""]
    for word in before:
        below = _commands(parser).get(word)
        parser = below if below is not None else parser
    option = _option(parser, before[-1]) if before else None
    if option is not None and option.nargs != 0:
        found = list(providers) if option.dest == "provider" else [str(one) for one in option.choices or ()]
    elif last.startswith("-"):
        found = [name for action in parser._actions for name in action.option_strings]
    else:
        found = [*_commands(parser), *_choices(parser, before)]
    return sorted(word for word in dict.fromkeys(found) if word.startswith(last))


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _option(parser: argparse.ArgumentParser, word: str) -> argparse.Action | None:
    return next((action for action in parser._actions if word in action.option_strings), None)


def _choices(parser: argparse.ArgumentParser, before: Sequence[str]) -> list[str]:
    """The choices of words without a dash, unless one of them stands there already."""
    for action in parser._actions:
        if not action.option_strings and action.choices and not isinstance(action, argparse._SubParsersAction):
            choices = [str(one) for one in action.choices]
            return [] if set(choices) & set(before) else choices
    return []
