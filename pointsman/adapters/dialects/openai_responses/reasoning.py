"""Reasoning items, both ways. OpenAI's own go back as they came; another vendor's state travels in one of ours."""

from __future__ import annotations

from pointsman.adapters.dialects.media_types import read_base64, write_base64
from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.adapters.dialects.openai_responses.content import ORIGIN
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.part import Opaque, Reasoning
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, dumps, dumps_text, loads, text_or_none

ENCRYPTED = "encrypted_content"
"""The kind of the state that is a whole item with its encrypted content."""
_BY_ID = "item"
"""The kind of the state that is an item which the server knows by its id."""
_OURS = "pointsman:"
"""Begins encrypted content that was made here, around another vendor's state."""
_FIELDS = ("type", "id", "summary", "content", ENCRYPTED)


def read_reasoning(item: ObjectReader, *, by_id: bool = False) -> Reasoning:
    """What an item says. With `by_id`, as clients send them, one without encrypted content is known by its id.

    An answer's own items are not: they can be referred to only where the server stores answers, and we ask it not to.
    """
    wire = item.value
    texts = [as_text(as_object(block).get("text")) for block in as_list(item.raw("summary"))]
    thoughts = [as_text(as_object(block).get("text")) for block in as_list(item.raw("content"))]
    encrypted, id = item.text(ENCRYPTED), item.text("id")
    item.skip("status")
    item.close()
    text = "\n\n".join(texts or thoughts)
    if not encrypted and not (by_id and id):
        return Reasoning(text)
    if encrypted and encrypted.startswith(_OURS):
        return Reasoning(text, *_unwrap(encrypted))
    kept: JsonObject = {name: wire[name] for name in _FIELDS if wire.get(name) is not None}
    return Reasoning(text, Opaque(ORIGIN, ENCRYPTED if encrypted else _BY_ID, dumps_text(kept)))


def write_reasoning(part: Reasoning, unsupported: Unsupported) -> list[Json]:
    """The item of an earlier turn; none, with a warning, where OpenAI would not understand it."""
    state = part.state
    if state is not None and state.origin == ORIGIN:
        return [_own_item(part.text, state.data, "")]
    if unsupported.target.quirks.replay_reasoning and part.text:
        thought: JsonObject = {"type": "reasoning_text", "text": part.text}
        return [{"type": "reasoning", "summary": [], "content": [thought]}]
    unsupported.warn("reasoning", "reasoning without OpenAI's own encrypted content was left out")
    return []


def write_reasoning_answer(part: Reasoning, id: str) -> JsonObject:
    """The item of an answer."""
    state = part.state
    if state is not None and state.origin == ORIGIN:
        return _own_item(part.text, state.data, id)
    item: JsonObject = {"type": "reasoning", "id": id, "summary": write_summary(part.text)}
    return item if state is None else item | {ENCRYPTED: _wrap(state, part.redacted)}


def write_summary(text: str) -> list[Json]:
    """A summary as the list of texts that it is on the wire."""
    return [{"type": "summary_text", "text": text}] if text else []


def _own_item(text: str, data: str, id: str) -> JsonObject:
    """The item as it came; or one around bare encrypted content."""
    kept = loads(data).map(as_object).value_or({})
    if kept.get("type") == "reasoning":
        return kept
    named: JsonObject = {"id": id} if id else {}
    return {"type": "reasoning", **named, "summary": write_summary(text), ENCRYPTED: data}


def _wrap(state: Opaque, redacted: bool) -> str:
    fields = {"origin": state.origin, "kind": state.kind, "data": state.data, "redacted": redacted}
    return _OURS + write_base64(dumps(fields))


def _unwrap(encrypted: str) -> tuple[Opaque | None, bool]:
    """The state in an envelope of ours, and whether the reasoning is redacted."""
    fields = as_object(loads(read_base64(encrypted.removeprefix(_OURS)) or b"").value_or(None))
    origin, kind = text_or_none(fields.get("origin")), text_or_none(fields.get("kind"))
    state = Opaque(origin, kind, as_text(fields.get("data"))) if origin and kind else None
    return state, fields.get("redacted") is True


def is_foreign_reasoning(item: Json) -> bool:
    """Whether an item holds another vendor's state, which OpenAI would refuse."""
    wire = as_object(item)
    return wire.get("type") == "reasoning" and as_text(wire.get(ENCRYPTED)).startswith(_OURS)
