"""JSON Schema of Python types: what a tool takes, what an answer must look like. Pure; it builds nothing from data."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import inspect
import types
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.json import Json, JsonObject

_PLAIN: dict[Any, JsonObject] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    None: {"type": "null"},
    type(None): {"type": "null"},
    Any: {},
    object: {},
    Decimal: {"type": "string", "description": "a decimal number"},
    datetime.datetime: {"type": "string", "format": "date-time"},
    datetime.date: {"type": "string", "format": "date"},
}


class _Unknown(Exception):
    """A type that has no schema. Stays within this file."""


def schema_of(kind: Any) -> Result[JsonObject, str]:
    """The JSON Schema of `kind`, or which part of it has none.

    Knows the plain types, `Literal`, enums, unions, lists, tuples, sets, mappings with text keys, attrs classes,
    dataclasses and TypedDicts (nested and recursive), dates and `Decimal`. The text of an `Annotated[..., "text"]`
    describes a field, the docstring a class. Where annotations are postponed, Python does not see the `NotRequired` of
    a TypedDict: say `total=False`.
    """
    definitions: dict[str, JsonObject] = {}
    try:
        schema = _schema(kind, definitions)
    except _Unknown as problem:
        return Failure(str(problem))
    if definitions and schema.get("$ref"):
        name = str(schema["$ref"]).removeprefix("#/$defs/")
        if not _mentions(definitions, name):
            schema = definitions.pop(name)
    return Success(_with_definitions(schema, definitions))


def _with_definitions(schema: JsonObject, definitions: Mapping[str, JsonObject]) -> JsonObject:
    return {**schema, "$defs": dict(definitions)} if definitions else schema


def parameters_of(function: Any) -> Result[JsonObject, str]:
    """The JSON Schema of what `function` takes: an object with a property for each parameter."""
    definitions: dict[str, JsonObject] = {}
    properties: dict[str, JsonObject] = {}
    required: list[str] = []
    hints = get_type_hints(function, include_extras=True)
    try:
        for name, parameter in inspect.signature(function).parameters.items():
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
                raise _Unknown(f"the parameter {name!r} cannot be given by name")
            if name not in hints:
                raise _Unknown(f"the parameter {name!r} has no type")
            properties[name] = _schema(hints[name], definitions)
            if parameter.default is parameter.empty:
                required.append(name)
    except _Unknown as problem:
        return Failure(str(problem))
    schema: JsonObject = {"type": "object", "properties": dict(properties), "required": list(required)}
    schema["additionalProperties"] = False
    return Success(_with_definitions(schema, definitions))


def _mentions(definitions: Mapping[str, JsonObject], name: str) -> bool:
    return f"'#/$defs/{name}'" in repr(definitions)


def _schema(kind: Any, definitions: dict[str, JsonObject]) -> JsonObject:
    if _hashable(kind) and kind in _PLAIN:
        return dict(_PLAIN[kind])
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Required, NotRequired):
        return _schema(inner[0], definitions)
    if origin is Annotated:
        said = next((note for note in inner[1:] if isinstance(note, str)), None)
        schema = _schema(inner[0], definitions)
        return schema if said is None else {**schema, "description": said}
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(one, definitions) for one in inner]}
    if inspect.isclass(kind) and issubclass(kind, enum.Enum):
        return {"enum": [member.value for member in kind]}
    if origin is tuple or kind is tuple:
        return _tuple(inner, definitions)
    if inspect.isclass(origin) and issubclass(origin, Mapping):
        if inner[0] is not str:
            raise _Unknown(f"the keys of {kind} are not text")
        return {"type": "object", "additionalProperties": _schema(inner[1], definitions)}
    if inspect.isclass(origin) and issubclass(origin, Collection):
        unique: JsonObject = {"uniqueItems": True} if issubclass(origin, (set, frozenset)) else {}
        return {"type": "array", "items": _schema(inner[0], definitions), **unique}
    if is_typeddict(kind) or attrs.has(kind) or dataclasses.is_dataclass(kind):
        return _reference(kind, definitions)
    raise _Unknown(f"{getattr(kind, '__name__', kind)} has no JSON Schema")


def _hashable(kind: Any) -> bool:
    return getattr(kind, "__hash__", None) is not None


def _tuple(inner: tuple[Any, ...], definitions: dict[str, JsonObject]) -> JsonObject:
    if len(inner) == 2 and inner[1] is Ellipsis:
        return {"type": "array", "items": _schema(inner[0], definitions)}
    items: list[Json] = [_schema(one, definitions) for one in inner]
    return {"type": "array", "prefixItems": items, "items": False, "minItems": len(items), "maxItems": len(items)}


def _reference(kind: Any, definitions: dict[str, JsonObject]) -> JsonObject:
    known = next((name for name, held in definitions.items() if held.get("title") == kind.__qualname__), None)
    if known is None:
        known = kind.__name__
        while known in definitions:
            known += "_"
        definitions[known] = {"title": kind.__qualname__}
        definitions[known] = {"title": kind.__qualname__, **_object(kind, definitions)}
    return {"$ref": f"#/$defs/{known}"}


def _object(kind: Any, definitions: dict[str, JsonObject]) -> JsonObject:
    hints = get_type_hints(kind, include_extras=True)
    optional = _optional(kind)
    properties = {name: _schema(hints[name], definitions) for name in _fields(kind, hints)}
    described: JsonObject = {}
    doc = inspect.getdoc(kind) or ""
    generated = (f"{kind.__name__}(", "Method generated by attrs", "dict() ->")
    if doc and not doc.startswith(generated) and doc != inspect.getdoc(dict):
        described["description"] = doc
    return {
        "type": "object",
        **described,
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _fields(kind: Any, hints: Mapping[str, Any]) -> list[str]:
    if attrs.has(kind):
        return [field.name for field in attrs.fields(kind) if field.init]
    if dataclasses.is_dataclass(kind):
        return [field.name for field in dataclasses.fields(kind) if field.init]
    return list(hints)


def _optional(kind: Any) -> set[str]:
    if attrs.has(kind):
        return {field.name for field in attrs.fields(kind) if field.default is not attrs.NOTHING}
    if dataclasses.is_dataclass(kind):
        missing = dataclasses.MISSING
        return {
            field.name
            for field in dataclasses.fields(kind)
            if field.default is not missing or field.default_factory is not missing
        }
    return set(kind.__optional_keys__)
