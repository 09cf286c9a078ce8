"""What a provider says of itself, without the secrets that were sent to it, should it echo one.

A key in a request id or a model's name would else go on into answers, events, headers and the database. What the model
says (its parts) is not looked at here: a model knows no keys, and texts are long.
"""

from __future__ import annotations

import operator
from typing import Any, TypeVar, cast

import attrs

from pointsman.core.security.secret import Secret, redact

_Record = TypeVar("_Record")

_CONTENT = frozenset({"parts", "steps", "text", "embeddings", "segments", "words", "attempts", "original"})
"""The fields that hold the model's own words or numbers, what we wrote ourselves, or what was searched already."""

_LEAST = 8
"""Letters. A shorter one (`x-title: chat`) is no key, and would tear model names apart."""


def redact_record(record: _Record, secrets: tuple[Secret, ...]) -> _Record:
    """`record` (an error, an answer, a model, an event) with every one of `secrets` in its texts replaced by stars."""
    real = tuple(secret for secret in secrets if len(secret.reveal()) >= _LEAST)
    return cast(_Record, _clean(record, real)) if real else record


def _clean(value: Any, secrets: tuple[Secret, ...]) -> Any:
    """`value` itself where there is nothing to hide in it, which is nearly always."""
    if isinstance(value, tuple):
        items = tuple([_clean(item, secrets) for item in value])
        return value if all(map(operator.is_, items, value)) else items
    if type(value) is str:
        return redact(value, secrets)
    changes: dict[str, object] = {}
    for name in _texts_of(type(value)):
        old = getattr(value, name)
        new = _clean(old, secrets)
        if new is not old:
            changes[name] = new
    return attrs.evolve(value, **changes) if changes else value


def _texts_of(kind: type) -> tuple[str, ...]:
    """The fields of a record that can hold what a server says of itself; none where it is no record."""
    names = _TEXTS.get(kind)
    if names is None:
        fields = attrs.fields(kind) if attrs.has(kind) else ()
        names = _TEXTS[kind] = tuple(field.name for field in fields if field.name not in _CONTENT)
    return names


_TEXTS: dict[type, tuple[str, ...]] = {}
