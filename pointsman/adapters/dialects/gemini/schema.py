"""Gemini's own schemas, a subset of OpenAPI's, as JSON Schema. Pure; it knows no request.

Source: ai.google.dev/api/caching#Schema. Types stand in capitals there, null is a flag, the order of properties a list.
"""

from __future__ import annotations

from pointsman.adapters.dialects.object_reader import camel_case
from pointsman.core.json import Json, JsonObject, as_list, as_object

TYPES = ("STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL")
_NUMBERS = ("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties")
_ONE = ("items", "additionalProperties")
_MANY = ("anyOf", "oneOf", "allOf", "prefixItems")
_NAMED = ("properties", "$defs", "defs", "definitions")
_DEPTH = 60


def as_json_schema(schema: JsonObject, depth: int = 0) -> JsonObject:
    """`schema` with its types in small letters and its flags as JSON Schema has them."""
    if depth > _DEPTH:
        return schema
    read: JsonObject = {}
    for spelled, value in schema.items():
        name = camel_case(spelled)
        if name not in ("nullable", "propertyOrdering") and value is not None:
            read[name] = _read_keyword(name, value, depth + 1)
    if read.get("type") == "type_unspecified":
        del read["type"]
    if isinstance(read.get("properties"), dict):
        _order(read, schema.get("propertyOrdering", schema.get("property_ordering")))
    return _nullable(read) if schema.get("nullable") is True else read


def _read_keyword(name: str, value: Json, depth: int) -> Json:
    if name == "type" and isinstance(value, str):
        return value.lower()
    if name in _ONE and isinstance(value, dict):
        return as_json_schema(value, depth)
    if name in _MANY and isinstance(value, list):
        return [as_json_schema(item, depth) if isinstance(item, dict) else item for item in value]
    if name in _NAMED and isinstance(value, dict):
        return {key: as_json_schema(held, depth) if isinstance(held, dict) else held for key, held in value.items()}
    if name in _NUMBERS and isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:18])
    return value


def _order(read: JsonObject, names: Json) -> None:
    """Put the properties into the order that is wanted."""
    properties = as_object(read["properties"])
    first = [name for name in as_list(names) if isinstance(name, str) and name in properties]
    read["properties"] = {name: properties[name] for name in (*dict.fromkeys(first), *properties)}


def _nullable(read: JsonObject) -> JsonObject:
    kind = read.get("type")
    if isinstance(kind, str):
        values = read.get("enum")
        more: JsonObject = {"enum": [*values, None]} if isinstance(values, list) and None not in values else {}
        return {**read, "type": [kind, "null"], **more}
    if isinstance(read.get("anyOf"), list):
        return {**read, "anyOf": [*as_list(read["anyOf"]), {"type": "null"}]}
    return read


def is_own(schema: JsonObject) -> bool:
    """Whether `schema` is written in Gemini's own words, types in capitals, throughout its types."""
    types = {kind for _, kind in _types_in(schema, "", 0)}
    return bool(types) and types <= set(TYPES)


def unknown_type(schema: JsonObject) -> str | None:
    """The path of a type that is none of JSON Schema's; None where all are known."""
    known = {kind.lower() for kind in TYPES}
    return next(
        (f"{path or 'its root'} (type {kind!r})" for path, kind in _types_in(schema, "", 0) if kind not in known), None
    )


def _types_in(schema: JsonObject, path: str, depth: int) -> list[tuple[str, str]]:
    """Every type that is named in `schema`, with the path of the schema that names it."""
    kind = schema.get("type")
    named = [kind] if isinstance(kind, str) else as_list(kind)
    types = [(path, item) for item in named if isinstance(item, str)]
    if depth > _DEPTH:
        return types
    for name, value in schema.items():
        inner: list[tuple[str, Json]] = []
        if name in _ONE or name == "not":
            inner = [(name, value)]
        elif name in _MANY:
            inner = [(f"{name}[{at}]", item) for at, item in enumerate(as_list(value))]
        elif name in _NAMED:
            inner = [(f"{name}.{key}", item) for key, item in as_object(value).items()]
        for step, item in inner:
            if isinstance(item, dict):
                types += _types_in(item, f"{path}.{step}" if path else step, depth + 1)
    return types
