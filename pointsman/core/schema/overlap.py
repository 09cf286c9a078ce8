"""Whether the branches of a union exclude each other, as far as it is easily told. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pointsman.core.json import Json, JsonObject, as_list, as_object
from pointsman.core.schema.json_schema import key_of, types_of

_MOST = 100
"""Branches that are compared with one another."""


def disjoint(branches: Sequence[JsonObject | None]) -> bool:
    """Whether surely no value fits two of `branches`; None is a branch that could not be read."""
    if len(branches) > _MOST:
        return False
    pairs = [(one, other) for at, one in enumerate(branches) for other in branches[:at]]
    return all(one is not None and other is not None and _apart(one, other) for one, other in pairs)


def _apart(one: JsonObject, other: JsonObject) -> bool:
    kinds, others = set(_wide(one)), set(_wide(other))
    if kinds and others and not kinds & others:
        return True
    choices, chosen = _choices(one), _choices(other)
    if choices and chosen:
        return set(map(key_of, choices)).isdisjoint(map(key_of, chosen))
    return any(
        _choices(as_object(part)) and _apart(as_object(part), as_object(as_object(other.get("properties")).get(name)))
        for name, part in as_object(one.get("properties")).items()
        if name in as_list(one.get("required")) and name in as_list(other.get("required"))
    )


def _choices(node: JsonObject) -> list[Json]:
    return [node["const"]] if "const" in node else as_list(node.get("enum"))


def _wide(node: JsonObject) -> tuple[str, ...]:
    return tuple("number" if kind == "integer" else kind for kind in types_of(node))
