"""Reads an answer that was given in a rewritten form of a schema back to the schema itself. Pure.

Nobody has to say which form the answer has, for it shows: an object where the schema has a tuple, a list where it has a
map, a null where a property may be missing but not be null. So the answer may come from any dialect, from the one
that stepped in for another, or from the cache. What fits no form is left as it is, for the check that comes after.
"""

from __future__ import annotations

from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text
from pointsman.core.json_schema import branches_of, resolved, types_of
from pointsman.core.schema_fit import fits

KEY, VALUE = "key", "value"
"""The names in an entry of a map that is written as a list."""
ITEM = "item"
"""Before the number, from 1, of an item of a tuple that is written as an object."""
_DEPTH = 64


def read_back(schema: JsonObject, value: Json) -> Json:
    """`value` in the form that `schema` has: nulls of optional properties gone, entries as a map, tuples as lists."""
    return _read(schema, value, schema, 0)


def _read(schema: Json, value: Json, root: JsonObject, depth: int) -> Json:
    if not isinstance(value, (dict, list)) or depth > _DEPTH:
        return value
    node = resolved(schema, root)
    if node is None:
        return value
    _, branches = branches_of(node)
    if branches:
        return _read_union(branches, value, root, depth)
    if isinstance(value, list):
        if is_map(node):
            return _read_entries(node, value, root, depth)
        return [_read(_item(node, at), held, root, depth + 1) for at, held in enumerate(value)]
    if _is_tuple_object(node, value):
        return [_read(part, value[f"{ITEM}{at}"], root, depth + 1) for at, part in enumerate(_first(node), 1)]
    return _read_object(node, value, root, depth)


def _read_union(branches: list[JsonObject | None], value: Json, root: JsonObject, depth: int) -> Json:
    """By the first branch that the value fits as it stands, or once it is read; else by the first whose shape it has.

    Maps come last: as they stand they take nearly any object, and in the rewritten form they are none.
    """
    parts = sorted((part for part in branches if part is not None), key=lambda part: _holds_map(part, root))
    if any(fits(part, value, root) for part in parts if not _holds_map(part, root)):
        return value
    read = [(part, _read(part, value, root, depth + 1)) for part in parts]
    for bounds in (True, False):
        for part, found in read:
            if fits(part, found, root, bounds=bounds):
                return found
    return value


def _holds_map(part: JsonObject, root: JsonObject) -> bool:
    node = resolved(part, root)
    return node is not None and is_map(node)


def is_map(node: JsonObject) -> bool:
    """Whether `node` is an object that names no properties and is open to any."""
    is_object = types_of(node) == ("object",)
    return is_object and not as_object(node.get("properties")) and node.get("additionalProperties") is not False


def _read_entries(node: JsonObject, value: list[Json], root: JsonObject, depth: int) -> Json:
    entries = [held for held in value if isinstance(held, dict) and held.keys() == {KEY, VALUE}]
    if len(entries) < len(value) or not all(isinstance(entry[KEY], str) for entry in entries):
        return value
    part = node.get("additionalProperties", True)
    return {as_text(entry[KEY]): _read(part, entry[VALUE], root, depth + 1) for entry in entries}


def _first(node: JsonObject) -> list[Json]:
    """The schemas of the first items; in older drafts `items` is their list."""
    return as_list(node.get("prefixItems")) or as_list(node.get("items"))


def _item(node: JsonObject, at: int) -> Json:
    first = _first(node)
    return first[at] if at < len(first) else node.get("items", True)


def _is_tuple_object(node: JsonObject, value: JsonObject) -> bool:
    first = "prefixItems" in node or isinstance(node.get("items"), list)
    return (
        first
        and types_of(node) == ("array",)
        and value.keys() == {f"{ITEM}{at}" for at in range(1, len(_first(node)) + 1)}
    )


def _read_object(node: JsonObject, value: JsonObject, root: JsonObject, depth: int) -> Json:
    properties, required = as_object(node.get("properties")), as_list(node.get("required"))
    found: JsonObject = {}
    for name, held in value.items():
        part = properties.get(name, node.get("additionalProperties", True))
        if held is None and name in properties and name not in required and not fits(part, None, root):
            continue
        found[name] = _read(part, held, root, depth + 1)
    return found
