"""A `Structure` without a library: JSON as plain values, lists, dictionaries and small attrs classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar, cast, get_args, get_origin, get_type_hints

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.json import Json, loads

_Value = TypeVar("_Value")


def plain_structure(
    text: str, kind: type[_Value], read: Callable[[Json], Json] | None
) -> Result[_Value, tuple[str, ...]]:
    """As `Structure`: for `str`, `int`, `float`, `bool`, `None`, `list[T]`, `dict[str, T]`, attrs classes of these."""
    parsed = loads(text)
    if isinstance(parsed, Failure):
        return Failure((parsed.failure(),))
    data = parsed.unwrap()
    problems: list[str] = []
    value = _value(data if read is None else read(data), kind, "$", problems)
    return Failure(tuple(problems)) if problems else Success(cast(_Value, value))


def _value(data: Json, kind: object, path: str, problems: list[str]) -> object:
    """`data` as a `kind`; what is wrong with it goes to `problems`."""
    shape = get_origin(kind) or kind
    if shape is list and isinstance(data, list):
        (item,) = get_args(kind) or (object,)
        return [_value(each, item, f"{path}[{place}]", problems) for place, each in enumerate(data)]
    if shape is dict and isinstance(data, dict):
        _, item = get_args(kind) or (str, object)
        return {name: _value(each, item, f"{path}.{name}", problems) for name, each in data.items()}
    if isinstance(shape, type) and attrs.has(shape) and isinstance(data, dict):
        return _record(data, shape, path, problems)
    if shape is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if shape is object or (shape is None and data is None) or (isinstance(shape, type) and type(data) is shape):
        return data
    problems.append(f"it is not {getattr(shape, '__name__', shape)} @ {path}")
    return None


def _record(data: Mapping[str, Json], kind: type, path: str, problems: list[str]) -> object:
    hints = get_type_hints(kind)
    wanted = {field.name for field in attrs.fields(kind) if field.default is attrs.NOTHING}
    problems += [f"the field {name!r} is missing @ {path}" for name in sorted(wanted - data.keys())]
    problems += [f"there is no field {name!r} @ {path}" for name in sorted(data.keys() - hints.keys())]
    if problems:
        return None
    return kind(**{name: _value(each, hints[name], f"{path}.{name}", problems) for name, each in data.items()})
