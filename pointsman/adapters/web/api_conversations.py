"""Conversations: list, read, begin, rename, fork, export, import, delete."""

from __future__ import annotations

from typing import Literal, Never

import attrs
from returns.result import Failure, Result, Success
from starlette.responses import Response

from pointsman.adapters.codec import decode, encode
from pointsman.adapters.web import views
from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, NoData, invalid
from pointsman.adapters.web.asgi import BodyTooLarge, ClientGone, read_body
from pointsman.adapters.web.caller import conversations_of
from pointsman.adapters.web.view_types import ConversationView, EntryView, Money
from pointsman.core.conversations.conversation import Conversation, Dialogue
from pointsman.core.conversations.conversation_text import fine_tuning, markdown
from pointsman.core.effect import settle
from pointsman.core.error import InvalidRequest, LLMError
from pointsman.services.conversations.conversation_service import Conversations
from pointsman.services.ports.conversation_store import ConversationQuery


@attrs.frozen(kw_only=True)
class Search:
    """Words to search, at most how many, and where the page before ended."""

    search: str = ""
    limit: int = 50
    cursor: str | None = None


@attrs.frozen(kw_only=True)
class Page:
    """Conversations, the latest first; `cursor` leads to the next page."""

    conversations: list[ConversationView]
    cursor: str | None


@attrs.frozen(kw_only=True)
class Whole:
    """A conversation with all its entries, and what it has cost."""

    conversation: ConversationView
    entries: list[EntryView]
    cost: Money


@attrs.frozen(kw_only=True)
class NewConversation:
    """What it begins with."""

    title: str = ""
    system: str = ""
    tags: list[str] = attrs.field(factory=list)


@attrs.frozen(kw_only=True)
class Renaming:
    """The new title."""

    title: str


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
    query = ConversationQuery(search=asked.search, limit=limit, before=before.unwrap())
    found = await settle((await _talks(call)).find(query))
    return found.map(lambda several: _page(several, limit))


def _page(found: tuple[Conversation, ...], limit: int) -> Page:
    last = found[-1] if len(found) == limit else None
    cursor = None if last is None else f"{last.updated!r}~{last.id}"
    return Page(conversations=[views.conversation(one) for one in found], cursor=cursor)


def _cursor(text: str | None) -> Result[tuple[float, str] | None, InvalidRequest]:
    if text is None:
        return Success(None)
    time, mark, id = text.partition("~")
    try:
        return Success((float(time), id)) if mark else Failure(invalid("cursor: it is not one of ours"))
    except ValueError:
        return Failure(invalid("cursor: it is not one of ours"))


async def create(call: ApiCall[NewConversation, object]) -> Result[ConversationView, LLMError]:
    """A new, empty conversation."""
    asked: NewConversation = call.body
    made = await settle((await _talks(call)).create(system=asked.system, title=asked.title, tags=tuple(asked.tags)))
    return made.map(views.conversation)


async def read(call: AnyCall) -> Result[Whole, LLMError]:
    """All of it."""
    found = await settle((await _talks(call)).get(call.path["id"]))
    return found.map(
        lambda one: Whole(
            conversation=views.conversation(one.conversation),
            entries=[views.entry(entry) for entry in one.entries],
            cost=views.money(one.cost),
        )
    )


async def rename(call: ApiCall[Renaming, object]) -> Result[ConversationView, LLMError]:
    """Another title."""
    done = await settle((await _talks(call)).rename(call.path["id"], call.body.title))
    return done.map(views.conversation)


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
    made = await settle(talks.create(system=old.system, tags=old.tags))
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
    dialogue = decode(data, Dialogue)
    if isinstance(dialogue, Failure):
        return Failure(invalid(f"it is not an exported conversation: {dialogue.failure()}"))
    return (await settle((await _talks(call)).add(dialogue.unwrap()))).map(views.conversation)


_PATH = "/api/v1/conversations"
_ONE = f"{_PATH}/{{id}}"

ENDPOINTS = (
    ApiEndpoint(method="GET", path=_PATH, summary="Find conversations", run=find, scope="read"),
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
        summary="Rename a conversation",
        run=rename,
        scope="chat",
    ),
    ApiEndpoint(method="DELETE", path=_ONE, summary="Delete a conversation", run=delete, scope="chat"),
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
