"""Schemas in short: `name, age int, tags: list` is an object with a text, a whole number and a list of texts. Pure.

Fields are separated by commas or line ends. Each is a name, then if need be its type, then after a colon what it is;
what stands after the colon is its type where it is the name of one. A name with a question mark may be left out.
"""

from __future__ import annotations

import re

from returns.result import Failure, Result, Success

from pointsman.core.json import JsonObject
from pointsman.core.records.values import near

_KINDS = {
    "str": "string",
    "string": "string",
    "text": "string",
    "int": "integer",
    "integer": "integer",
    "float": "number",
    "number": "number",
    "bool": "boolean",
    "boolean": "boolean",
}
_FIELD = re.compile(r"([A-Za-z_][\w-]*)(\?)?(?:\s+([^:]+?))?\s*(?::\s*(.*))?", re.DOTALL)
_LIST = re.compile(r"(?:list|array)(?:\s+of\s+(\w+)|\[(\w+)\])?")
_NAMES = (*_KINDS, "list", "list of int", "a|b|c")


def is_short_schema(text: str) -> bool:
    """Whether `text` may be meant as one: it begins with a name, and is no path."""
    return re.match(r"\s*[A-Za-z_][\w-]*\??(?:\s*[,\n:]|\s+\S|\s*$)", text) is not None


def read_short_schema(text: str) -> Result[JsonObject, str]:
    """The JSON Schema that `text` says in short, or a clause that says what is wrong with it."""
    properties: JsonObject = {}
    required: list[str] = []
    for field in (field.strip() for field in re.split(r",|\n", text)):
        if not field:
            continue
        found = _FIELD.fullmatch(field)
        if found is None:
            return Failure(f"{field!r} is no field; write a name, then its type: age int")
        name, may_miss, kind, told = found[1], found[2], found[3], found[4]
        if name in properties:
            return Failure(f"the field {name!r} is there twice")
        schema = _kind(kind) if kind else _kind(told or "")
        if kind and schema is None:
            return Failure(f"{name}: {kind!r} is no type{near(kind, _KINDS)}; there are {', '.join(_NAMES)}")
        described = told if told and (kind or schema is None) else None
        properties[name] = {**(schema or {"type": "string"}), **({"description": described} if described else {})}
        if not may_miss:
            required.append(name)
    if not properties:
        return Failure("it names no field")
    return Success({"type": "object", "properties": properties, "required": [*required]})


def _kind(text: str) -> JsonObject | None:
    word = text.strip()
    if word.lower() in _KINDS:
        return {"type": _KINDS[word.lower()]}
    listed = _LIST.fullmatch(word.lower())
    if listed is not None:
        inner = listed[1] or listed[2] or "str"
        return {"type": "array", "items": {"type": _KINDS[inner]}} if inner in _KINDS else None
    choices = [choice.strip() for choice in word.split("|")]
    return {"type": "string", "enum": [*choices]} if len(choices) > 1 and all(choices) else None
