"""`pointsman conversations`: list, show, search, export, import, rename, delete."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio.to_thread
import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure

from pointsman.adapters.chat_exports.export_file import Exported, read_export
from pointsman.adapters.cli.approval import ask_yes_or_no
from pointsman.adapters.cli.context import StoresCommand, StoresContext
from pointsman.adapters.cli.exit_codes import OK, report_failure, report_missing, report_usage
from pointsman.adapters.cli.model_list import table
from pointsman.adapters.cli.options import Options
from pointsman.adapters.cli.terminal import Terminal
from pointsman.adapters.codec import encode
from pointsman.core.conversations.conversation import Conversation, Dialogue
from pointsman.core.conversations.conversation_text import fine_tuning, markdown, minute
from pointsman.core.effect import settle
from pointsman.core.error import ConversationNotFound, LLMError
from pointsman.core.json import dumps_text
from pointsman.services.conversations.imports import ImportCount, keep_imported
from pointsman.services.ports.conversation_store import ConversationPage, ConversationQuery, ConversationStore


@StoresCommand
async def conversations(context: StoresContext) -> int:
    """Do what is asked with the conversations that are kept."""
    actions: dict[str, Callable[[ConversationStore, Options, Terminal], Awaitable[int]]] = {
        "list": _list,
        "search": _list,
        "show": _show,
        "export": _export,
        "import": _import,
        "rename": _rename,
        "delete": _delete,
    }
    return await actions[context.options.action](context.stores.conversations, context.options, context.terminal)


async def _list(store: ConversationStore, options: Options, terminal: Terminal) -> int:
    words = " ".join(options.words) if options.action == "search" else ""
    query = ConversationQuery(search=words, tags=tuple(options.tag), limit=options.limit)
    several = await _search_all(store, query)
    if not isinstance(several, list):
        return report_failure(several, terminal)
    if options.json:
        terminal.say_json(dumps_text([_facts(one) for one in several]))
        return OK
    if not several:
        terminal.note("There are no such conversations; `pointsman chat` begins one.")
    table(("ID", "CHANGED", "TITLE", "TAGS"), [_row(one) for one in several], terminal)
    return OK


async def _search_all(store: ConversationStore, query: ConversationQuery) -> list[Conversation] | LLMError:
    """As many as are asked for; a search goes on from bound to bound until then."""
    several, most = list[Conversation](), query.limit
    while True:
        found = unwrap_or_failure(await settle(store.find(query)))
        if not isinstance(found, ConversationPage):
            return found
        several += found.conversations
        if found.upto is None or len(several) >= most:
            return several
        query = attrs.evolve(query, before=found.upto, limit=most - len(several))


def _row(one: Conversation) -> tuple[str, ...]:
    return one.id, minute(one.updated), one.title, ", ".join(one.tags)


def _facts(one: Conversation) -> dict[str, object]:
    return {"id": one.id, "title": one.title, "created": one.created, "updated": one.updated, "tags": list(one.tags)}


async def _find_conversation(store: ConversationStore, options: Options) -> Dialogue | LLMError:
    """The conversation that was named: by its id, by the beginning of one, or `latest`."""
    return await find_dialogue(store, options.words[0] if options.words else "latest")


async def find_dialogue(store: ConversationStore, name: str) -> Dialogue | LLMError:
    """The conversation whose id is `name` or begins with it, or the `latest`."""
    if name != "latest":
        exact = unwrap_or_failure(await settle(store.get(name)))
        if not isinstance(exact, ConversationNotFound):
            return exact
    found = await _beginning(store, name)
    if not isinstance(found, list):
        return found
    if len(found) == 1:
        return unwrap_or_failure(await settle(store.get(found[0])))
    several = f"{len(found)} conversations begin with {name!r}; give more of the id"
    return ConversationNotFound(detail=several if found else "there is no such conversation")


async def _beginning(store: ConversationStore, name: str) -> list[str] | LLMError:
    """The ids that begin with `name`, page by page; of the `latest` the one."""
    ids: list[str] = []
    query = ConversationQuery(limit=1 if name == "latest" else 1000)
    while True:
        found = unwrap_or_failure(await settle(store.find(query)))
        if not isinstance(found, ConversationPage):
            return found
        page = found.conversations
        ids += [one.id for one in page if name == "latest" or one.id.startswith(name)]
        if name == "latest" or len(page) < query.limit:
            return ids
        query = attrs.evolve(query, before=(page[-1].updated, page[-1].id))


async def _show(store: ConversationStore, options: Options, terminal: Terminal) -> int:
    dialogue = await _find_conversation(store, options)
    if not isinstance(dialogue, Dialogue):
        return report_failure(dialogue, terminal)
    if options.json:
        terminal.say_json(encode(dialogue, Dialogue).decode())
    else:
        terminal.say(markdown(dialogue), end="")
    return OK


async def _export(store: ConversationStore, options: Options, terminal: Terminal) -> int:
    dialogue = await _find_conversation(store, options)
    if not isinstance(dialogue, Dialogue):
        return report_failure(dialogue, terminal)
    if options.format == "markdown":
        terminal.say(markdown(dialogue), end="")
        return OK
    text = fine_tuning(dialogue) if options.format == "jsonl" else encode(dialogue, Dialogue).decode()
    if not text:
        return report_missing("it has no question with a whole answer, to learn from", terminal)
    terminal.say_json(text)
    return OK


async def _import(store: ConversationStore, options: Options, terminal: Terminal) -> int:
    if not options.words:
        return report_usage(f"name the file: an export of {_SOURCES}", terminal)
    name = options.words[0]
    read = await anyio.to_thread.run_sync(read_export, Path(name))
    if isinstance(read, Failure):
        return report_usage(f"{name}: {read.failure().detail}", terminal)
    exported = read.unwrap()
    kept = await settle(keep_imported(store, exported.dialogues))
    if isinstance(kept, Failure):
        return report_failure(kept.failure(), terminal)
    if options.json:
        terminal.say_json(dumps_text({"source": exported.source, **attrs.asdict(kept.unwrap())}))
    else:
        terminal.say(_outcome(exported, kept.unwrap()))
    if exported.unread:
        terminal.note(f"{exported.unread} item(s) of the file are no conversations of {exported.source}.")
    return OK


_SOURCES = "pointsman, ChatGPT, Claude or Open WebUI, or the logs.db of llm"


def _outcome(exported: Exported, count: ImportCount) -> str:
    """`Imported 2 conversation(s) with 9 message(s) from Claude; 1 had grown; 3 were there already.`"""
    said = f"Imported {count.new} conversation(s) with {count.messages} message(s) from {exported.source}"
    if exported.source == "pointsman" and count.new:
        said = f"Imported {exported.dialogues[0].conversation.id} with {count.messages} message(s)"
    grown = f"; {count.grown} had grown" if count.grown else ""
    present = f"; {count.present} were there already" if count.present else ""
    return f"{said}{grown}{present}."


async def _rename(store: ConversationStore, options: Options, terminal: Terminal) -> int:
    if len(options.words) < 2:
        return report_usage("give the id of the conversation and its new title", terminal)
    dialogue = await _find_conversation(store, options)
    if not isinstance(dialogue, Dialogue):
        return report_failure(dialogue, terminal)
    changed = attrs.evolve(dialogue.conversation, title=" ".join(options.words[1:]))
    kept = unwrap_or_failure(await settle(store.change(changed)))
    if not isinstance(kept, Conversation):
        return report_failure(kept, terminal)
    terminal.say(f"{kept.id} is called {kept.title!r} now.")
    return OK


async def _delete(store: ConversationStore, options: Options, terminal: Terminal) -> int:
    if not options.words:
        return report_usage("name the conversation that is to be deleted", terminal)
    dialogue = await _find_conversation(store, options)
    if not isinstance(dialogue, Dialogue):
        return report_failure(dialogue, terminal)
    named = f"{dialogue.conversation.title!r} with {len(dialogue.entries)} message(s)"
    if not options.yes and terminal.is_typed and not await ask_yes_or_no(f"Delete {named}, for good?"):
        return OK
    gone = unwrap_or_failure(await settle(store.delete(dialogue.conversation.id)))
    if gone is not None:
        return report_failure(gone, terminal)
    terminal.say(f"Deleted {dialogue.conversation.id} with {len(dialogue.entries)} message(s).")
    return OK
