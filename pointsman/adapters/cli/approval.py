"""Asking the person before a tool runs that has to be asked for."""

from __future__ import annotations

import anyio
import anyio.to_thread

from pointsman.adapters.cli.terminal import Terminal
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
            return await anyio.to_thread.run_sync(_answer, abandon_on_cancel=True)

    return ask


def _answer() -> bool:
    try:
        return input("Allow it? (y/N) ").strip().lower() in _YES
    except EOFError:
        return False
