"""What a request asks, as bytes: equal for requests that ask the same, and different in every field that matters.

What only concerns this one call (its id, its timeout, its options) is left out. Binary content stands as its digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeAlias

import attrs
import orjson

from pointsman.core.chat.completion import CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.transcription import TranscriptionRequest

_AnyRequest: TypeAlias = ChatRequest | CompletionRequest | EmbeddingRequest | TranscriptionRequest
_LEFT_OUT = frozenset({"request_id", "timeout", "options", "original"})
_FIELDS: dict[type, tuple[str, ...]] = {}


def canonical(request: _AnyRequest) -> bytes:
    """The bytes that stand for what `request` asks."""
    plain = {name: getattr(request, name) for name in _names(type(request)) if name not in _LEFT_OUT}
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


def _names(kind: type) -> tuple[str, ...]:
    found = _FIELDS.get(kind)
    if found is None:
        found = _FIELDS[kind] = tuple(field.name for field in attrs.fields(kind))
    return found


def _plain(value: Any) -> Any:
    """A value that JSON does not know, as one it does. The class stands first: two kinds of part are never equal."""
    if attrs.has(type(value)):
        kind = type(value)
        return [kind.__name__, *(getattr(value, name) for name in _names(kind))]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"sha256": hashlib.sha256(value).hexdigest(), "length": len(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (frozenset, set)):
        return sorted(value)
    raise TypeError(f"a {type(value).__name__} has no canonical form")
