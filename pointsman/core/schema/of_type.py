"""JSON Schema of Python types: what a tool takes, what an answer must look like. Pure; it builds nothing from data."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import inspect
import types
import uuid
from collections.abc import Callable, Collection, Hashable, Mapping
from decimal import Decimal
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NewType,
    NotRequired,
    Protocol,
    Required,
    TypeAlias,
    TypeVar,
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
    list: {"type": "array"},
    tuple: {"type": "array"},
    dict: {"type": "object"},
    Decimal: {"type": "string", "description": "a decimal number"},
    datetime.datetime: {"type": "string", "format": "date-time"},
    datetime.date: {"type": "string", "format": "date"},
    datetime.time: {"type": "string", "format": "time"},
    uuid.UUID: {"type": "string", "format": "uuid"},
}


class _Unknown(TypeError):
    """A type that has no schema. Stays within this file."""


@attrs.define
class _Definitions:
    """The schemas of the classes met so far, by name; and the names by class: two classes may share one."""

    schemas: dict[str, JsonObject] = attrs.field(factory=dict)
    names: dict[Any, str] = attrs.field(factory=dict)


def schema_of(kind: object) -> Result[JsonObject, str]:
    """The JSON Schema of `kind`, or which part of it has none.

    Knows the plain types, `Literal`, enums, unions, lists, tuples, sets, mappings with text keys, attrs classes,
    dataclasses and TypedDicts (nested, recursive and generic), NamedTuples, NewTypes, dates, UUIDs and `Decimal`. The
    text of an `Annotated[..., "text"]` describes a field, the docstring a class. Where annotations are postponed,
    Python does not see the `NotRequired` of a TypedDict: say `total=False`.
    """
    definitions = _Definitions()
    try:
        schema = _schema(kind, definitions)
    except _Unknown as problem:
        return Failure(str(problem))
    if schema.get("$ref"):
        name = str(schema["$ref"]).removeprefix("#/$defs/")
        if not _mentions(definitions.schemas, name):
            schema = definitions.schemas.pop(name)
    return Success(_with_definitions(schema, definitions.schemas))


def _with_definitions(schema: JsonObject, definitions: Mapping[str, JsonObject]) -> JsonObject:
    return {**schema, "$defs": dict(definitions)} if definitions else schema


def parameters_of(function: Callable[..., object]) -> Result[JsonObject, str]:
    """The JSON Schema of what `function` takes: an object with a property for each parameter."""
    definitions = _Definitions()
    properties: dict[str, JsonObject] = {}
    required: list[str] = []
    try:
        hints = _hints(annotated_of(function))
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
    return Success(_with_definitions(schema, definitions.schemas))


def annotated_of(function: Any) -> Any:
    """What has the annotations of `function`: itself, or where it is an object that can be called, its `__call__`."""
    return function if inspect.isroutine(function) or inspect.isclass(function) else type(function).__call__


def _hints(thing: Any) -> dict[str, Any]:
    try:
        return get_type_hints(thing, include_extras=True)
    except NameError as problem:
        raise _Unknown(f"{getattr(thing, '__qualname__', thing)}: {problem}") from None
    except TypeError:
        raise _Unknown(f"{thing} has no JSON Schema") from None


def _mentions(definitions: Mapping[str, JsonObject], name: str) -> bool:
    return f"'#/$defs/{name}'" in repr(definitions)


def _schema(kind: Any, definitions: _Definitions) -> JsonObject:
    if _is_known(kind):
        return dict(_PLAIN[kind])
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Required, NotRequired):
        return _schema(inner[0], definitions)
    if origin is Annotated:
        said = next((note for note in inner[1:] if isinstance(note, str)), None)
        schema = _schema(inner[0], definitions)
        return schema if said is None else {**schema, "description": said}
    if origin is Literal:
        return {"enum": [one.value if isinstance(one, enum.Enum) else one for one in inner]}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(one, definitions) for one in inner]}
    if inspect.isclass(kind) and issubclass(kind, enum.Enum):
        return {"enum": [member.value for member in kind]}
    if has_fields(kind):
        return _reference(kind, definitions)
    if isinstance(kind, NewType):
        return _schema(kind.__supertype__, definitions)
    if isinstance(kind, TypeVar):
        return {} if kind.__bound__ is None else _schema(kind.__bound__, definitions)
    if is_named_tuple(kind):
        return _tuple(items_of(kind), definitions)
    if origin is tuple:
        return _tuple(inner, definitions)
    if inspect.isclass(origin) and issubclass(origin, Mapping):
        if inner[0] is not str:
            raise _Unknown(f"the keys of {kind} are not text")
        return {"type": "object", "additionalProperties": _schema(inner[1], definitions)}
    if inspect.isclass(origin) and issubclass(origin, Collection):
        unique: JsonObject = {"uniqueItems": True} if issubclass(origin, (set, frozenset)) else {}
        return {"type": "array", "items": _schema(inner[0], definitions), **unique}
    raise _Unknown(f"{getattr(kind, '__name__', kind)} has no JSON Schema")


def class_of(kind: Any) -> Any:
    """The class of `kind`; of a generic one with its type variables filled in, the bare one."""
    return get_origin(kind) or kind


def has_fields(kind: Any) -> bool:
    """Whether `kind` is an attrs class, a dataclass or a TypedDict, its type variables filled in or not."""
    bare = class_of(kind)
    return inspect.isclass(bare) and (is_typeddict(bare) or attrs.has(bare) or dataclasses.is_dataclass(bare))


def items_of(kind: Any) -> tuple[Any, ...]:
    """The types of the items of a NamedTuple."""
    hints = _hints(kind)
    return tuple(hints.get(name, Any) for name in kind._fields)


def is_named_tuple(kind: Any) -> bool:
    """Whether `kind` is a NamedTuple."""
    return inspect.isclass(kind) and issubclass(kind, tuple) and hasattr(kind, "_fields")


def _is_known(kind: Any) -> bool:
    return isinstance(kind, Hashable) and kind in _PLAIN


def _tuple(inner: tuple[Any, ...], definitions: _Definitions) -> JsonObject:
    if len(inner) == 2 and inner[1] is Ellipsis:
        return {"type": "array", "items": _schema(inner[0], definitions)}
    items: list[Json] = [_schema(one, definitions) for one in inner]
    return {"type": "array", "prefixItems": items, "items": False, "minItems": len(items), "maxItems": len(items)}


def _reference(kind: Any, definitions: _Definitions) -> JsonObject:
    if kind not in definitions.names:
        name = _name_of(kind)
        while name in definitions.schemas:
            name += "_"
        definitions.names[kind], definitions.schemas[name] = name, {}
        definitions.schemas[name] = {"title": class_of(kind).__qualname__, **_object(kind, definitions)}
    return {"$ref": f"#/$defs/{definitions.names[kind]}"}


def _name_of(kind: Any) -> str:
    """A name of letters: `Page_int` of `Page[int]`."""
    words = (class_of(kind).__name__, *(getattr(one, "__name__", "") for one in get_args(kind)))
    return "_".join(word for word in words if word)


_INHERITED = (inspect.getdoc(dict), inspect.getdoc(Generic))
"""What Python says of a class that says nothing itself."""


def _object(kind: Any, definitions: _Definitions) -> JsonObject:
    fields = fields_of(kind)
    kind = class_of(kind)
    properties = {name: _schema(field, definitions) for name, (field, _) in fields.items()}
    described: JsonObject = {}
    doc = inspect.getdoc(kind) or ""
    generated = (f"{kind.__name__}(", "Method generated by attrs", "dict() ->")
    if doc and not doc.startswith(generated) and doc not in _INHERITED:
        described["description"] = doc
    return {
        "type": "object",
        **described,
        "properties": dict(properties),
        "required": [name for name, (_, required) in fields.items() if required],
        "additionalProperties": False,
    }


def fields_of(kind: Any) -> dict[str, tuple[Any, bool]]:
    """Of an attrs class, a dataclass or a TypedDict the fields: the type of each, and whether it is required."""
    filled, kind = _filled_in(kind), class_of(kind)
    hints, optional, described = _hints(kind), _optional(kind), str(kind.__qualname__)
    if attrs.has(kind):
        names = [field.name for field in attrs.fields(kind) if field.init]
    elif dataclasses.is_dataclass(kind):
        names = [field.name for field in dataclasses.fields(kind) if field.init]
    else:
        names = list(hints)
    untyped = [name for name in names if name not in hints]
    if untyped:
        raise _Unknown(f"the field {untyped[0]!r} of {described} has no type")
    return {name: (_fill(hints[name], filled[_owner(kind, name, filled)]), name not in optional) for name in names}


_Filling: TypeAlias = Mapping[Any, Any]
"""What stands for each type variable."""


def _filled_in(kind: Any) -> dict[Any, _Filling]:
    """What stands for the type variables of `kind`, and of every class that it inherits from."""
    bare = class_of(kind)
    own = dict(zip(getattr(bare, "__parameters__", ()), get_args(kind), strict=False))
    found: dict[Any, _Filling] = {bare: own}
    for base in getattr(bare, "__orig_bases__", ()):
        if get_origin(base) not in (None, Generic, Protocol):
            found = {**_filled_in(_fill(base, own)), **found}
    return found


def _owner(kind: Any, name: str, filled: Mapping[Any, _Filling]) -> Any:
    """The class in which the field `name` of `kind` is declared."""
    declared = (one for one in kind.__mro__ if name in inspect.get_annotations(one))
    owner = next(declared, kind)
    return owner if owner in filled else kind


def _fill(hint: Any, filling: _Filling) -> Any:
    """`hint` with its type variables filled in; those that nothing stands for stay."""
    if isinstance(hint, TypeVar):
        return filling.get(hint, hint)
    parameters = getattr(hint, "__parameters__", ())
    if not parameters or inspect.isclass(hint) or not any(one in filling for one in parameters):
        return hint
    return hint[tuple(filling.get(one, one) for one in parameters)]


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
