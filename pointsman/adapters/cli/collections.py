"""`pointsman collections`: texts that are found by what they mean."""

from __future__ import annotations

import hashlib
import math
import secrets
from pathlib import PurePath

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure

from pointsman.adapters.cli.attachments import reading_options, tell_warnings
from pointsman.adapters.cli.context import AppCommand, AppContext, CommandByAction, StoresCommand, StoresContext
from pointsman.adapters.cli.exit_codes import OK, report_failure, report_missing, report_usage
from pointsman.adapters.cli.model_list import table
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.collection import Collection, CollectionEntry
from pointsman.core.documents.chunk import split_document
from pointsman.core.documents.document import Document
from pointsman.core.effect import settle
from pointsman.core.error import InvalidRequest, StorageError
from pointsman.core.json import dumps_text
from pointsman.services.collections import Growth
from pointsman.services.ports.stores import Stores

_PIECE = 400
"""Tokens of a piece of a long document: about a page, and no model that embeds takes less."""
_SHOWN = 200
_PAGE = 500


@AppCommand
async def _embed(context: AppContext) -> int:
    """Add to a collection, or search one: a model says what texts mean."""
    options, terminal = context.options, context.terminal
    if not options.words:
        return report_usage(f"name a collection: collections {options.action} NAME", terminal)
    name, rest = options.words[0], options.words[1:]
    if options.action == "add":
        return await _add(name, rest, context)
    missing = await _find_missing(name, context.app.stores, terminal)
    return await _search(name, " ".join(rest), context) if missing is None else missing


@StoresCommand
async def _look(context: StoresContext) -> int:
    """List the collections, show one, or delete from it: nobody is asked."""
    options, terminal = context.options, context.terminal
    if options.action == "list":
        every = unwrap_or_failure(await settle(context.stores.collections.all()))
        return report_failure(every, terminal) if isinstance(every, StorageError) else _list(every, context)
    if not options.words:
        return report_usage(f"name a collection: collections {options.action} NAME", terminal)
    name, rest = options.words[0], options.words[1:]
    missing = await _find_missing(name, context.stores, terminal)
    if missing is not None:
        return missing
    return await (_show(name, context) if options.action == "show" else _delete(name, rest, context))


collections = CommandByAction({"add": _embed, "search": _embed}, otherwise=_look)


async def _find_missing(name: str, stores: Stores, terminal: Terminal) -> int | None:
    """The exit code where there is no collection of that name, which is said."""
    every = unwrap_or_failure(await settle(stores.collections.all()))
    if isinstance(every, StorageError):
        return report_failure(every, terminal)
    if name in {one.name for one in every}:
        return None
    return report_missing(f"there is no collection {name!r}; `pointsman collections list` shows them", terminal)


def _list(every: tuple[Collection, ...], context: StoresContext) -> int:
    terminal = context.terminal
    if context.options.json:
        terminal.say_json(dumps_text([attrs.asdict(one) for one in every]))
        return OK
    if not every:
        terminal.note("There are no collections; `pointsman collections add NAME FILE…` makes one.")
    table(("NAME", "TEXTS", "MODEL"), [(one.name, f"{one.size:,}", one.model) for one in every], terminal)
    return OK


async def _add(name: str, files: list[str], context: AppContext) -> int:
    """Each file is read in pieces; without files each line that is piped in is a text."""
    terminal = context.terminal
    texts = await (_read_files(files, context) if files else _read_lines(name, context))
    if isinstance(texts, int):
        return texts
    if not texts:
        return report_usage("there are no texts; name files, or pipe in a text a line", terminal)
    service, model = context.app.manager.collections, context.options.model or ""
    grown = unwrap_or_failure(await settle(service.add(name, texts, model)))
    if not isinstance(grown, Growth):
        return report_failure(grown, terminal)
    if context.options.json:
        terminal.say_json(dumps_text(attrs.asdict(grown)))
        return OK
    same = f", {grown.unchanged:,} were there as they are" if grown.unchanged else ""
    terminal.say(f"{name} has {grown.collection.size:,} text(s): {grown.embedded:,} embedded{same}.")
    return OK


