"""Where secrets stand in the JSON of a record, by the record's own types: to be taken out, told of, and put back.

A secret that is told of is `IS_SET`, and nothing else of it leaves; who sends that back leaves it as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, get_args, get_origin

import attrs

from pointsman.core.json import Json, JsonObject
from pointsman.core.records.read import RecordField, fields_of
from pointsman.core.security.secret import Secret

Path: TypeAlias = tuple[str, ...]
"""The keys that lead to a value."""
IS_SET: JsonObject = {"is_set": True}
"""Stands in the place of a secret: that there is one."""


def record_in(kind: Any) -> type | None:
    """The record that a field holds, alone, by name or in a list; None where it holds plain values."""
    options = get_args(kind) if get_origin(kind) in (tuple, frozenset) or _is_mapping(kind) else (kind,)
    return next((one for one in options if isinstance(one, type) and attrs.has(one) and one is not Secret), None)


def _is_mapping(kind: Any) -> bool:
    origin = get_origin(kind)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def stands_by_name(kind: Any) -> bool:
    """Whether a field holds values under names: a table, or a list of records that have names."""
    record = record_in(kind)
    named = record is not None and "name" in attrs.fields_dict(record)
    return _is_mapping(kind) or (get_origin(kind) is tuple and named)


def secrets_in(kind: type, value: Json) -> Iterator[tuple[Path, Json]]:
    """The secrets in `value`, the JSON of a `kind`, with the keys that lead to them."""
    if isinstance(value, dict):
        for field in fields_of(kind):
            if value.get(field.name) is not None:
                for path, secret in _in_field(field, value[field.name]):
                    yield (field.name, *path), secret


def _in_field(field: RecordField, value: Json) -> Iterator[tuple[Path, Json]]:
    record = record_in(field.kind)
    if field.is_secret and isinstance(value, dict) and value != IS_SET:
        yield from (((name,), one) for name, one in value.items())
    elif field.is_secret or value == IS_SET or (field.info.hidden and _may_hold_one(value)):
        yield (), value
    elif record is not None and stands_by_name(field.kind) and isinstance(value, dict):
        for name, one in value.items():
            yield from (((name, *path), secret) for path, secret in secrets_in(record, one))
    elif record is not None and get_origin(field.kind) is None:
        yield from secrets_in(record, value)


def _may_hold_one(value: Json) -> bool:
    """An address with a query, or with a password."""
    return isinstance(value, str) and ("?" in value or "@" in value)


def hide_secrets(kind: type, value: JsonObject) -> JsonObject:
    """`value` as it may be shown."""
    for path, _ in list(secrets_in(kind, value)):
        value = put_at(value, path, dict(IS_SET))
    return value


def split_secrets(kind: type, value: JsonObject) -> tuple[JsonObject, list[Json]]:
    """`value` without its secrets, and those with the keys that lead to them."""
    secrets = list(secrets_in(kind, value))
    for path, _ in secrets:
        value = put_at(value, path, None)
    return value, [[list(path), secret] for path, secret in secrets]


def restore_secrets(kind: type, value: JsonObject, before: JsonObject) -> tuple[JsonObject, list[Path]]:
    """`value` with the secrets of `before` where it says `IS_SET`, and which those were."""
    restored: list[Path] = []
    for path, secret in list(secrets_in(kind, value)):
        if secret == IS_SET:
            old = value_at(before, path)
            value = put_at(value, path, old)
            restored += [] if old is None else [path]
    return value, restored


def value_at(value: Json, path: Path) -> Json:
    """What `path` leads to; None where there is nothing."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def put_at(value: JsonObject, path: Path, new: Json) -> JsonObject:
    """`value` with `new` where `path` leads; None takes away what is there."""
    key, *rest = path
    inner = value.get(key)
    if rest:
        new = put_at(inner if isinstance(inner, dict) else {}, tuple(rest), new)
    others = {name: one for name, one in value.items() if name != key or new is not None}
    return others if new is None else {**others, key: new}
