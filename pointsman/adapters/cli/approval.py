"""Asking the person: yes or no, and before a tool runs that has to be asked for."""

from __future__ import annotations

from functools import partial

import anyio

from pointsman.adapters.cli.terminal import Terminal, typed_in
from pointsman.core.chat.part import ToolCall
from pointsman.services.ports.tools import Approve, refuse

_YES = ("y", "yes", "j", "ja")


def approval(terminal: Terminal) -> Approve:
    """Asks at the terminal, one call after the other; where nobody types, nothing is allowed."""
    if terminal.piped_in:
        return refuse
    turn = anyio.Lock()

    async def ask(call: ToolCall) -> bool:
        async with turn:
            terminal.note(f"\nThe model wants to run {call.name} with {call.arguments[:500]}")
            return await ask_yes_or_no("Allow it?")

    return ask


async def ask_yes_or_no(question: str) -> bool:
    """What the person who types says; the end of the input is a no."""
    return await typed_in(partial(_answer, f"{question} (y/N) "))


def _answer(prompt: str) -> bool:
    try:
        return input(prompt).strip().lower() in _YES
    except EOFError:
        return False
