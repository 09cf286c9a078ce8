"""Whether a JSON value fits a JSON Schema. Pure; formats and the rarest keywords are not looked at.

Both may be strangers': whatever is looked at takes effort, and where that is spent, the value is taken to fit.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import TypeAlias

from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text
from pointsman.core.schema.effort import Effort
from pointsman.core.schema.json_schema import key_of, looked_up, type_of

_DEPTH = 64
_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "minimum": operator.ge,
    "maximum": operator.le,
    "exclusiveMinimum": operator.gt,
    "exclusiveMaximum": operator.lt,
}
_Inner: TypeAlias = Callable[[Json, Json], bool]


def fits(schema: Json, value: Json, root: JsonObject, *, bounds: bool = True, effort: Effort | None = None) -> bool:
    """Whether `value` fits `schema`, whose references lead into `root`, as far as `effort` tells.

    Without `bounds` only its shape is looked at: types, choices, properties, not sizes, ranges and patterns.
    """
    still = Effort() if effort is None else effort
    return _fits(schema, value, root, bounds, 0, still) or still.left < 0


def _fits(schema: Json, value: Json, root: JsonObject, bounds: bool, depth: int, still: Effort) -> bool:
    if isinstance(schema, bool):
        return schema
    if not isinstance(schema, dict) or depth > _DEPTH or not still.spend():
        return False

    def inner(part: Json, held: Json) -> bool:
        return _fits(part, held, root, bounds, depth + 1, still)

    if isinstance(reference := schema.get("$ref"), str) and not inner(looked_up(reference, root), value):
        return False
    if not all(inner(part, value) for part in as_list(schema.get("allOf"))):
        return False
    if "anyOf" in schema and not any(inner(part, value) for part in as_list(schema["anyOf"])):
        return False
    if "oneOf" in schema:
        count = sum(inner(part, value) for part in as_list(schema["oneOf"]))
        if count == 0 or (bounds and count > 1):
            return False
    if "not" in schema and bounds and inner(schema["not"], value):
        return False
    return (
        _is_chosen(schema, value, still)
        and _has_type(schema, value)
        and (not bounds or _within(schema, value, still))
        and (not isinstance(value, dict) or _properties_fit(schema, value, inner, still))
        and (not isinstance(value, list) or _items_fit(schema, value, inner))
    )


def same(first: Json, second: Json) -> bool:
    """Whether two JSON values are equal: 1 is 1.0, but not true."""
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(same(first[name], second[name]) for name in first)
    return first == second


def _is_chosen(schema: JsonObject, value: Json, effort: Effort) -> bool:
    if "const" in schema and not same(schema["const"], value):
        return False
    choices = as_list(schema.get("enum"))
    return "enum" not in schema or not effort.spend(len(choices)) or any(same(one, value) for one in choices)


def _has_type(schema: JsonObject, value: Json) -> bool:
    if "type" not in schema:
        return True
    declared = schema["type"]
    kinds = declared if isinstance(declared, list) else [declared]
    kind = type_of(value)
    return kind in kinds or (kind == "integer" and "number" in kinds)


def _properties_fit(schema: JsonObject, value: Mapping[str, Json], inner: _Inner, effort: Effort) -> bool:
    if any(as_text(name) not in value for name in as_list(schema.get("required"))):
        return False
    properties = as_object(schema.get("properties"))
    patterns = as_object(schema.get("patternProperties"))
    for name, held in value.items():
        matching = [part for pattern, part in patterns.items() if effort.match(pattern, name)]
        if name in properties:
            matching.append(properties[name])
        if not matching:
            matching.append(schema.get("additionalProperties", True))
        if not all(inner(part, held) for part in matching):
            return False
    return True


def _items_fit(schema: JsonObject, value: list[Json], inner: _Inner) -> bool:
    first = as_list(schema.get("prefixItems"))
    rest = schema.get("items", True)
    if isinstance(rest, list):
        first, rest = rest, schema.get("additionalItems", True)
    return all(inner(first[at] if at < len(first) else rest, held) for at, held in enumerate(value))


def _within(schema: JsonObject, value: Json, effort: Effort) -> bool:
    if isinstance(value, str):
        pattern = schema.get("pattern")
        return _has_size(schema, len(value), "Length") and (
            not isinstance(pattern, str) or effort.match(pattern, value)
        )
    if isinstance(value, list):
        if schema.get("uniqueItems") is True and len(set(map(key_of, value))) < len(value):
            return False
        return _has_size(schema, len(value), "Items")
    if isinstance(value, dict):
        return _has_size(schema, len(value), "Properties")
    return isinstance(value, bool) or not isinstance(value, (int, float)) or _in_range(schema, value)


def _has_size(schema: JsonObject, size: int, what: str) -> bool:
    least, most = schema.get(f"min{what}"), schema.get(f"max{what}")
    if isinstance(least, (int, float)) and size < least:
        return False
    return not isinstance(most, (int, float)) or size <= most


def _in_range(schema: JsonObject, value: float) -> bool:
    step = schema.get("multipleOf")
    for name, holds in _ORDERS.items():
        bound = schema.get(name)
        if isinstance(bound, (int, float)) and not isinstance(bound, bool) and not holds(value, bound):
            return False
    if not isinstance(step, (int, float)) or step <= 0:
        return True
    return math.isfinite(value / step) and abs(value / step - round(value / step)) < 1e-9
