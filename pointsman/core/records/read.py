"""A table to a frozen record, by the record's own types. What is wrong is told with its place; nothing raises."""

from __future__ import annotations

import types
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import attrs
from returns.methods import unwrap_or_failure

from pointsman.core.json import loads
from pointsman.core.money.amount import read_amount
from pointsman.core.records.values import (
    PLAIN_FIELD,
    FieldInfo,
    Problems,
    Raw,
    near,
    read_secret,
    read_value,
    under,
    with_places,
)
from pointsman.core.security.secret import Secret

_Record = TypeVar("_Record")


@attrs.frozen
class RecordField:
    """A field of a record: its name, its type without `None`, what stands beside the type, and whether it is needed."""

    name: str
    kind: Any
    info: FieldInfo
    optional: bool
    """Whether it may be None."""
    needed: bool
    """Whether it has no default."""

    @property
    def is_secret(self) -> bool:
        """Whether it is kept encrypted and never shown: a `Secret`, a table of them, or what is marked so."""
        return self.info.encrypted or self.kind is Secret or Secret in get_args(self.kind)


def fields_of(kind: type[object]) -> tuple[RecordField, ...]:
    """The fields of the attrs class `kind` that its constructor takes."""
    hashable: Any = kind  # a type checker takes the hash of a class for that of its instances
    return _fields(hashable)


@cache
def _fields(kind: Any) -> tuple[RecordField, ...]:
    fields = attrs.fields(attrs.resolve_types(kind))
    return tuple(_field(one.name, one.type, one.default is attrs.NOTHING) for one in fields if one.init)


def _field(name: str, kind: Any, needed: bool) -> RecordField:
    kind, info = _without_info(kind)
    optional = False
    if get_origin(kind) in (Union, types.UnionType) and type(None) in get_args(kind):
        optional = True
        kind, inner = _without_info(next(option for option in get_args(kind) if option is not type(None)))
        info = inner if info is PLAIN_FIELD else info
    return RecordField(name, kind, info, optional, needed)


def _without_info(kind: Any) -> tuple[Any, FieldInfo]:
    if get_origin(kind) is not Annotated:
        return kind, PLAIN_FIELD
    bare, *beside = get_args(kind)
    return bare, next((one for one in beside if isinstance(one, FieldInfo)), PLAIN_FIELD)


def read_record(
    kind: type[_Record], raw: Raw, problems: Problems, *, partial: bool = False, **known: object
) -> _Record | None:
    """`raw` as a `kind`; `known` are fields that the table does not hold. None where anything is wrong.

    What is null is as if it were not said. `partial` gives what there is without what is wrong, to be looked at for
    more problems: then every field must have a default.
    """
    table = _table(raw, problems)
    if table is None:
        return None
    fields = {field.name: field for field in fields_of(kind)}
    before = len(problems.found)
    for key in (key for key in table if key not in fields):
        problems.add(table[key].place, f"it is not a setting{_hint(key, fields)}")
    for key, value in known.items():
        if key in table and table[key].value != value:
            problems.add(table[key].place, f"it is not {value!r}, under which it stands")
    values = {
        name: _read(field.kind, field.info, table[name], problems)
        for name, field in fields.items()
        if name in table and name not in known and table[name].value is not None
    }
    for name, field in fields.items():
        if field.needed and name not in values and name not in known:
            problems.add(under(raw.place, name), "it is missing")
    if len(problems.found) == before:
        return kind(**known, **values)
    return kind(**{key: value for key, value in values.items() if value is not None}) if partial else None


def _hint(key: str, fields: Mapping[str, RecordField]) -> str:
    """What `key` may have been meant to be."""
    ours = next((name for name, field in fields.items() if key.lower() in field.info.elsewhere), None)
    return near(key, fields.keys()) if ours is None else f"; did you mean {ours}?"


def _table(raw: Raw, problems: Problems) -> dict[str, Raw] | None:
    table = parse_text(raw).table
    if table is None:
        problems.add(raw.place, "it is not a table")
    return table


