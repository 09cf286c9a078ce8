"""A frozen record with some of its fields changed, as a form, a client or a command says them. Pure."""

from __future__ import annotations

from typing import TypeVar

import attrs

from pointsman.core.records.read import read_record
from pointsman.core.records.values import Problems, Raw, outweigh, with_places
from pointsman.core.records.write import write_record

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
