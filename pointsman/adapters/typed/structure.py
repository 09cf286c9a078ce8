"""JSON to values of a type, strictly: nothing is coerced, nothing unknown is dropped, every problem has its path."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any, TypeVar, get_origin, is_typeddict

import attrs
import cattrs
from cattrs import BaseConverter
from cattrs.errors import CattrsError
from cattrs.preconf.orjson import OrjsonConverter, make_converter
from returns.result import Failure, Result, Success

from pointsman.core.json import Json, loads

_Value = TypeVar("_Value")


@cache
def converter() -> OrjsonConverter:
    """The converter, made once (it takes some milliseconds)."""
    made = make_converter(forbid_extra_keys=True)
    for kind in (str, int, bool):
        made.register_structure_hook(kind, _exactly)
    made.register_structure_hook(float, _number)
    _check_shapes(made)
    return made


def _check_shapes(made: OrjsonConverter) -> None:
    """cattrs takes anything it can iterate over for a list, and trusts that an object is one: here they must be."""
    building: set[Any] = set()

    def checked(kind: Any, converter: BaseConverter) -> Callable[[Any, Any], Any]:
        building.add(kind)
        try:
            hook = converter.get_structure_hook(kind, cache_result=False)
        finally:
            building.discard(kind)
        shape = _shape(kind)

        def structured(value: Any, asked: Any) -> Any:
            if not isinstance(value, shape or object):
                raise ValueError("it is not a list" if shape is list else "it is not an object")
            return hook(value, asked)

        return structured

    made.register_structure_hook_factory(lambda kind: kind not in building and _shape(kind) is not None)(checked)


def _shape(kind: Any) -> type | None:
    """What JSON has to be for `kind`: a list, an object, or something else."""
    origin = get_origin(kind) or kind
    if is_typeddict(kind) or attrs.has(origin) or dataclasses.is_dataclass(kind):
        return dict
    if not inspect.isclass(origin) or issubclass(origin, (str, bytes)):
        return None
    return dict if issubclass(origin, Mapping) else list if issubclass(origin, Collection) else None


def _exactly(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise ValueError(f"{value!r} is not {_NAMES[kind]}")
    return value


def _number(value: Any, kind: type) -> float:
    if type(value) not in (int, float):
        raise ValueError(f"{value!r} is not a number")
    return float(value)


_NAMES: dict[type, str] = {str: "text", int: "a whole number", bool: "true or false"}


def structure(data: Json, kind: type[_Value]) -> Result[_Value, tuple[str, ...]]:
    """`data` as a `kind`; or every problem with it, each with its path (`$` is the whole)."""
    try:
        return Success(converter().structure(data, kind))
    except cattrs.BaseValidationError as problem:
        return Failure(tuple(cattrs.transform_error(problem, format_exception=_say)))
    except (ValueError, TypeError, KeyError, ArithmeticError, AttributeError, CattrsError) as problem:
        return Failure((f"{problem} @ $",))


def _say(problem: BaseException, kind: type | None) -> str:
    if isinstance(problem, KeyError):
        return f"the field {problem.args[0]!r} is missing"
    if isinstance(problem, cattrs.ForbiddenExtraKeysError):
        return f"there is no field {', '.join(sorted(map(repr, problem.extra_fields)))}"
    return str(problem) or type(problem).__name__


def structure_text(
    text: str, kind: Any, read_back: Callable[[Json], Json] | None = None
) -> Result[Any, tuple[str, ...]]:
    """As `structure`, from JSON text, also in a Markdown fence, after `read_back` has brought it to its usual form."""
    stripped = text.strip()
    if stripped.startswith("```") and stripped.endswith("```"):
        stripped = stripped.partition("\n")[2].removesuffix("```")
    read = loads(stripped)
    if isinstance(read, Failure):
        return Failure((read.failure(),))
    data = read.unwrap()
    return structure(data if read_back is None else read_back(data), kind)
