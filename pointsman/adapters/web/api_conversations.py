"""Conversations: list, read, begin, change, title, fork, export, import, delete."""

from __future__ import annotations

from functools import partial
from typing import Literal, Never

import attrs
from returns.result import Failure, Result, Success
from starlette.responses import Response

from pointsman.adapters.codec import decode, encode
from pointsman.adapters.web import views
from pointsman.adapters.web.allowed_models import find_allowed_models
from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, NoData, invalid
from pointsman.adapters.web.asgi import BodyTooLarge, ClientGone, read_body
from pointsman.adapters.web.caller import conversations_of, options_of
from pointsman.adapters.web.large_bodies import read_json
from pointsman.adapters.web.view_types import ConversationView, EntryView, Money, ParametersView
from pointsman.core.chat.request import ChatRequest
from pointsman.core.conversations.conversation import ChatParameters, Conversation, Dialogue
from pointsman.core.conversations.conversation_text import fine_tuning, markdown
from pointsman.core.effect import settle
from pointsman.core.error import InvalidRequest, LLMError
from pointsman.services.conversations.conversation_service import Conversations
from pointsman.services.conversations.titles import write_title
from pointsman.services.ports.conversation_store import ConversationPage, ConversationQuery


@attrs.frozen(kw_only=True)
class Search:
    """Words to search, at most how many, and where the page before ended; only those pinned, archived, in a folder."""

    search: str = ""
    limit: int = 50
    cursor: str | None = None
    pinned: bool | None = None
    archived: bool | None = None
    folder: str | None = None


@attrs.frozen(kw_only=True)
class Page:
    """Conversations, the latest first; `cursor` leads to the next page.

    A search that is not `complete` looked into the newest messages only; it goes on with the cursor.
    """

    conversations: list[ConversationView]
    cursor: str | None
    complete: bool = True


@attrs.frozen(kw_only=True)
class Folders:
    """The folders that conversations which are not archived are in, by name."""

    folders: list[str]


@attrs.frozen(kw_only=True)
class Whole:
    """A conversation with all its entries, those of all branches, and what it has cost.

    `branch` are the ids of those that are gone on with, from the first to the last.
    """

    conversation: ConversationView
    entries: list[EntryView]
    branch: list[str]
    cost: Money


@attrs.frozen(kw_only=True)
class NewConversation:
    """What it begins with."""

    title: str = ""
    system: str = ""
    tags: list[str] = attrs.field(factory=list)
    parameters: ParametersView = attrs.field(factory=ParametersView)
    folder: str = ""


@attrs.frozen(kw_only=True)
class ConversationChange:
    """What is to be different; null stays as it is. `leaf` is any message of the branch that is to be gone on with."""

    title: str | None = None
    system: str | None = None
    parameters: ParametersView | None = None
    pinned: bool | None = None
    folder: str | None = None
    archived: bool | None = None
    leaf: str | None = None


@attrs.frozen(kw_only=True)
class Titling:
    """Who writes the title: `provider/model`; by default the model of the conversation."""

    model: str = ""


@attrs.frozen(kw_only=True)
class Forking:
    """The last entry that is kept: null keeps all, the empty text none."""

    at: str | None = None


@attrs.frozen(kw_only=True)
class ExportQuery:
    """In which form."""

    format: Literal["json", "markdown", "jsonl"] = "json"


_MOST = 200


async def _talks(call: AnyCall) -> Conversations:
    with call.site.running.lease() as app:
        return conversations_of(call.caller, app.manager)


async def find(call: ApiCall[object, Search]) -> Result[Page, LLMError]:
    """A page of conversations."""
    asked: Search = call.query
    before = _cursor(asked.cursor)
    if isinstance(before, Failure):
        return before
    limit = min(_MOST, max(1, asked.limit))
    query = ConversationQuery(
        search=asked.search,
        limit=limit,
        before=before.unwrap(),
        pinned=asked.pinned,
        archived=asked.archived,
        folder=asked.folder,
    )
    found = await settle((await _talks(call)).find(query))
    return found.map(lambda several: _page(several, limit))