def parse_text(raw: Raw) -> Raw:
    """Text that holds JSON, where a table or a list is wanted and text is all there can be."""
    if raw.text and isinstance(raw.value, str) and raw.value.strip()[:1] in ("{", "["):
        found = unwrap_or_failure(loads(raw.value))
        return with_places(found, raw.place) if isinstance(found, (dict, list)) else raw
    return raw


def _read(kind: Any, info: FieldInfo, raw: Raw, problems: Problems) -> Any:
    if get_origin(kind) is Annotated or get_origin(kind) in (Union, types.UnionType):
        inner = _field("", kind, False)
        kind, info = inner.kind, inner.info
    origin = get_origin(kind)
    if origin is Literal:
        return _one_of(get_args(kind), raw, problems)
    if origin in (tuple, frozenset):
        return _several(kind, origin, info, raw, problems)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(get_args(kind)[1], info, raw, problems)
    if kind is Decimal:
        return _decimal(raw, problems)
    if kind is Secret:
        return read_secret(raw, problems)
    if attrs.has(kind):
        return read_record(kind, raw, problems)
    if _is_plain(kind):
        return read_value(raw, kind, problems, info)
    return plain_value(parse_text(raw))


def _is_plain(kind: Any) -> bool:
    return kind in (str, bool, int, float)


def plain_value(raw: Raw) -> Any:
    """What `raw` holds, without places: any JSON."""
    table = raw.table
    return raw.value if table is None else {key: plain_value(one) for key, one in table.items()}


def _one_of(names: tuple[Any, ...], raw: Raw, problems: Problems) -> Any:
    value = raw.value.strip() if raw.text and isinstance(raw.value, str) else raw.value
    if isinstance(value, str) and value in names:
        return value
    problems.add(raw.place, f"{value!r} is not one of {', '.join(map(str, names))}")
    return None


def _several(kind: Any, origin: Any, info: FieldInfo, raw: Raw, problems: Problems) -> Any:
    inner = get_args(kind)[0]
    raw = parse_text(raw)
    if attrs.has(inner) and "name" in attrs.fields_dict(inner) and raw.table is not None:
        named = (_read_named(inner, name, one, problems) for name, one in raw.table.items())
        return tuple(one for one in named if one is not None)
    value = raw.value
    if raw.text and isinstance(value, str):
        value = [word.strip() for word in value.split(",") if word.strip()]
    if not isinstance(value, (list, tuple, set, frozenset)):
        problems.add(raw.place, "it is not a list")
        return origin()
    items = [_at(item, f"{raw.place}[{number}]") for number, item in enumerate(value)]
    read = [one for item in items if (one := _read(inner, info, item, problems)) is not None]
    names = [item.name for item in read if attrs.has(inner) and hasattr(item, "name")]
    for name in {name for name in names if names.count(name) > 1}:
        problems.add(raw.place, f"two of them are named {name!r}")
    return origin(read)


def _at(item: object, place: str) -> Raw:
    return item if isinstance(item, Raw) else with_places(item, place)


def _read_named(kind: Any, name: str, raw: Raw, problems: Problems) -> Any:
    """One of several records that stand under their names."""
    return read_record(kind, raw, problems, name=name)


def _mapping(inner: Any, info: FieldInfo, raw: Raw, problems: Problems) -> dict[str, Any]:
    table = _table(raw, problems) or {}
    keeps_null = inner is Any
    named = attrs.has(inner) and "name" in attrs.fields_dict(inner)
    read = _read_named if named else lambda kind, name, one, problems: _read(kind, info, one, problems)
    values = {key: read(inner, key, one, problems) for key, one in table.items() if one.value is not None or keeps_null}
    return {key: value for key, value in values.items() if value is not None or keeps_null}


def _decimal(raw: Raw, problems: Problems) -> Decimal | None:
    value = str(raw.value) if isinstance(raw.value, Decimal) else raw.value
    amount = unwrap_or_failure(read_amount(value))
    if isinstance(amount, Decimal):
        return amount
    problems.add(raw.place, amount)
    return None
