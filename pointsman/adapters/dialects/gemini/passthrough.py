"""What came as Gemini's generateContent, embeddings or counts, passed on to a provider that speaks them too. Pure.

The model stands in the path, so most bodies go on byte by byte.
"""

from __future__ import annotations

from collections.abc import Callable

import orjson
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.dialect import Passthrough, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.gemini.request import COLLECTIONS, chat_wire
from pointsman.adapters.dialects.gemini.stream_reader import plain_text
from pointsman.adapters.dialects.object_reader import camel_case
from pointsman.adapters.dialects.routing import model_path, resource_name
from pointsman.core.json import Json, JsonObject, as_object, parse_json

_WHOLE, _WHOLE_SPELLED = "generateContentRequest", "generate_content_request"


def forward_chat(body: JsonObject, target: Target, stream: bool) -> WireRequest | WriteFailure:
    """A client's chat on its way."""
    return _at(target, lambda path: chat_wire(path, _put_model(_one_spelling(body), target), stream=stream))


def forward_count(body: JsonObject, target: Target, stream: bool) -> WireRequest | WriteFailure:
    """A client's request to be counted on its way; one that was written anew is whole."""
    name = _WHOLE_SPELLED if _WHOLE_SPELLED in body and _WHOLE not in body else _WHOLE
    whole = body.get(name)
    if isinstance(whole, dict):
        named = _put_model(_one_spelling(whole), target, always=True)
        body = body if named is whole and len(body) == 1 else {name: named}
    else:
        body = _put_model(body, target)
    return _at(target, lambda path: WireRequest(f"{path}:countTokens", body))


def forward_embedding(body: JsonObject, target: Target, stream: bool) -> WireRequest | WriteFailure:
    """A client's texts to be embedded on their way, by the method that the client used."""
    requests = body.get("requests")
    if not isinstance(requests, list):
        return _at(target, lambda path: WireRequest(f"{path}:embedContent", _put_model(body, target)))
    rows: list[Json] = [_put_model(as_object(row), target, always=True) for row in requests]
    return _at(target, lambda path: WireRequest(f"{path}:batchEmbedContents", {"requests": rows}))


def _at(target: Target, write: Callable[[str], WireRequest]) -> WireRequest | WriteFailure:
    return unwrap_or_failure(model_path(target, COLLECTIONS).map(write))


def _put_model(body: JsonObject, target: Target, *, always: bool = False) -> JsonObject:
    """`body` with the model that is asked, where a body names one."""
    name = resource_name(target.model, COLLECTIONS)
    if body.get("model") == name or not (always or "model" in body):
        return body
    return {**body, "model": name}


def _one_spelling(fields: JsonObject) -> JsonObject:
    """`fields`, where a field that we wrote stands beside the client's own in the other spelling, with both joined."""
    twins = [name for name in fields if camel_case(name) != name and camel_case(name) in fields]
    joined = {name: value for name, value in fields.items() if name not in twins}
    for name in twins:
        mine, theirs = fields[camel_case(name)], fields[name]
        if isinstance(mine, dict) and isinstance(theirs, dict):
            joined[camel_case(name)] = _join_spellings(theirs, mine)
    is_changed = bool(twins)
    for name, value in joined.items():
        settled = _one_spelling(value) if isinstance(value, dict) else value
        if settled is not value:
            joined[name], is_changed = settled, True
    return joined if is_changed else fields


def _join_spellings(theirs: JsonObject, mine: JsonObject) -> JsonObject:
    """The client's fields with ours over them, in one spelling."""
    joined = {camel_case(name): value for name, value in theirs.items()}
    for name, value in mine.items():
        present = joined.get(name)
        is_inner = isinstance(present, dict) and isinstance(value, dict)
        joined[name] = _join_spellings(as_object(present), as_object(value)) if is_inner else value
    return joined


def read_text(data: bytes) -> str | None:
    """See `Passthrough`."""
    try:
        return plain_text(parse_json(data))
    except orjson.JSONDecodeError:
        return None


PASSTHROUGH = Passthrough(headers=frozenset(("x-goog-api-client", "x-server-timeout")), read_text=read_text)
"""A stream has no end of its own, and its usage stands in every chunk."""
