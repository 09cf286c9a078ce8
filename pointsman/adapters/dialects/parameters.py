"""Parameters as rows: each dialect has one table, of which its reader and its writer are both made. Pure.

A parameter that has no row, or that a provider `lacks`, is left out with a warning: none is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import attrs

from pointsman.adapters.dialects.object_reader import ObjectReader
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.request import (
    BOUNDS,
    NO_LIMIT,
    PARAMETERS,
    Bounds,
    ChatRequest,
    Effort,
    bounds_problem,
    nearest_effort,
)
from pointsman.core.json import Json, JsonObject, compact

Read: TypeAlias = Callable[[ObjectReader], Any]
"""The value of the field in a body; None where the body does not say."""
Write: TypeAlias = Callable[[Any, ChatRequest, Unsupported], JsonObject]
"""What stands in the body for a value of the field; objects in it are joined with those of other parameters."""


@attrs.frozen
class Parameter:
    """One parameter of one dialect."""

    field: str
    """Its name in `ChatRequest`."""
    wire: str
    """Where it stands in the body, such as `generationConfig.topP`."""
    read: Read
    write: Write
    note: str = ""
    """What the dialect does with it that is not plain, for the documentation."""
    names: tuple[str, ...] = ()
    """The fields of the body that `read` looks at; where none is there it is not asked. Empty: it always is."""


_SILENT: Mapping[str, Any] = {"n": 1, "frequency_penalty": 0, "presence_penalty": 0}
"""Values that ask for what every model does anyway: to leave one out changes nothing, so nobody is warned."""
ParameterTable: TypeAlias = Mapping[str, Parameter]


def table_of(*parameters: Parameter) -> ParameterTable:
    """The table of these rows, by field."""
    return {parameter.field: parameter for parameter in parameters}


def number(field: str, wire: str, bounds: Bounds | None = None, *, also: Iterable[str] = ()) -> Parameter:
    """A number. What lies outside `bounds`, which the vendor takes, is brought to their edge with a warning.

    `also` are further names by which it is read.
    """
    return _numeric(field, wire, ObjectReader.number, bounds, tuple(also))


def whole(field: str, wire: str, bounds: Bounds | None = None, *, also: Iterable[str] = ()) -> Parameter:
    """A whole number; as `number` otherwise."""
    return _numeric(field, wire, ObjectReader.whole, bounds, tuple(also))


def flag(field: str, wire: str) -> Parameter:
    """True or false."""
    return Parameter(
        field, wire, lambda body: _at(body, wire, ObjectReader.flag), _plain_writer(wire), names=_first(wire)
    )


def text(field: str, wire: str) -> Parameter:
    """A text."""
    return Parameter(
        field, wire, lambda body: _at(body, wire, ObjectReader.text), _plain_writer(wire), names=_first(wire)
    )


def texts(field: str, wire: str, most: int | None = None) -> Parameter:
    """A list of texts, of which the vendor takes at `most` so many: those after are left out with a warning."""

    def write(value: tuple[str, ...], request: ChatRequest, unsupported: Unsupported) -> JsonObject:
        if most is not None and len(value) > most:
            text = f"{unsupported.target.provider} takes {most} of {field}; {len(value) - most} were left out"
            unsupported.warn(field, text)
        return nest(wire, list(value[:most]))

    return Parameter(field, wire, lambda body: _at(body, wire, ObjectReader.texts), write, names=_first(wire))


def read_logprobs(body: ObjectReader) -> int | None:
    """`logprobs` and `top_logprobs`, as OpenAI's chat has them and others after it."""
    wanted, alternatives = body.flag("logprobs"), body.whole("top_logprobs")
    return (alternatives or 0) if wanted else None


