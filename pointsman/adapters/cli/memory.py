"""`pointsman memory`: list, search, add, forget."""

from __future__ import annotations

import argparse
import time
import uuid

import attrs
from returns.methods import unwrap_or_failure

from pointsman.adapters.cli.catalogue import table
from pointsman.adapters.cli.exit_codes import OK, exit_code
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.effect import settle
from pointsman.core.error import InvalidRequest, LLMError, StorageError
from pointsman.core.json import dumps_text
from pointsman.core.memory import Memory, MemoryScope
from pointsman.core.settings import Settings
from pointsman.services.ports.stores import Stores


async def memory(stores: Stores, settings: Settings, options: argparse.Namespace, terminal: Terminal) -> int:
    """Do what is asked with what is remembered."""
    text, store = " ".join(options.words), stores.memories
    scope = MemoryScope(user=options.user)
    if options.action == "list":
        return _shown(unwrap_or_failure(await settle(store.all(scope))), options, terminal)
    if not text.strip():
        return _complain(InvalidRequest(detail=f"say what is to be done: memory {options.action} …"), terminal)
    if options.action == "search":
        found = unwrap_or_failure(await settle(store.recall(text, options.limit, scope, time.time())))
        memories = found if isinstance(found, StorageError) else tuple(one.memory for one in found)
        return _shown(memories, options, terminal)
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
            return _complain(kept, terminal)
        terminal.say(made.id)
        return OK
    gone = unwrap_or_failure(await settle(store.forget(text)))
    if not isinstance(gone, bool):
        return _complain(gone, terminal)
    terminal.say("Forgotten." if gone else "There is no such memory; `pointsman memory list` shows them.")
    return OK if gone else exit_code(InvalidRequest())


def _complain(error: LLMError, terminal: Terminal) -> int:
    terminal.complain(error)
    return exit_code(error)


def _shown(found: tuple[Memory, ...] | StorageError, options: argparse.Namespace, terminal: Terminal) -> int:
    if isinstance(found, StorageError):
        return _complain(found, terminal)
    if options.json:
        terminal.say_json(dumps_text([attrs.asdict(one) for one in found]))
        return OK
    if not found:
        terminal.note("Nothing is remembered that fits.")
    table(("ID", "TEXT", "USER"), [(one.id, one.text, one.user) for one in found], terminal)
    return OK
