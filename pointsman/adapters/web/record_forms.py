"""The settings of a provider as the API takes and shows them, and as a form asks for them, by the record's type."""

from __future__ import annotations

import types
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, Literal, TypeAlias, Union, get_args, get_origin

import attrs

from pointsman.core.json import Json, JsonObject
from pointsman.core.records.read import RecordField, fields_of
from pointsman.core.records.write import as_json, write_record
from pointsman.core.security.audit import mask_key
from pointsman.core.security.secret import Secret
from pointsman.core.settings import ProviderSettings

Control: TypeAlias = Literal["text", "number", "integer", "switch", "choice", "list", "secret", "json"]


class GeneratedType:
    """What a type checker knows of the types made here: they are attrs classes whose fields are given by name."""

    __attrs_attrs__: ClassVar[Any]

    def __init__(self, **fields: object) -> None: ...


NO_FIELDS: Mapping[str, Any] = types.MappingProxyType({})


def json_type(kind: Any) -> Any:
    """The type that a field of the type `kind` has in JSON."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType, Literal):
        return kind
    if kind in (Secret, Decimal):
        return str
    if origin in (tuple, frozenset):
        return types.GenericAlias(list, (json_type(inner[0]),))
    if attrs.has(kind) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return dict[str, Json]
    return kind


def patch_type(name: str, record: type, also: Mapping[str, Any] = NO_FIELDS, **more: Any) -> type:
    """An attrs class named `name` with every field of `record` and `also`, none of them needed, and `more`, which are.

    Where `also` names a field of `record`, its type is that of `also`.
    """
    needed = {key: attrs.field(type=kind) for key, kind in more.items()}
    kinds = {one.name: json_type(one.kind) for one in fields_of(record)} | dict(also)
    fields = {key: attrs.field(default=None, type=kind | None) for key, kind in kinds.items()}
    return attrs.make_class(name, {**fields, **needed}, frozen=True, kw_only=True, slots=True)


def view_type(name: str, record: type, **more: Any) -> type:
    """An attrs class named `name` with every field of `record` as it is shown, and `more`."""
    fields = {one.name: _shown_type(one) for one in fields_of(record) if is_shown(one)}
    return answer_type(name, fields | more)


def answer_type(name: str, fields: Mapping[str, Any]) -> type:
    """An attrs class named `name` with `fields` of these types, all of them needed."""
    return attrs.make_class(name, {key: attrs.field(type=kind) for key, kind in fields.items()}, kw_only=True)


def _shown_type(field: RecordField) -> Any:
    return json_type(field.kind) | None if field.optional else json_type(field.kind)


def is_shown(field: RecordField) -> bool:
    """Whether a field is shown at all: of what is secret a mask of the key alone."""
    return not field.is_secret or field.kind is Secret


def provider_view(provider: ProviderSettings) -> JsonObject:
    """All fields of `provider` that may be seen, its key masked."""
    table = write_record(provider)
    shown = [field.name for field in fields_of(ProviderSettings) if is_shown(field)]
    return {name: _view(table[name]) for name in shown}


def _view(value: Any) -> Json:
    return mask_key(value) if isinstance(value, Secret) else as_json(value)


def form_fields() -> list[Json]:
    """What a form of a provider asks for, in order: name, kind of control, words and bounds of every field."""
    return [_form_field(field) for field in fields_of(ProviderSettings) if field.info.section]


def _form_field(field: RecordField) -> JsonObject:
    info = field.info
    found: JsonObject = {
        "name": field.name,
        "control": _control(field.kind),
        "title": info.title or field.name.replace("_", " ").capitalize(),
        "hint": info.hint,
        "section": info.section,
        "unit": info.unit.removeprefix("of "),
        "low": info.low,
        "high": info.high,
        "optional": field.optional,
    }
    if found["control"] == "choice":
        found["choices"] = list(get_args(field.kind))
    return found


_CONTROLS: Mapping[Any, Control] = {
    bool: "switch",
    int: "integer",
    float: "number",
    str: "text",
    Secret: "secret",
}


def _control(kind: Any) -> Control:
    if get_origin(kind) is tuple:
        return "list"
    if get_origin(kind) is Literal:
        return "choice"
    return _CONTROLS.get(kind, "json")
