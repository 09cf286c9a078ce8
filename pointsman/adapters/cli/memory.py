"""`pointsman memory`: list, search, add, forget."""

from __future__ import annotations

import time
import uuid

import attrs
from returns.methods import unwrap_or_failure

from pointsman.adapters.cli.context import StoresCommand, StoresContext
from pointsman.adapters.cli.exit_codes import OK, exit_code, report_failure
from pointsman.adapters.cli.model_list import table
from pointsman.adapters.cli.options import Options
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.effect import settle
from pointsman.core.error import InvalidRequest, StorageError
from pointsman.core.json import dumps_text
from pointsman.core.memory import Memory, MemoryScope


@StoresCommand
async def memory(context: StoresContext) -> int:
    """Do what is asked with what is remembered."""
    options, terminal = context.options, context.terminal
    text, store = " ".join(options.words), context.stores.memories
    scope = MemoryScope(user=options.user)
    if options.action == "list":
        return _show_memories(unwrap_or_failure(await settle(store.all(scope))), options, terminal)
    if not text.strip():
        return report_failure(InvalidRequest(detail=f"say what is to be done: memory {options.action} …"), terminal)
    if options.action == "search":
        found = unwrap_or_failure(await settle(store.recall(text, options.limit, scope, time.time())))
        memories = found if isinstance(found, StorageError) else tuple(one.memory for one in found)
        return _show_memories(memories, options, terminal)
    if options.action == "add":
        made = Memory(
            id=uuid.uuid4().hex[:12],
            text=text,
            created=time.time(),
            importance=options.importance,
            user=options.user,
        )
        kept = unwrap_or_failure(await settle(store.remember(made)))
        if kept is not None:
            return report_failure(kept, terminal)
        terminal.say(made.id)
        return OK
    gone = unwrap_or_failure(await settle(store.forget(text)))
    if not isinstance(gone, bool):
        return report_failure(gone, terminal)
    terminal.say("Forgotten." if gone else "There is no such memory; `pointsman memory list` shows them.")
    return OK if gone else exit_code(InvalidRequest())


def _show_memories(found: tuple[Memory, ...] | StorageError, options: Options, terminal: Terminal) -> int:
    if isinstance(found, StorageError):
        return report_failure(found, terminal)
    if options.json:
        terminal.say_json(dumps_text([attrs.asdict(one) for one in found]))
        return OK
    if not found:
        terminal.note("Nothing is remembered that fits.")
    table(("ID", "TEXT", "USER"), [(one.id, one.text, one.user) for one in found], terminal)
    return OK
