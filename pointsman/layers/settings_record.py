"""A table of a settings file to a frozen record, by the record's own types. What is wrong is told with its place."""

from __future__ import annotations

import types
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import attrs
from returns.result import Failure

from pointsman.core.money.amount import read_amount
from pointsman.core.security.secret import Secret
from pointsman.layers.settings_values import Problems, Raw, near, read_value, secret

_Record = TypeVar("_Record")


def read_record(kind: type[_Record], table: object, place: str, problems: Problems, **known: object) -> _Record | None:
    """`table` as a `kind`; `known` are fields that the table does not hold. None where anything is wrong."""
    if not isinstance(table, dict):
        problems.add(place, "it is not a table")
        return None
    fields = {field.name: field for field in _fields(kind) if field.name not in known}
    before = len(problems.found)
    for key in table.keys() - fields.keys():
        problems.add(f"{place}.{key}", f"it is not a setting{near(str(key), fields.keys())}")
    values = {
        name: _value(field.type, table[name], f"{place}.{name}", problems)
        for name, field in fields.items()
        if name in table
    }
    missing = [n for n, f in fields.items() if n not in table and f.default is attrs.NOTHING]
    for name in missing:
        problems.add(f"{place}.{name}", "it is missing")
    return kind(**known, **values) if len(problems.found) == before else None


def _fields(kind: Any) -> tuple[attrs.Attribute[Any], ...]:
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(attrs.resolve_types(kind))
    return fields


def _value(kind: Any, value: object, place: str, problems: Problems) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(option for option in get_args(kind) if option is not type(None))
    origin = get_origin(kind)
    if origin is Literal:
        return _one_of(get_args(kind), value, place, problems)
    if origin in (tuple, frozenset):
        return _several(kind, origin, value, place, problems)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(get_args(kind)[1], value, place, problems)
    if kind is Decimal:
        return _decimal(value, place, problems)
    if kind is Secret:
        return secret(Raw(value, place), problems)
    if attrs.has(kind):
        return read_record(kind, value, place, problems)
    return read_value(Raw(value, place), kind, problems, None if kind in (str, bool) else 0)


def _one_of(names: tuple[Any, ...], value: object, place: str, problems: Problems) -> Any:
    if value in names:
        return value
    problems.add(place, f"{value!r} is not one of {', '.join(map(str, names))}")
    return None


def _several(kind: Any, origin: Any, value: object, place: str, problems: Problems) -> Any:
    inner = get_args(kind)[0]
    if attrs.has(inner) and "name" in attrs.fields_dict(inner):
        if not isinstance(value, dict):
            problems.add(place, "it is not a table of tables")
            return ()
        return tuple(read_record(inner, table, f"{place}.{name}", problems, name=name) for name, table in value.items())
    if not isinstance(value, list):
        problems.add(place, "it is not a list")
        return origin()
    return origin(_value(inner, item, f"{place}[{number}]", problems) for number, item in enumerate(value))


def _mapping(inner: Any, value: object, place: str, problems: Problems) -> dict[str, Any]:
    if not isinstance(value, dict):
        problems.add(place, "it is not a table")
        return {}
    return {str(key): _value(inner, item, f"{place}.{key}", problems) for key, item in value.items()}


def _decimal(value: object, place: str, problems: Problems) -> Decimal | None:
    amount = read_amount(value)
    if isinstance(amount, Failure):
        problems.add(place, amount.failure())
    return amount.value_or(None)
