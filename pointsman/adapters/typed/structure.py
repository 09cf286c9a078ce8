"""JSON to values of a type, strictly: nothing is lost, nothing unknown is dropped, every problem has its path."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

import cattrs
from cattrs import BaseConverter
from cattrs.errors import CattrsError
from cattrs.preconf.orjson import OrjsonConverter, make_converter
from returns.result import Failure, Result, Success

from pointsman.adapters.typed.exact import (
    decimal,
    either,
    identifier,
    is_enum,
    is_literal,
    is_union,
    items,
    member,
    nothing,
    number,
    one_of,
    plain,
    shape_of,
    time_of_day,
)
from pointsman.core.json import Json, loads, without_fence
from pointsman.core.schema.of_type import is_named_tuple

_Value = TypeVar("_Value")


@cache
def converter() -> OrjsonConverter:
    """The converter, made once (it takes some milliseconds)."""
    made = make_converter(forbid_extra_keys=True)
    for kind in (str, int, bool):
        made.register_structure_hook(kind, plain)
    made.register_structure_hook_func(lambda kind: kind in (None, type(None)), nothing)
    made.register_structure_hook_func(lambda kind: kind is object, lambda value, _: value)
    made.register_structure_hook(float, number)
    made.register_structure_hook(Decimal, decimal)
    made.register_structure_hook(uuid.UUID, identifier)
    made.register_structure_hook(datetime.time, time_of_day)
    for written in (Decimal, uuid.UUID):
        made.register_unstructure_hook(written, str)
    made.register_unstructure_hook(datetime.time, lambda value: value.isoformat())
    made.register_unstructure_hook(bytes, lambda value: value)  # not base85: whoever writes it says what to do
    made.register_structure_hook_func(is_enum, member)
    made.register_structure_hook_func(is_literal, one_of)
    made.register_structure_hook_func(is_union, lambda value, kind: either(value, kind, made))
    made.register_structure_hook_func(is_named_tuple, lambda value, kind: items(value, kind, made))
    _check_shapes(made)
    return made


def _check_shapes(made: OrjsonConverter) -> None:
    """cattrs takes anything it can iterate over for a list, and trusts that an object is one: here they must be."""
    building: set[Any] = set()

    def hook_for(kind: Any, converter: BaseConverter) -> Callable[[Any, Any], Any]:
        building.add(kind)
        try:
            hook = converter.get_structure_hook(kind, cache_result=False)
        finally:
            building.discard(kind)
        shape = shape_of(kind)

        def structure(value: Any, asked: Any) -> Any:
            given = value
            if not isinstance(value, shape or object):
                raise ValueError("it is not a list" if shape is list else "it is not an object")
            made = hook(given, asked)
            if isinstance(made, (set, frozenset)) and len(made) < len(given):
                raise ValueError("it holds something twice")
            return made

        return structure

    made.register_structure_hook_factory(lambda kind: kind not in building and shape_of(kind) is not None)(hook_for)


def structure(data: Json, kind: type[_Value]) -> Result[_Value, tuple[str, ...]]:
    """`data` as a `kind`; or every problem with it, each with its path (`$` is the whole)."""
    try:
        return Success(converter().structure(data, kind))
    except cattrs.BaseValidationError as problem:
        return Failure(_describe_problem(problem))
    except RecursionError:
        return Failure((_TOO_DEEP,))
    except (ValueError, TypeError, KeyError, ArithmeticError, AttributeError, CattrsError) as problem:
        return Failure((f"{problem} @ $",))


_TOO_DEEP = "it is nested too deeply @ $"


def _describe_problem(problem: cattrs.BaseValidationError) -> tuple[str, ...]:
    try:
        return tuple(cattrs.transform_error(problem, format_exception=_say))
    except RecursionError:
        return (_TOO_DEEP,)


def _say(problem: BaseException, kind: type | None) -> str:
    if isinstance(problem, KeyError):
        return f"the field {problem.args[0]!r} is missing"
    if isinstance(problem, cattrs.ForbiddenExtraKeysError):
        return f"there is no field {', '.join(sorted(map(repr, problem.extra_fields)))}"
    return str(problem) or type(problem).__name__


def structure_text(
    text: str, kind: type[_Value], read_back: Callable[[Json], Json] | None = None
) -> Result[_Value, tuple[str, ...]]:
    """As `structure`, from JSON text, also in a Markdown fence, after `read_back` has brought it to its usual form."""
    read = loads(without_fence(text))
    if isinstance(read, Failure):
        return Failure((read.failure(),))
    data = read.unwrap()
    return structure(data if read_back is None else read_back(data), kind)
