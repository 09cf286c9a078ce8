"""What a request asks, as bytes: equal for requests that ask the same, and different in every field that matters.

What only concerns this one call (its id, its timeout, its options) is left out. Binary content stands as its digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, TypeAlias

import attrs
import orjson

from pointsman.core.chat.completion import CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.transcription import TranscriptionRequest

_AnyRequest: TypeAlias = ChatRequest | CompletionRequest | EmbeddingRequest | TranscriptionRequest
_LEFT_OUT = ("request_id", "timeout", "options", "original")
_READERS: dict[type, Callable[[Any], tuple[Any, ...]] | None] = {}


def canonical(request: _AnyRequest) -> bytes:
    """The bytes that stand for what `request` asks."""
    plain = _fields_of(request)
    for name in _LEFT_OUT:
        plain.pop(name, None)
    if not isinstance(request, ChatRequest):
        plain["asked for"] = type(request).__name__
    try:
        return orjson.dumps(plain, default=_plain, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONEncodeError, TypeError):  # lone surrogates and integers above 64 bits
        text = json.dumps(plain, default=_plain, sort_keys=True, ensure_ascii=False)
        return text.encode("utf-8", "surrogatepass")


def cache_key(request: ChatRequest, scope: str, tenant: str) -> str:
    """The key of the answer to `request` from the endpoints `scope` names, for `tenant`: 64 hexadecimal digits."""
    digest = hashlib.sha256(canonical(request))
    beyond = b"" if request.original is None else request.original.fingerprint()
    for written in (scope.encode("utf-8", "surrogatepass"), tenant.encode("utf-8", "surrogatepass"), beyond):
        digest.update(b"\0%d\0" % len(written) + written)
    return digest.hexdigest()


def _fields_of(request: _AnyRequest) -> dict[str, Any]:
    """The fields of `request` by name, in a dict of their own."""
    if isinstance(request, ChatRequest):
        return dict(request.__dict__)  # the way of every call
    return {field.name: getattr(request, field.name) for field in attrs.fields(type(request))}


def _plain(value: Any) -> Any:
    """A value that JSON does not know, as one it does. The class stands first: two kinds of part are never equal."""
    kind = type(value)
    read = _READERS[kind] if kind in _READERS else _make_reader(kind)
    if read is not None:
        return [kind.__name__, *read(value)]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"sha256": hashlib.sha256(value).hexdigest(), "length": len(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (frozenset, set)):
        return sorted(value)
    raise TypeError(f"a {kind.__name__} has no canonical form")


def _make_reader(kind: type) -> Callable[[Any], tuple[Any, ...]] | None:
    """What gives the values of all fields of a record of `kind`; None where that is no record."""
    read = None
    if attrs.has(kind):
        names = [field.name for field in attrs.fields(kind)]
        get = attrgetter(*names) if names else lambda value: ()
        read = get if len(names) != 1 else lambda value: (get(value),)
    _READERS[kind] = read
    return read
