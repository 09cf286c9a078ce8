"""A frozen record to the table that it can be read from again, and a record with some fields changed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, TypeVar

import attrs

from pointsman.core.json import Json
from pointsman.core.records.read import read_record
from pointsman.core.records.values import Problems, Raw, outweigh, with_places
from pointsman.core.security.secret import Secret


def write_record(record: Any) -> Any:
    """`record` as a table of all its fields; secrets stay secrets, and what is no record stays what it is."""
    if isinstance(record, Mapping):
        return {key: write_record(value) for key, value in record.items()}
    if isinstance(record, (list, tuple, set, frozenset)):
        return [write_record(one) for one in record]
    if isinstance(record, Secret) or not attrs.has(type(record)):
        return record
    names = [field.name for field in attrs.fields(type(record)) if field.init]
    return {name: write_record(getattr(record, name)) for name in names}


def as_json(table: Any) -> Json:
    """A table as JSON: secrets revealed, amounts as text. What is null is left out of tables."""
    if isinstance(table, Secret):
        return table.reveal()
    if isinstance(table, Decimal):
        return str(table)
    if isinstance(table, Mapping):
        return {str(key): as_json(value) for key, value in table.items() if value is not None}
    if isinstance(table, (list, tuple, frozenset)):
        return [as_json(value) for value in table]
    found: Json = table
    return found


def flatten(table: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The values of a table with their whole names, such as `retries.max_retries`; what is empty is left out."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{key}.")
        elif value is not None and value != []:
            yield f"{prefix}{key}", value


_Record = TypeVar("_Record")


def change_record(record: _Record, patch: Raw, problems: Problems) -> _Record | None:
    """`record` with what `patch` says; what it does not name stays. None where anything is wrong.

    Tables are changed key by key. Null, or a text without a letter, takes a value away: its default is in its place.
    """
    said = outweigh(with_places(write_record(record), ""), _without_empty(patch))
    return read_record(type(record), said, problems)


def _without_empty(raw: Raw) -> Raw:
    if raw.table is not None:
        return attrs.evolve(raw, value={key: _without_empty(one) for key, one in raw.table.items()})
    return attrs.evolve(raw, value=None) if isinstance(raw.value, str) and not raw.value.strip() else raw