async def _read_files(files: list[str], context: AppContext) -> dict[str, str] | int:
    texts: dict[str, str] = {}
    for file in files:
        read = await settle(context.app.documents.read(file, reading_options(context.options)))
        if isinstance(read, Failure):
            return report_failure(read.failure(), context.terminal)
        tell_warnings(read.unwrap(), context.terminal)
        texts |= _pieces(str(PurePath(file)), read.unwrap())
    return texts


def _pieces(name: str, document: Document) -> dict[str, str]:
    chunks = split_document(document, _PIECE)
    if len(chunks) == 1:
        return {name: chunks[0].text}
    return {f"{name}#{number}": chunk.text for number, chunk in enumerate(chunks, 1)}


async def _read_lines(name: str, context: AppContext) -> dict[str, str] | int:
    piped = await context.terminal.read_all() if context.terminal.piped_in else ""
    if isinstance(piped, InvalidRequest):
        return report_failure(piped, context.terminal)
    lines = [line.strip() for line in piped.splitlines() if line.strip()]
    if not context.app.settings.encrypted:
        return {hashlib.blake2b(line.encode(), digest_size=6).hexdigest(): line for line in lines}
    there = await _read_entries(name, context.app.stores)
    if isinstance(there, StorageError):
        return report_failure(there, context.terminal)
    ids = {one.text: one.id for one in there}
    return {ids.setdefault(line, secrets.token_hex(6)): line for line in lines}  # a digest would confirm a guess


async def _read_entries(name: str, stores: Stores, limit: float = math.inf) -> list[CollectionEntry] | StorageError:
    """The first `limit` entries of the collection."""
    after, rows, store = "", list[CollectionEntry](), stores.collections
    while len(rows) < limit:
        page = unwrap_or_failure(await settle(store.page(name, after, int(min(limit - len(rows), _PAGE)))))
        if isinstance(page, StorageError):
            return page
        if not page:
            break
        rows, after = [*rows, *page], page[-1].id
    return rows


async def _search(name: str, text: str, context: AppContext) -> int:
    options, terminal = context.options, context.terminal
    if not text.strip():
        return report_usage("say what to look for: collections search NAME TEXT", terminal)
    found = unwrap_or_failure(await settle(context.app.manager.collections.search(name, text, options.limit)))
    if not isinstance(found, tuple):
        return report_failure(found, terminal)
    if options.json:
        for match in found:
            terminal.say_json(dumps_text(attrs.asdict(match)))
        return OK
    rows = [(f"{match.score:.3f}", match.id, " ".join(match.text.split())[:_SHOWN]) for match in found]
    table(("ALIKE", "ID", "TEXT"), rows, terminal)
    return OK


async def _show(name: str, context: StoresContext) -> int:
    rows = await _read_entries(name, context.stores, context.options.limit)
    if isinstance(rows, StorageError):
        return report_failure(rows, context.terminal)
    if context.options.json:
        for one in rows:
            context.terminal.say_json(dumps_text({"id": one.id, "text": one.text, "vector": list(one.vector)}))
        return OK
    table(("ID", "TEXT"), [(one.id, " ".join(one.text.split())[:_SHOWN]) for one in rows], context.terminal)
    return OK


async def _delete(name: str, ids: list[str], context: StoresContext) -> int:
    gone = unwrap_or_failure(await settle(context.stores.collections.delete(name, ids)))
    if isinstance(gone, StorageError):
        return report_failure(gone, context.terminal)
    if ids and not gone:
        problem = f"none of these is in {name!r}; `pointsman collections show {name}` lists them"
        return report_missing(problem, context.terminal)
    context.terminal.say(dumps_text({"deleted": gone}) if context.options.json else f"{gone:,} text(s) deleted.")
    return OK
