"""What a record's type says of its fields, as JSON: enough to make a form of it. Pure; docstrings are handed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

import attrs

from pointsman.core.json import Json, JsonObject
from pointsman.core.records.read import RecordField, fields_of
from pointsman.core.records.secrets import record_in, stands_by_name
from pointsman.core.records.write import as_json, write_record
from pointsman.core.security.secret import Secret

FieldDocs = Callable[[type], Mapping[str, str]]
"""The docstrings behind the fields of a class, by name."""
_PLAIN: Mapping[Any, str] = {bool: "boolean", int: "integer", float: "number", str: "text", Decimal: "amount"}


def describe_record(kind: type, docs: FieldDocs) -> list[Json]:
    """Each field of `kind`: its kind, default, bounds and meaning, and the fields of the records in it."""
    return [_describe(kind, field, docs) for field in fields_of(kind)]


def _describe(kind: type, field: RecordField, docs: FieldDocs) -> JsonObject:
    info, record = field.info, record_in(field.kind)
    said: JsonObject = {
        "name": field.name,
        "doc": docs(kind).get(field.name) or info.hint,
        "optional": field.optional,
        "needed": field.needed,
        "default": _default_of(kind, field),
        "file_only": info.file_only or None,
        "unit": info.unit.removeprefix("of ") or None,
        "low": info.low,
        "high": info.high,
        **_kind_of(field.kind, field.is_secret),
    }
    if record is not None:
        inner = [one for one in describe_record(record, docs) if isinstance(one, dict)]
        said["fields"] = [one for one in inner if one["name"] != "name" or not stands_by_name(field.kind)]
        said["record_doc"] = docs(record).get("", "")
    return said


def _kind_of(kind: Any, is_secret: bool = False) -> JsonObject:
    """The kind of a value, what its items are, and what it may be."""
    origin = get_origin(kind)
    if is_secret:
        return {"kind": "secrets" if origin is not None else "secret"}
    if kind in _PLAIN:
        return {"kind": _PLAIN[kind]}
    if origin is Literal:
        return {"kind": "choice", "choices": [str(one) for one in get_args(kind)]}
    if stands_by_name(kind):
        return {"kind": "table", "item": _item_of(kind, get_args(kind)[-1 if origin is not tuple else 0])}
    if origin in (tuple, frozenset):
        return {"kind": "list", "item": _item_of(kind, get_args(kind)[0])}
    return {"kind": "record"} if isinstance(kind, type) and attrs.has(kind) else {"kind": "json"}


def _item_of(kind: Any, inner: Any) -> JsonObject:
    while hasattr(inner, "__metadata__"):  # what stands beside a type
        inner = get_args(inner)[0]
    return _kind_of(inner, inner is Secret)


def _default_of(kind: type, field: RecordField) -> Json:
    default = attrs.fields_dict(kind)[field.name].default
    if field.needed or not isinstance(default, (bool, int, float, str, Decimal, tuple)):
        return None
    return as_json(write_record(default))