def write_logprobs(value: int, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    """As `read_logprobs`."""
    return compact({"logprobs": True, "top_logprobs": value or None})


def read_parameters(table: ParameterTable, body: ObjectReader) -> dict[str, Any]:
    """The fields of a `ChatRequest` that `body` gives, as keyword arguments; problems stand in the body's log."""
    values: dict[str, Any] = {}
    given = body.names
    for field, parameter in table.items():
        if parameter.names and given.isdisjoint(parameter.names):
            continue
        value = parameter.read(body)
        if is_given(value):
            values[field] = value
    return values


def write_parameters(table: ParameterTable, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    """The part of the wire body that the parameters of `request` make."""
    body: JsonObject = {}
    lacks = unsupported.target.quirks.lacks
    for field in PARAMETERS:
        value = getattr(request, field)
        if not is_given(value):
            continue
        parameter = table.get(field)
        if parameter is None or field in lacks:
            if value != _SILENT.get(field):
                unsupported.drop(field)
        else:
            join(body, parameter.write(value, request, unsupported))
    return body


def is_given(value: object) -> bool:
    """Whether a field says anything: neither None nor empty."""
    return value is not None and value != () and value != {}


def nest(wire: str, value: Json) -> JsonObject:
    """`value` at the path `wire`; nothing where it is None."""
    if value is None:
        return {}
    *outer, last = wire.split(".")
    body: JsonObject = {last: value}
    for name in reversed(outer):
        body = {name: body}
    return body


def join(body: JsonObject, more: JsonObject) -> None:
    """Put `more` into `body`, object by object; lists are joined, each item once."""
    for name, value in more.items():
        present = body.get(name)
        if isinstance(present, dict) and isinstance(value, dict):
            join(present, value)
        elif isinstance(present, list) and isinstance(value, list):
            body[name] = [*present, *(item for item in value if item not in present)]
        else:
            body[name] = value


def join_extra(
    body: JsonObject, extra: Mapping[str, Json], unsupported: Unsupported, path: str = "extra"
) -> JsonObject:
    """`body` with what a program put into `extra`. Objects are joined; a typed field stays, with a warning."""
    joined = dict(body)
    for name, value in extra.items():
        present = joined.get(name)
        if isinstance(present, dict) and isinstance(value, dict):
            joined[name] = join_extra(present, value, unsupported, f"{path}.{name}")
        elif name not in joined:
            joined[name] = value
        elif present != value:
            unsupported.warn(f"{path}.{name}", f"{path}.{name} was left out: a field of the request says it already")
    return joined


def _numeric(
    field: str,
    wire: str,
    read: Callable[[ObjectReader, str], float | None],
    bounds: Bounds | None,
    also: tuple[str, ...],
) -> Parameter:
    names = (wire.rpartition(".")[2], *also)

    def read_any(body: ObjectReader) -> float | None:
        inner = _inner(body, wire)
        values = [value for name in names if (value := read(inner, name)) is not None]
        problem = bounds_problem(field, values[0]) if values else None
        if problem is not None:
            body.log.problems.append(problem)
        return values[0] if values else None

    def write(value: float, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
        if field == "max_tokens" and value == NO_LIMIT:
            return {}
        return nest(wire, _clamp(field, value, bounds, unsupported))

    note = "" if bounds is None or bounds == BOUNDS.get(field) else describe_bounds(bounds)
    return Parameter(field, wire, read_any, write, note, (*_first(wire), *also))


def describe_bounds(bounds: Bounds) -> str:
    """The bounds in words, such as `0 to 2`, for the documentation."""
    if bounds.highest is None or bounds.highest >= 2**53:
        return f"{_in_digits(bounds.lowest)} or more" if bounds.lowest > -(2**53) else "any"
    return f"{_in_digits(bounds.lowest)} to {_in_digits(bounds.highest)}"


def _in_digits(value: float) -> str:
    return f"{value:g}" if abs(value) < 10**5 else f"{int(value)}"


def send_nearest_effort(effort: Effort, known: Iterable[Effort], unsupported: Unsupported) -> Effort:
    """The nearest to `effort` of those that are `known`, with a warning."""
    nearest = nearest_effort(effort, known)
    provider = unsupported.target.provider
    unsupported.warn("thinking.effort", f"{provider} has no effort {effort!r}; it was sent as {nearest!r}")
    return nearest


def _clamp(field: str, value: float, bounds: Bounds | None, unsupported: Unsupported) -> float:
    if bounds is None:
        return value
    highest = value if bounds.highest is None else min(value, bounds.highest)
    clamped = max(highest, bounds.lowest)
    if clamped == value:
        return value
    provider = unsupported.target.provider
    unsupported.warn(
        field, f"{field} was changed from {_in_digits(value)} to {_in_digits(clamped)}, as far as {provider} takes it"
    )
    return int(clamped) if bounds.whole or float(clamped).is_integer() else clamped


def _first(wire: str) -> tuple[str, ...]:
    """The field of the body below which a path lies."""
    return (wire.partition(".")[0],)


def _plain_writer(wire: str) -> Write:
    def write(value: Json, request: ChatRequest, unsupported: Unsupported) -> JsonObject:
        return nest(wire, value)

    return write


def _inner(body: ObjectReader, wire: str) -> ObjectReader:
    for name in wire.split(".")[:-1]:
        body = body.inner(name)
    return body


def _at(body: ObjectReader, wire: str, read: Callable[[ObjectReader, str], Any]) -> Any:
    return read(_inner(body, wire), wire.rpartition(".")[2])
