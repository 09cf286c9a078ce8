"""Exports of other programs, taken over HTTP: all the conversations in one are kept, once for each who sends it."""

from __future__ import annotations

import hashlib

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.chat_exports.export_file import ExportBounds, read_export_bytes
from pointsman.adapters.web.api_endpoint import AnyCall, ApiEndpoint
from pointsman.adapters.web.asgi import BodyTooLarge, ClientGone, read_body
from pointsman.adapters.web.caller import conversations_of
from pointsman.core.conversations.conversation import Dialogue
from pointsman.core.effect import settle
from pointsman.core.error import InvalidRequest, LLMError, invalid_request
from pointsman.services.conversations.imports import keep_imported

_MOST_UNPACKED = 256 * 2**20
"""Bytes that an archive, or a database, may have unpacked: as JSON they take some times as much for a moment."""


@attrs.frozen(kw_only=True)
class Imported:
    """Which program wrote the export, how many of its conversations are new, have grown, or were there already.

    `messages` are those that are new, and `unread` the items that are no conversations of that program. `first` is the
    id of the first conversation.
    """

    source: str
    new: int
    messages: int
    grown: int
    present: int
    unread: int
    first: str | None


_MOST_MESSAGES = 300_000
_OTHERWISE = "import it by `pointsman conversations import FILE`"


async def take_all(call: AnyCall) -> Result[Imported, LLMError]:
    """Keep all conversations of an export; what is there already stays as it is."""
    try:
        data = await read_body(call.receive, call.site.policy.max_body)
    except (BodyTooLarge, ClientGone):
        return Failure(InvalidRequest(detail=f"the export is too large; {_OTHERWISE}", status=413, local=True))
    bounds = ExportBounds(_MOST_UNPACKED, call.site.policy.max_values, _MOST_MESSAGES)
    read = await anyio.to_thread.run_sync(read_export_bytes, data, bounds)
    if isinstance(read, Failure):
        problem = read.failure()
        detail = f"{problem.detail}; {_OTHERWISE}" if problem.too_large else problem.detail
        status = 413 if problem.too_large else 400
        return Failure(invalid_request(detail, status=status))
    exported = read.unwrap()
    with call.site.running.lease() as app:
        talks = conversations_of(call.caller, app.manager)
    dialogues = [_as_their_own(one, talks.owner) for one in exported.dialogues]
    kept = await settle(keep_imported(talks.store, dialogues))
    if isinstance(kept, Failure):
        return Failure(kept.failure())
    first = dialogues[0].conversation.id if dialogues else None
    count = attrs.asdict(kept.unwrap())
    return Success(Imported(source=exported.source, unread=exported.unread, first=first, **count))


def _as_their_own(dialogue: Dialogue, owner: str) -> Dialogue:
    """With ids of its own for `owner`: another may have sent the same export, and is not seen."""
    if not owner:
        return dialogue
    talk = dialogue.conversation
    origin = talk.forked_from and (_own_id(talk.forked_from[0], owner), talk.forked_from[1])
    return attrs.evolve(dialogue, conversation=attrs.evolve(talk, id=_own_id(talk.id, owner), forked_from=origin))


def _own_id(id: str, owner: str) -> str:
    return hashlib.blake2b(f"{owner}\n{id}".encode("utf-8", "replace"), digest_size=16).hexdigest()


ENDPOINTS = (
    ApiEndpoint(
        method="POST",
        path="/api/v1/conversations/imports",
        summary="Keep all conversations of an export of ChatGPT, Claude, Open WebUI or llm; the file is the body",
        run=take_all,
        files=("application/json", "application/zip", "application/vnd.sqlite3"),
        scope="chat",
    ),
)
