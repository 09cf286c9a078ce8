"""A proposed change on a terminal, in colour where a person watches, and for a program. Secrets stand as marks."""

from __future__ import annotations

import os

from pointsman.adapters.cli.show import usage_text
from pointsman.adapters.cli.terminal import Terminal, printable
from pointsman.core.healing.report import Proposal
from pointsman.core.json import Json

_COLOURS = {"+": "32", "-": "31", "@": "36"}


def show_patch(proposal: Proposal, terminal: Terminal) -> None:
    """What the model says, and what it would change."""
    response = proposal.response
    took = f"{response.latency_ms:.0f} ms" if response.latency_ms is not None else "unknown time"
    terminal.note(f"{proposal.model} · {took} · {usage_text(response.usage)} · cost {response.cost}")
    if proposal.answer:
        terminal.say(proposal.answer)
        terminal.say()
    show_diff(proposal.shown.diff, terminal)


def show_diff(diff: str, terminal: Terminal) -> None:
    """A unified difference, line by line."""
    coloured = terminal.out.isatty() and not os.environ.get("NO_COLOR")
    for line in diff.removesuffix("\n").split("\n"):  # other ends of lines stand within one
        mark = "1" if line.startswith(("+++ ", "--- ")) else _COLOURS.get(line[:1], "")
        text = printable(line)
        terminal.out.write(f"\x1b[{mark}m{text}\x1b[0m\n" if coloured and mark else f"{text}\n")
    terminal.out.flush()


def patch_json(proposal: Proposal) -> dict[str, Json]:
    """A proposal for a program."""
    paths: list[Json] = [*proposal.patch.paths]
    return {"model": proposal.model, "answer": proposal.answer, "files": paths, "diff": proposal.shown.diff}
