"""How JSON becomes a value of one plain type, an enum, a `Literal` or a union: exactly, so that nothing is lost.

Models are loose with numbers: Gemini and many local ones write 3 as `3.0` or as `"3"`. That is read as the number that
it is, and only where no other type of a union takes it as it stands. Nothing else is coerced.
"""

from __future__ import annotations

import datetime
import enum
import inspect
import re
import types
import uuid
from collections.abc import Collection, Mapping
from contextlib import suppress
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from cattrs import BaseConverter

from pointsman.core.json import is_exactly_whole
from pointsman.core.schema.of_type import fields_of, has_fields, items_of

_NAMES: dict[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
    Decimal: "a decimal number",
    list: "a list",
    dict: "an object",
}
_SHOWN = 80


def show_value(value: Any) -> str:
    """`value` as a problem names it: the model knows what it has written."""
    if isinstance(value, (list, dict)):
        return _NAMES[type(value)]
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def exactly(value: Any, kind: Any) -> Any:
    """`value`, whose type is `kind`."""
    given = whole_number(value) if kind is int else value
    if type(given) is not kind:
        raise ValueError(f"{show_value(value)} is not {_NAMES[kind]}")
    return given


def whole_number(value: Any) -> Any:
    """The whole number that `value` is, written as `3.0` or as text; else `value` itself."""
    if type(value) is float and is_exactly_whole(value):
        return int(value)
    if type(value) is str and _WHOLE.fullmatch(value):
        return int(value)
    return value


_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,300})", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,300})(\.[0-9]{1,300})?([eE][+-]?[0-9]{1,3})?", re.ASCII)


def plain(value: Any, kind: Any) -> Any:
    """`value` as a text, a whole number or a truth value; or as an enum of them, which cattrs takes for one."""
    return member(value, kind) if is_enum(kind) else exactly(value, kind)


def nothing(value: Any, kind: Any) -> None:
    """Null."""
    if value is not None:
        raise ValueError(f"{show_value(value)} is not null")


def number(value: Any, kind: Any) -> float:
    """A whole number is a number too."""
    if type(value) not in (int, float) and not is_number_text(value):
        raise ValueError(f"{show_value(value)} is not a number")
    return float(value)


def is_number_text(value: Any) -> bool:
    """Whether `value` is a text that is a number as JSON writes it."""
    return type(value) is str and _NUMBER.fullmatch(value) is not None


def decimal(value: Any, kind: Any) -> Decimal:
    """A decimal number: as text, so that it keeps its digits, or as JSON's own number, whose digits are those shown."""
    try:
        made = Decimal(repr(value) if type(value) in (int, float) else exactly(value, str))
    except ArithmeticError:
        raise ValueError(f"{show_value(value)} is not a decimal number") from None
    if not made.is_finite():
        raise ValueError(f"{show_value(value)} is not a decimal number")
    return made


def items(value: Any, kind: Any, converter: BaseConverter) -> Any:
    """A NamedTuple, of a list of its items."""
    kinds = items_of(kind)
    if not isinstance(value, list) or len(value) != len(kinds):
        raise ValueError(f"it is not a list of {len(kinds)}")
    return kind(*(converter.structure(one, item) for one, item in zip(value, kinds, strict=True)))


def identifier(value: Any, kind: Any) -> uuid.UUID:
    """A UUID, as text."""
    try:
        return uuid.UUID(exactly(value, str))
    except ValueError:
        raise ValueError(f"{show_value(value)} is not a UUID") from None


def time_of_day(value: Any, kind: Any) -> datetime.time:
    """A time of day such as `09:30`, as text."""
    try:
        return datetime.time.fromisoformat(exactly(value, str))
    except ValueError:
        raise ValueError(f"{show_value(value)} is not a time such as 09:30") from None


def is_enum(kind: Any) -> bool:
    """Whether `kind` is an enum."""
    return inspect.isclass(kind) and issubclass(kind, enum.Enum)


def member(value: Any, kind: Any) -> Any:
    """The member of an enum that has `value`."""
    for one in kind:
        if is_same(value, one.value):
            return one
    raise ValueError(f"{show_value(value)} is not a valid {kind.__name__}")


def is_same(value: Any, wanted: Any) -> bool:
    """Whether `value` is `wanted`; a whole number may be written in another way."""
    given = whole_number(value) if type(wanted) is int else value
    return type(given) is type(wanted) and bool(given == wanted)


def is_literal(kind: Any) -> bool:
    """Whether `kind` is a `Literal`."""
    return get_origin(kind) is Literal


