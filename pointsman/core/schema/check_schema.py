"""Whether a JSON Schema says anything a value could fit: types, references, patterns and ranges of it. Pure.

What it does not know it lets pass: keywords of drafts to come, and those that only some vendors have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pointsman.core.json import Json, JsonObject, as_list, as_object
from pointsman.core.records.values import near
from pointsman.core.schema.json_schema import looked_up

_TYPES = ("string", "number", "integer", "boolean", "array", "object", "null")
_DEPTH = 64
_RANGES = (
    ("minimum", "maximum"),
    ("exclusiveMinimum", "exclusiveMaximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)
_SCHEMA_MAPS = ("properties", "patternProperties", "$defs", "definitions")
_SCHEMA_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SCHEMAS = ("items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else")
_MOST_PATTERN = 1000


def schema_problems(schema: JsonObject) -> tuple[str, ...]:
    """What is wrong with `schema`, each with its place (`properties.age.type`)."""
    return tuple(_problems(schema, schema, "", 0))


def _problems(part: Json, root: JsonObject, place: str, depth: int) -> Iterator[str]:
    if isinstance(part, bool):
        return
    if not isinstance(part, dict):
        yield f"{place or 'it'}: it is no schema, which is an object, true or false"
        return
    if depth > _DEPTH:
        yield f"{place}: it is nested too deeply"
        return
    yield from _own_problems(part, root, place)
    for name, inner in _parts(part):
        yield from _problems(inner, root, f"{place}.{name}" if place else name, depth + 1)


def _parts(node: JsonObject) -> Iterator[tuple[str, Json]]:
    for keyword in _SCHEMA_MAPS:
        for name, inner in as_object(node.get(keyword)).items():
            yield f"{keyword}.{name}", inner
    for keyword in _SCHEMA_LISTS:
        for number, inner in enumerate(as_list(node.get(keyword))):
            yield f"{keyword}.{number}", inner
    for keyword in _SCHEMAS:
        if keyword in node and not isinstance(node[keyword], list):  # `items` was once a list
            yield keyword, node[keyword]


def _own_problems(node: JsonObject, root: JsonObject, place: str) -> Iterator[str]:
    def at(keyword: str) -> str:
        return f"{place}.{keyword}" if place else keyword

    kinds = node.get("type", [])
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if not isinstance(kind, str) or kind not in _TYPES:
            named = near(kind, _TYPES) if isinstance(kind, str) else ""
            yield f"{at('type')}: {kind!r} is no type{named}; there are {', '.join(_TYPES)}"
    reference = node.get("$ref")
    if reference is not None and (not isinstance(reference, str) or looked_up(reference, root) is None):
        yield f"{at('$ref')}: {reference!r} leads nowhere in this schema"
    if "pattern" in node and not _compiles(node["pattern"]):
        yield f"{at('pattern')}: {node['pattern']!r} is no regular expression"
    if "enum" in node and (not isinstance(node["enum"], list) or not node["enum"]):
        yield f"{at('enum')}: it is not a list of at least one value"
    if "properties" in node and not isinstance(node["properties"], dict):
        yield f"{at('properties')}: it is not an object"
    required = node.get("required", [])
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        yield f"{at('required')}: it is not a list of names"
    for low, high in _RANGES:
        least, most = node.get(low), node.get(high)
        if isinstance(least, (int, float)) and isinstance(most, (int, float)) and least > most:
            yield f"{at(low)}: {least} is above {high}, {most}: nothing can fit"


def _compiles(pattern: Json) -> bool:
    if not isinstance(pattern, str):
        return False
    if len(pattern) > _MOST_PATTERN:
        return True  # it is the provider's to judge; compiling it is our work
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True
