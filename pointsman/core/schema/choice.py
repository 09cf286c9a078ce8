"""Choices: a schema for one of several plain values, and branches of which surely one at most fits. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pointsman.core.json import Json, JsonObject, as_list, as_object
from pointsman.core.schema.fit import same
from pointsman.core.schema.json_schema import type_of, types_of


def distinct(values: Sequence[Json]) -> list[Json]:
    """Each of `values` once."""
    return [one for at, one in enumerate(values) if not any(same(one, other) for other in values[:at])]


def choice(values: list[Json], plain: bool) -> tuple[JsonObject, bool]:
    """The enum of `values` with their types, and whether it allows more than they are.

    Unless `plain`, an enum holds texts and numbers alone, and truth values and null become types beside it.
    """
    kinds = list(dict.fromkeys(_kind(value, values) for value in values))
    apart = [kind for kind in kinds if kind in ("boolean", "null") and not plain]
    rest = [value for value in values if type_of(value) not in apart]
    kept = [kind for kind in kinds if kind not in apart]
    written: list[Json] = [{"type": kind} for kind in apart]
    if rest:
        written.insert(0, {"type": kept[0] if len(kept) == 1 else [*kept], "enum": rest})
    loose = "boolean" in apart and not (True in values and False in values)
    return as_object(written[0]) if len(written) == 1 else {"anyOf": written}, loose


def _kind(value: Json, values: list[Json]) -> str:
    kind = type_of(value)
    return "number" if kind == "integer" and any(type_of(other) == "number" for other in values) else kind


def disjoint(branches: Sequence[JsonObject | None]) -> bool:
    """Whether surely no value fits two of `branches`; None is a branch that could not be read."""
    pairs = [(one, other) for at, one in enumerate(branches) for other in branches[:at]]
    return all(one is not None and other is not None and _apart(one, other) for one, other in pairs)


def _apart(one: JsonObject, other: JsonObject) -> bool:
    kinds, others = set(_wide(one)), set(_wide(other))
    if kinds and others and not kinds & others:
        return True
    choices, chosen = _choices(one), _choices(other)
    if choices and chosen:
        return not any(same(first, second) for first in choices for second in chosen)
    return any(
        _choices(as_object(part)) and _apart(as_object(part), as_object(as_object(other.get("properties")).get(name)))
        for name, part in as_object(one.get("properties")).items()
        if name in as_list(one.get("required")) and name in as_list(other.get("required"))
    )


def _choices(node: JsonObject) -> list[Json]:
    return [node["const"]] if "const" in node else as_list(node.get("enum"))


def _wide(node: JsonObject) -> tuple[str, ...]:
    return tuple("number" if kind == "integer" else kind for kind in types_of(node))