def _page(found: ConversationPage, limit: int) -> Page:
    several = found.conversations
    place = found.upto
    if place is None and len(several) == limit:
        place = several[-1].updated, several[-1].id
    cursor = None if place is None else f"{place[0]!r}~{place[1]}"
    return Page(conversations=[views.conversation(one) for one in several], cursor=cursor, complete=found.complete)


def _cursor(text: str | None) -> Result[tuple[float, str] | None, InvalidRequest]:
    if text is None:
        return Success(None)
    time, mark, id = text.partition("~")
    try:
        return Success((float(time), id)) if mark else Failure(invalid("cursor: it is not one of ours"))
    except ValueError:
        return Failure(invalid("cursor: it is not one of ours"))


async def folders(call: AnyCall) -> Result[Folders, LLMError]:
    """The folders that there are."""
    found = await settle((await _talks(call)).folders())
    return found.map(lambda names: Folders(folders=list(names)))


async def create(call: ApiCall[NewConversation, object]) -> Result[ConversationView, LLMError]:
    """A new, empty conversation."""
    asked: NewConversation = call.body
    made = await settle(
        (await _talks(call)).create(
            system=asked.system,
            title=asked.title,
            tags=tuple(asked.tags),
            parameters=_parameters(asked.parameters),
            folder=asked.folder,
        )
    )
    return made.map(views.conversation)


def _parameters(given: ParametersView) -> ChatParameters:
    return ChatParameters(**{**attrs.asdict(given), "tools": tuple(given.tools)})


async def read(call: AnyCall) -> Result[Whole, LLMError]:
    """All of it."""
    found = await settle((await _talks(call)).get(call.path["id"]))
    return found.map(
        lambda one: Whole(
            conversation=views.conversation(one.conversation),
            entries=[views.entry(entry) for entry in one.entries],
            branch=[entry.id for entry in one.branch],
            cost=views.money(one.cost),
        )
    )


async def change(call: ApiCall[ConversationChange, object]) -> Result[ConversationView, LLMError]:
    """Another title, other parameters, another branch, …"""
    asked, id, talks = call.body, call.path["id"], await _talks(call)
    if asked.leaf is not None:
        switched = await settle(talks.switch_branch(id, asked.leaf))
        if isinstance(switched, Failure) or attrs.evolve(asked, leaf=None) == ConversationChange():
            return switched.map(views.conversation)
    return (await settle(talks.edit(id, partial(_apply_change, asked)))).map(views.conversation)


def _apply_change(asked: ConversationChange, old: Conversation) -> Conversation:
    given = attrs.asdict(asked, recurse=False, filter=lambda field, value: value is not None and field.name != "leaf")
    if asked.parameters is not None:
        given["parameters"] = _parameters(asked.parameters)
    return attrs.evolve(old, **given)


async def make_title(call: ApiCall[Titling, object]) -> Result[ConversationView, LLMError]:
    """A title by a model; a call like any other."""
    id, talks = call.path["id"], await _talks(call)
    whole = await settle(talks.get(id))
    if isinstance(whole, Failure):
        return whole
    dialogue = whole.unwrap()
    with call.site.running.lease() as app:
        model = call.body.model or _model_of(dialogue)
        allowed = await find_allowed_models(app, call.caller.key, model)
        if isinstance(allowed, Failure):
            return Failure(allowed.failure())
        options = attrs.evolve(
            options_of(call.caller, tags=("title",)), conversation=id, allowed_models=allowed.unwrap()
        )
        written = await write_title(app.client, dialogue.branch, ChatRequest(model, (), options=options))
    if isinstance(written, Failure):
        return written
    return (await settle(talks.rename(id, written.unwrap()))).map(views.conversation)


def _model_of(dialogue: Dialogue) -> str:
    """What the conversation is asked with, or who has answered last."""
    answered = (f"{one.provider}/{one.model}" for one in reversed(dialogue.branch) if one.provider and one.model)
    return dialogue.conversation.parameters.model or next(answered, "")