def one_of(value: Any, kind: Any) -> Any:
    """`value` as one of those of a `Literal`; where that is a member of an enum, the member."""
    for one in get_args(kind):
        if is_same(value, one.value if isinstance(one, enum.Enum) else one):
            return one
    raise ValueError(f"{show_value(value)} is none of {', '.join(map(repr, get_args(kind)))}")


def is_union(kind: Any) -> bool:
    """Whether `kind` is a union."""
    return get_origin(kind) in (Union, types.UnionType)


def either(value: Any, kind: Any, converter: BaseConverter) -> Any:
    """`value` as the first type of a union that it fits; an exact one before a number that is a whole number too."""
    kinds = [one for one in get_args(kind) if may_be(value, one)]
    kinds.sort(key=lambda one: one is float and type(value) is int)
    for one in kinds[:-1]:
        with suppress(Exception):  # cattrs raises groups of whatever hooks raise; the next type may fit
            return converter.structure(value, one)
    if not kinds:
        kinds = [one for one in get_args(kind) if may_be_loosely(value, one)]
    last = kinds[-1] if kinds else _nearest(value, get_args(kind))
    if last is None:
        raise ValueError(f"{show_value(value)} is none of {', '.join(_name(one) for one in get_args(kind))}")
    return converter.structure(value, last)


def _nearest(value: Any, kinds: tuple[Any, ...]) -> Any:
    """Which of `kinds` was meant, so that the problems are told by its fields; None where that is not clear."""
    near = [one for one in kinds if may_be(value, one, inside=False)]
    if len(near) < 2:
        return near[0] if near else None
    fitting = [_fitting(value, one) for one in near]
    return near[fitting.index(max(fitting))] if fitting.count(max(fitting)) == 1 else None


def _fitting(value: Any, kind: Any) -> int:
    """How many fields of an object look like those of `kind`."""
    if not has_fields(kind):
        return 0
    fields = _fields(kind)
    return sum(may_be(value[name], fields[name][0], inside=False) for name in value.keys() & fields.keys())


def _name(kind: Any) -> str:
    return _NAMES.get(kind) or str(getattr(kind, "__name__", kind))


def may_be(value: Any, kind: Any, inside: bool = True) -> bool:
    """Whether `value` looks like a `kind`; of an object also (`inside`) whether its fields look like theirs.

    It looks no further, so that of classes within classes only one is tried.
    """
    origin = get_origin(kind) or kind
    if origin is Annotated:
        return may_be(value, get_args(kind)[0], inside)
    if is_union(kind):
        return any(may_be(value, one, inside) for one in get_args(kind))
    if origin is Literal or is_enum(kind):
        allowed = get_args(kind) if origin is Literal else list(kind)
        plain = [one.value if isinstance(one, enum.Enum) else one for one in allowed]
        return any(type(one) is type(value) and one == value for one in plain)
    if origin in (str, int, bool, type(None)):
        return type(value) is origin
    if origin is float:
        return type(value) in (int, float)
    if origin in (Decimal, datetime.date, datetime.datetime, datetime.time, uuid.UUID):
        return isinstance(value, str)
    shape = shape_of(kind)
    if shape is None or type(value) is not shape:
        return shape is None
    return not (inside and has_fields(kind)) or _fields_may_be(value, kind)


def may_be_loosely(value: Any, kind: Any) -> bool:
    """Whether `value` is a number that a `kind` takes, in another way of writing."""
    if kind is int:
        return type(whole_number(value)) is int
    if kind in (float, Decimal):
        return type(value) in (int, float) or is_number_text(value)
    allowed = get_args(kind) if is_literal(kind) else list(kind) if is_enum(kind) else ()
    return any(is_same(value, one.value if isinstance(one, enum.Enum) else one) for one in allowed)


def _fields_may_be(value: Any, kind: Any) -> bool:
    fields = _fields(kind)
    return value.keys() <= fields.keys() and all(
        may_be(value[name], field, inside=False) if name in value else not required
        for name, (field, required) in fields.items()
    )


@cache
def _fields(kind: Any) -> dict[str, tuple[Any, bool]]:
    return fields_of(kind)


def shape_of(kind: Any) -> type | None:
    """What JSON has to be for `kind`: a list, an object, or something else."""
    origin = get_origin(kind) or kind
    if has_fields(kind):
        return dict
    if not inspect.isclass(origin) or issubclass(origin, (str, bytes)):
        return None
    return dict if issubclass(origin, Mapping) else list if issubclass(origin, Collection) else None
