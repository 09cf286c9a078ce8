"""`pointsman memory`: list, search, add, forget."""

from __future__ import annotations

import time
import uuid

import attrs
from returns.methods import unwrap_or_failure

from pointsman.adapters.cli.context import StoresCommand, StoresContext
from pointsman.adapters.cli.exit_codes import OK, report_failure, report_missing, report_usage
from pointsman.adapters.cli.model_list import table
from pointsman.adapters.cli.options import Options
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.effect import settle
from pointsman.core.error import StorageError
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
        return report_usage(f"say what is to be done: memory {options.action} …", terminal)
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
    return await _forget(text, scope, context)


async def _forget(name: str, scope: MemoryScope, context: StoresContext) -> int:
    """Forget the memory whose id is `name`, or the one that begins with it."""
    store, terminal = context.stores.memories, context.terminal
    found = unwrap_or_failure(await settle(store.all(scope)))
    if not isinstance(found, tuple):
        return report_failure(found, terminal)
    ids = [one.id for one in found if one.id.startswith(name)]
    if len(ids) > 1 and name not in ids:
        return report_missing(f"{len(ids)} memories begin with {name!r}; give more of the id", terminal)
    gone = unwrap_or_failure(await settle(store.forget(name if name in ids or not ids else ids[0])))
    if not isinstance(gone, bool):
        return report_failure(gone, terminal)
    if not gone:
        return report_missing("there is no such memory; `pointsman memory list` shows them", terminal)
    terminal.say("Forgotten.")
    return OK


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