async def delete(call: AnyCall) -> Result[NoData, LLMError]:
    """Gone, for good."""
    return (await settle((await _talks(call)).delete(call.path["id"]))).map(lambda _: NoData())


async def fork(call: ApiCall[Forking, object]) -> Result[ConversationView, LLMError]:
    """A copy up to an entry."""
    talks = await _talks(call)
    if call.body.at != "":
        return (await settle(talks.fork(call.path["id"], call.body.at))).map(views.conversation)
    whole = await settle(talks.get(call.path["id"]))
    if isinstance(whole, Failure):
        return whole
    old = whole.unwrap().conversation
    made = await settle(talks.create(system=old.system, tags=old.tags, parameters=old.parameters, folder=old.folder))
    return made.map(views.conversation)


async def export(call: ApiCall[object, ExportQuery]) -> Result[Never, LLMError] | Response:
    """The conversation as a file."""
    found = await settle((await _talks(call)).get(call.path["id"]))
    if isinstance(found, Failure):
        return found
    dialogue, form = found.unwrap(), call.query.format
    if form == "json":
        body, media = encode(dialogue, Dialogue), "application/json"
    elif form == "markdown":
        body, media = markdown(dialogue).encode(), "text/markdown; charset=utf-8"
    else:
        body, media = fine_tuning(dialogue).encode(), "application/jsonl"
    ending = {"json": "json", "markdown": "md", "jsonl": "jsonl"}[form]
    named = {"content-disposition": f'attachment; filename="conversation-{dialogue.conversation.id[:12]}.{ending}"'}
    return Response(body, 200, named, media)


async def take(call: AnyCall) -> Result[ConversationView, LLMError]:
    """Keep a conversation that was exported."""
    try:
        data = await read_body(call.receive, call.site.policy.max_body)
    except (BodyTooLarge, ClientGone):
        return Failure(InvalidRequest(detail="the export is too large", status=413, local=True))
    wrong = "it is not an exported conversation: "
    dialogue = await read_json(
        data, call.site.policy.max_values, lambda: decode(data, Dialogue).alt(lambda said: invalid(wrong + said))
    )
    if isinstance(dialogue, Failure):
        return Failure(dialogue.failure())
    return (await settle((await _talks(call)).add(dialogue.unwrap()))).map(views.conversation)


_PATH = "/api/v1/conversations"
_ONE = f"{_PATH}/{{id}}"

ENDPOINTS = (
    ApiEndpoint(method="GET", path=_PATH, summary="Find conversations", run=find, scope="read"),
    ApiEndpoint(method="GET", path=f"{_PATH}/folders", summary="Folders of conversations", run=folders, scope="read"),
    ApiEndpoint(
        method="POST",
        path=_PATH,
        summary="Begin a conversation",
        run=create,
        scope="chat",
    ),
    ApiEndpoint(
        method="POST",
        path=f"{_PATH}/import",
        summary="Keep an exported conversation (the JSON export is the body)",
        run=take,
        scope="chat",
    ),
    ApiEndpoint(method="GET", path=_ONE, summary="A whole conversation", run=read, scope="read"),
    ApiEndpoint(
        method="PATCH",
        path=_ONE,
        summary="Change a conversation: its title, parameters, folder, pin, branch; or archive it",
        run=change,
        scope="chat",
    ),
    ApiEndpoint(method="DELETE", path=_ONE, summary="Delete a conversation", run=delete, scope="chat"),
    ApiEndpoint(
        method="POST",
        path=f"{_ONE}/title",
        summary="Have a model write a title for a conversation",
        run=make_title,
        scope="chat",
    ),
    ApiEndpoint(
        method="POST",
        path=f"{_ONE}/fork",
        summary="Copy a conversation up to an entry",
        run=fork,
        scope="chat",
    ),
    ApiEndpoint(
        method="GET",
        path=f"{_ONE}/export",
        summary="Download a conversation",
        run=export,
        scope="read",
        media="*/*",
    ),
)
