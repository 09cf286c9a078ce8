"""JSON Schemas taken apart: references found, parts joined, branches told. Pure; it knows no dialect and no value."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping

from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, int_or_none
from pointsman.core.schema.effort import Effort

HINTS = frozenset({"default", "examples"})
"""Keywords that tell what a value may look like."""
NOTES = frozenset({"title", "description"}) | HINTS
"""Keywords that tell something and demand nothing."""
BOOKKEEPING = frozenset(
    {"$schema", "$id", "$anchor", "$comment", "$defs", "definitions", "deprecated", "readOnly", "writeOnly"}
)
"""Keywords that neither the model nor a check of the answer has any use for."""
_HIGHEST = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
_LOWEST = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})
_STRUCTURED = frozenset({"object", "array"})
_DEPTH = 64
_MOST_JOINED = 10_000
"""Schemas that are taken into one another, so that a few lines of references cannot double without end."""
_OBJECT = frozenset({"properties", "required", "additionalProperties", "patternProperties", "propertyNames"})
_ARRAY = frozenset({"items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"})
_TEXT = frozenset({"minLength", "maxLength", "pattern", "format"})
RANGES = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
"""Keywords about numbers."""


def key_of(value: Json) -> Hashable:
    """A key that two JSON values share if they are equal: 1 is 1.0, but not true."""
    if isinstance(value, list):
        return tuple(map(key_of, value))
    if isinstance(value, dict):
        return frozenset((name, key_of(held)) for name, held in value.items())
    return ("truth", value) if isinstance(value, bool) else value


def looked_up(reference: str, root: JsonObject) -> JsonObject | None:
    """What a reference such as `#/$defs/City` points to within `root`; None where it points nowhere."""
    if not reference.startswith("#"):
        return None
    found: Json = root
    for step in reference[1:].split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list):
            at = int(key) if key.isdecimal() and len(key) < 10 else len(found)
            found = found[at] if at < len(found) else None
        else:
            found = as_object(found).get(key)
    return {} if found is True else found if isinstance(found, dict) else None


def types_of(node: JsonObject) -> tuple[str, ...]:
    """The types that `node` names, or the one that its keywords are about; none where it allows anything."""
    declared = node.get("type")
    if isinstance(declared, str):
        return (declared,)
    if isinstance(declared, list):
        return tuple(as_text(kind) for kind in declared)
    for kind, keywords in (("object", _OBJECT), ("array", _ARRAY), ("string", _TEXT), ("number", RANGES)):
        if node.keys() & keywords:
            return (kind,)
    return ()


def type_of(value: Json) -> str:
    """The JSON type of `value`, the narrowest."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "integer" if int_or_none(value) is not None else "number"
    names: dict[type, str] = {str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")


def resolve_schema(schema: Json, root: JsonObject, depth: int = 0, effort: Effort | None = None) -> JsonObject | None:
    """`schema` with its `$ref` and `allOf` taken into it; None where that cannot be done, or takes too much."""
    if schema is True:
        return {}
    still = Effort(_MOST_JOINED) if effort is None else effort
    if not isinstance(schema, dict) or depth > _DEPTH or not still.spend():
        return None
    node = {name: held for name, held in schema.items() if name not in ("$ref", "allOf")}
    parts = list(as_list(schema.get("allOf")))
    if isinstance(reference := schema.get("$ref"), str):
        parts.insert(0, looked_up(reference, root))
    for part in parts:
        taken = resolve_schema(part, root, depth + 1, still)
        joined = None if taken is None else merge_schemas(node, taken)
        if joined is None:
            return None
        node = joined
    return node


def merge_schemas(first: JsonObject, second: JsonObject) -> JsonObject | None:
    """One schema that demands what both do, with the notes of `first`; None where the two cannot be joined."""
    ours, theirs = _as_enum(first), _as_enum(second)
    tuples = ["prefixItems" in node for node in (ours, theirs)]
    if any(tuples) and not all(tuples) and "items" in ours and "items" in theirs:
        return None
    joined = {**{name: held for name, held in theirs.items() if name not in BOOKKEEPING}, **ours}
    for name in ours.keys() & theirs.keys() - NOTES - BOOKKEEPING:
        found = _join_keyword(name, ours[name], theirs[name])
        if found is None:
            return None
        joined[name] = found
    return _close_properties(joined, ours, theirs)


def _as_enum(node: JsonObject) -> JsonObject:
    if "const" not in node:
        return node
    rest = {name: held for name, held in node.items() if name != "const"}
    allowed = as_list(node.get("enum"))
    chosen = [node["const"]]
    return {**rest, "enum": chosen if "enum" not in node else _common(allowed, chosen)}


def _join_keyword(name: str, first: Json, second: Json) -> Json:
    """The value of one keyword that says what both do; None where there is none."""
    if first == second and type_of(first) == type_of(second):
        return first
    if name in _HIGHEST | _LOWEST and isinstance(first, (int, float)) and isinstance(second, (int, float)):
        return max(first, second) if name in _HIGHEST else min(first, second)
    if name == "type":
        return _common_types(types_of({"type": first}), types_of({"type": second}))
    if name == "enum":
        return _common(as_list(first), as_list(second)) or None
    if name == "required":
        return list({key_of(named): named for named in (*as_list(first), *as_list(second))}.values())
    if name == "properties":
        return _joined_properties(as_object(first), as_object(second))
    if name in ("items", "additionalProperties"):
        return _joined_schemas(first, second)
    if name == "uniqueItems":
        return True
    if name == "multipleOf" and isinstance(first, int) and isinstance(second, int):
        return math.lcm(first, second)
    return None


def _common_types(first: Iterable[str], second: Iterable[str]) -> Json:
    theirs = set(second)
    kept = [kind for kind in first if kind in theirs or (kind == "integer" and "number" in theirs)]
    if "number" in first and "number" not in theirs and "integer" in theirs:
        kept.append("integer")
    return None if not kept else kept[0] if len(kept) == 1 else [*kept]


def _common(first: list[Json], second: list[Json]) -> list[Json]:
    known = {(key_of(other), type_of(other)) for other in second}
    return [one for one in first if (key_of(one), type_of(one)) in known]


def _joined_schemas(first: Json, second: Json) -> Json:
    if first is False or second is False:
        return False
    if first is True or second is True:
        return second if first is True else first
    return {"allOf": [first, second]}


def _joined_properties(first: Mapping[str, Json], second: Mapping[str, Json]) -> Json:
    both = {name: _joined_schemas(first[name], second[name]) for name in first.keys() & second.keys()}
    return {**second, **first, **both}


def _close_properties(joined: JsonObject, first: JsonObject, second: JsonObject) -> JsonObject | None:
    """`joined` without the properties of one that the other, being closed, forbids."""
    properties = dict(as_object(joined.get("properties")))
    for closed in (first, second):
        extra = closed.get("additionalProperties")
        if extra is None or extra is True:
            continue
        for name in properties.keys() - as_object(closed.get("properties")).keys():
            if extra is False:
                del properties[name]
            else:
                properties[name] = _joined_schemas(properties[name], extra)
        if extra is False and set(map(as_text, as_list(joined.get("required")))) - properties.keys():
            return None
    return {**joined, "properties": properties} if "properties" in joined else joined


def branches_of(node: JsonObject) -> tuple[str, list[JsonObject | None]]:
    """The keyword that makes `node` a union and what its branches demand (None: cannot be told); or nothing.

    A list of types is a union where an object or an array is among them.
    """
    for keyword in ("anyOf", "oneOf"):
        if isinstance(node.get(keyword), list):
            rest = {name: held for name, held in node.items() if name != keyword and name not in NOTES | BOOKKEEPING}
            return keyword, [_branch(rest, branch) for branch in as_list(node[keyword])]
    kinds = types_of(node)
    if len(kinds) > 1 and _STRUCTURED & set(kinds) and "enum" not in node and "const" not in node:
        rest = {name: held for name, held in node.items() if name not in NOTES | BOOKKEEPING}
        return "type", [_of_type(rest, kind) for kind in kinds]
    return "", []


def _branch(rest: JsonObject, branch: Json) -> JsonObject | None:
    if branch is False:
        return None
    held: JsonObject = branch if isinstance(branch, dict) else {}
    return held if not rest else {"allOf": [rest, held]} if held else rest


def _of_type(node: JsonObject, kind: str) -> JsonObject:
    about = {"object": _OBJECT, "array": _ARRAY, "string": _TEXT, "number": RANGES, "integer": RANGES}
    others = frozenset[str]().union(*about.values()) - about.get(kind, frozenset())
    return {**{name: held for name, held in node.items() if name not in others}, "type": kind}


def add_notes(written: JsonObject, notes: str) -> JsonObject:
    """`written` with `notes` at the end of its description."""
    if not notes:
        return written
    said = as_text(written.get("description"))
    return {**written, "description": f"{said} ({notes})" if said else notes}


def nullable(schema: JsonObject) -> JsonObject:
    """`schema` or null; its description stays outside."""
    kind = schema.get("type")
    if "enum" not in schema and kind in ("string", "number", "integer", "boolean"):
        return {**schema, "type": [kind, "null"]}
    notes = {name: held for name, held in schema.items() if name in NOTES}
    inner = {name: held for name, held in schema.items() if name not in NOTES}
    branches = as_list(inner["anyOf"]) if inner.keys() == {"anyOf"} else [inner]
    return {"anyOf": [*branches, {"type": "null"}], **notes}
