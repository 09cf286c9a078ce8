"""Reads an answer that was given in a rewritten form of a schema back to the schema itself. Pure.

Nobody has to say which form the answer has, for it shows: an object where the schema has a tuple, a list where it has a
map, a null where a property may be missing but not be null. So the answer may come from any dialect, from the one
that stepped in for another, or from the cache. What fits no form is left as it is, for the check that comes after.
"""

from __future__ import annotations

import attrs

from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text
from pointsman.core.schema.effort import Effort
from pointsman.core.schema.fit import fits
from pointsman.core.schema.json_schema import branches_of, resolve_schema, type_of, types_of

KEY, VALUE = "key", "value"
"""The names in an entry of a map that is written as a list."""
ITEM = "item"
"""Before the number, from 1, of an item of a tuple that is written as an object."""
_DEPTH = 64


def read_back(schema: JsonObject, value: Json, *, partial: bool = False) -> Json:
    """`value` in the form that `schema` has: nulls of optional properties gone, entries as a map, tuples as lists.

    A `partial` value is one that is still growing: its last entry may lack its value, a tuple its last items.
    """
    return _Reading(schema, partial).read(schema, value, 0)


def is_map(node: JsonObject) -> bool:
    """Whether `node` is an object that names no properties and is open to any."""
    is_object = types_of(node) == ("object",)
    return is_object and not as_object(node.get("properties")) and node.get("additionalProperties") is not False


@attrs.frozen
class _Reading:
    """One value being read; the references of its schema lead into `root`."""

    root: JsonObject
    partial: bool
    effort: Effort = attrs.field(factory=Effort)

    def read(self, schema: Json, value: Json, depth: int) -> Json:
        if not isinstance(value, (dict, list)) or depth > _DEPTH or not self.effort.spend():
            return value
        node = resolve_schema(schema, self.root)
        if node is None:
            return value
        _, branches = branches_of(node)
        if branches:
            return self._union([part for part in branches if part is not None], value, depth)
        if isinstance(value, list):
            if is_map(node):
                return self._entries(node, value, depth)
            return [self.read(_item(node, at), held, depth + 1) for at, held in enumerate(value)]
        if self._is_tuple_object(node, value):
            items = (value[f"{ITEM}{at}"] for at in range(1, len(value) + 1))
            return [self.read(part, held, depth + 1) for part, held in zip(_first(node), items, strict=False)]
        return self._object(node, value, depth)

    def _union(self, branches: list[JsonObject], value: Json, depth: int) -> Json:
        """By the first branch that the value fits as it stands, or once it is read; else by the first of its shape.

        Maps come last: as they stand they take nearly any object, and in the rewritten form they are none.
        """
        parts = sorted(branches, key=self._holds_map)
        if any(self._fits(part, value) for part in parts if not self._holds_map(part)):
            return value
        read = [(part, self.read(part, value, depth + 1)) for part in parts]
        for bounds in (True, False):
            for part, found in read:
                if self._fits(part, found, bounds=bounds):
                    return found
        growing = (found for part, found in read if self.partial and type_of(found) in self._kinds(part))
        return next(growing, value)

    def _fits(self, part: Json, value: Json, *, bounds: bool = True) -> bool:
        return fits(part, value, self.root, bounds=bounds, effort=self.effort)

    def _holds_map(self, part: JsonObject) -> bool:
        node = resolve_schema(part, self.root)
        return node is not None and is_map(node)

    def _kinds(self, part: JsonObject) -> tuple[str, ...]:
        return types_of(resolve_schema(part, self.root) or {})

    def _entries(self, node: JsonObject, value: list[Json], depth: int) -> Json:
        whole = [held for held in value if isinstance(held, dict) and held.keys() == {KEY, VALUE}]
        missing = len(value) - len(whole)
        if missing > self.partial or not all(isinstance(entry[KEY], str) for entry in whole):
            return value
        if missing and not (isinstance(value[-1], dict) and value[-1].keys() <= {KEY}):
            return value
        part = node.get("additionalProperties", True)
        return {as_text(entry[KEY]): self.read(part, entry[VALUE], depth + 1) for entry in whole}

    def _is_tuple_object(self, node: JsonObject, value: JsonObject) -> bool:
        has_first = "prefixItems" in node or isinstance(node.get("items"), list)
        names = [f"{ITEM}{at}" for at in range(1, len(_first(node)) + 1)]
        if self.partial:
            names = names[: len(value)]
        return has_first and types_of(node) == ("array",) and sorted(value) == sorted(names)

    def _object(self, node: JsonObject, value: JsonObject, depth: int) -> Json:
        properties = as_object(node.get("properties"))
        required = frozenset(map(as_text, as_list(node.get("required"))))
        found: JsonObject = {}
        for name, held in value.items():
            part = properties.get(name, node.get("additionalProperties", True))
            if held is None and name in properties and name not in required and not self._fits(part, None):
                continue
            found[name] = self.read(part, held, depth + 1)
        return found


def _first(node: JsonObject) -> list[Json]:
    """The schemas of the first items; in older drafts `items` is their list."""
    return as_list(node.get("prefixItems")) or as_list(node.get("items"))


def _item(node: JsonObject, at: int) -> Json:
    first = _first(node)
    return first[at] if at < len(first) else node.get("items", True)
