"""The walk that rewrites a JSON Schema to a subset, node by node. Pure; `pointsman.core.schema.strict` begins it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence

import attrs

from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, dumps_text
from pointsman.core.schema.cycles import Edge, cyclic
from pointsman.core.schema.effort import Effort
from pointsman.core.schema.fit import fits
from pointsman.core.schema.json_schema import (
    BOOKKEEPING,
    HINTS,
    NOTES,
    RANGES,
    add_notes,
    branches_of,
    key_of,
    looked_up,
    merge_schemas,
    nullable,
    resolve_schema,
    type_of,
    types_of,
)
from pointsman.core.schema.overlap import disjoint
from pointsman.core.schema.read_back import ITEM, KEY, VALUE, is_map
from pointsman.core.schema.refusal import SchemaRefusal, refuse_keywords
from pointsman.core.schema.subset import Subset

_ALWAYS = frozenset({"type", "properties", "required", "items", "enum", "anyOf", "title", "description"})
_LEVELS = 80
_MOST_PARTS = 100_000
"""Parts of one schema, with those that stand in several places: a few lines of references can double many times."""


@attrs.define
class Rewriting:
    """One schema being rewritten to `subset`; `loosened` fills with the places of keywords that are only described."""

    root: JsonObject
    subset: Subset
    lossy: bool
    loosened: list[str] = attrs.field(factory=list)
    effort: Effort = attrs.field(factory=Effort)
    """Of all that is compared; in `_left` are the parts that may still be written."""
    _left: int = _MOST_PARTS
    _suffixes: Counter[str] = attrs.field(factory=Counter)
    _definitions: dict[str, JsonObject] = attrs.field(factory=dict)
    _names: dict[str, str] = attrs.field(factory=dict)
    _edges: list[Edge] = attrs.field(factory=list)
    _holder: str = ""
    _optional: bool = False
    _level: int = 0
    _inlined: tuple[str, ...] = ()

    def whole(self) -> JsonObject:
        """The rewritten schema. It raises `Refused`."""
        begun = resolve_schema(self.root, self.root)
        if begun is None:
            raise SchemaRefusal("$", "its references or its allOf cannot be followed; write it out")
        written = self._node(begun, "$")
        self._check_recursion()
        return {**written, "$defs": {**self._definitions}} if self._definitions else written

    def _node(self, schema: Json, path: str) -> JsonObject:
        self._level, self._left = self._level + 1, self._left - 1
        if self._left < 0:
            raise SchemaRefusal("$", f"it comes to more than {_MOST_PARTS:,} parts; make it smaller")
        written = self._write(schema, path)
        self._level -= 1
        return written

    def _write(self, schema: Json, path: str) -> JsonObject:
        if self._level > _LEVELS:
            raise SchemaRefusal("$", f"it is nested more than {_LEVELS} levels deep; make it flatter")
        if not isinstance(schema, dict):
            if schema is not True:
                raise SchemaRefusal(path, "no value is allowed here; leave it out")
            schema = {}
        if "$ref" in schema:
            return self._reference(schema, path)
        if "allOf" in schema:
            joined = resolve_schema(schema, self.root)
            if joined is None:
                raise SchemaRefusal(f"{path}.allOf", "its parts cannot be joined into one schema; write it out")
            return self._node(joined, path)
        refuse_keywords(schema, path)
        keyword, branches = branches_of(schema)
        if keyword:
            return self._union(schema, keyword, branches, path)
        if "enum" in schema or "const" in schema:
            return self._choice(schema, path)
        return self._write_typed(schema, path)

    def _write_typed(self, schema: JsonObject, path: str) -> JsonObject:
        kinds = types_of(schema)
        if not kinds and self.subset.typed:
            raise SchemaRefusal(path, "anything is allowed here; say its type")
        if kinds == ("object",):
            return self._map(schema, path) if is_map(schema) else self._object(schema, path)
        if kinds == ("array",):
            return self._array(schema, path)
        kind: JsonObject = {} if not kinds else {"type": kinds[0] if len(kinds) == 1 else [*kinds]}
        return self._note_keywords(kind, schema, path)

    def _note_keywords(self, written: JsonObject, schema: JsonObject, path: str, *done: str) -> JsonObject:
        """`written` with the keywords of `schema` that the subset takes; the others, but those `done`, described."""
        notes: list[str] = []
        for name, held in schema.items():
            if name in written or name in BOOKKEEPING or name in done:
                continue
            if name in ("title", "description") or self._takes(name, held, types_of(written)):
                written[name] = held
            elif name not in _ALWAYS:
                notes.append(f"{name}: {held if isinstance(held, str) else dumps_text(held)}")
                if name not in HINTS:
                    self.loosened.append(f"{path}.{name}")
        return add_notes(written, "; ".join(notes))

    def _takes(self, name: str, held: Json, kinds: tuple[str, ...]) -> bool:
        if name == "format":
            return held in self.subset.formats
        if name == "pattern" and self.subset.whole_patterns:
            return isinstance(held, str) and held.startswith("^") and held.endswith("$")
        if name in RANGES and self.subset.integer_ranges and "number" in kinds:
            return False
        if name == "minItems" and self.subset.min_items is not None:
            return isinstance(held, int) and held <= self.subset.min_items
        return name in self.subset.keywords

    def _reference(self, schema: JsonObject, path: str) -> JsonObject:
        """A definition moved to `$defs` and named; with words beside the `$ref`, the definition itself in its place."""
        reference = as_text(schema["$ref"])
        target = looked_up(reference, self.root)
        if target is None:
            raise SchemaRefusal(
                f"{path}.$ref", f"{reference} leads nowhere in the schema; put the definition into $defs"
            )
        beside = {name: held for name, held in schema.items() if name != "$ref" and name not in BOOKKEEPING}
        if not beside:
            return self._define(reference, target, path)
        if reference in self._inlined:
            if beside.keys() - NOTES:
                raise SchemaRefusal(f"{path}.$ref", "it holds itself with other keywords beside the $ref; remove those")
            return self._note_keywords({"anyOf": [self._define(reference, target, path)]}, beside, path)
        nested = target.keys() & {"$ref", "allOf"}
        joined: JsonObject | None = {**beside, "allOf": [target]} if nested else merge_schemas(beside, target)
        if joined is None:
            raise SchemaRefusal(f"{path}.$ref", "it contradicts the keywords beside it; correct them")
        before, self._inlined = self._inlined, (*self._inlined, reference)
        written = self._node(joined, path)
        self._inlined = before
        return written

    def _define(self, reference: str, target: JsonObject, path: str) -> JsonObject:
        name = self._names.get(reference)
        if name is None:
            stem = re.sub(r"[^A-Za-z0-9_.-]", "_", reference.rpartition("/")[2].lstrip("#")) or "root"
            name = stem
            while name in self._definitions:
                self._suffixes[stem] += 1
                name = f"{stem}_{self._suffixes[stem]}"
            self._names[reference], self._definitions[name] = name, {}
            before = self._holder, self._optional, self._inlined
            self._holder, self._optional, self._inlined = name, False, (reference,)
            self._definitions[name] = self._node(target, "$" + reference[1:].replace("/", "."))
            self._holder, self._optional, self._inlined = before
        self._edges.append(Edge(self._holder, name, path, self._optional))
        return {"$ref": f"#/$defs/{name}"}

    def _check_recursion(self) -> None:
        """Refuse a cycle of definitions that the subset does not take."""
        if self.subset.recursion == "any":
            return
        lasting = self.subset.recursion == "none"
        found = cyclic([edge for edge in self._edges if lasting or not edge.optional])
        if found is not None:
            where = "is not taken" if lasting else "is taken only within a property that is not required"
            cure = "nest it a fixed number of times" if lasting else "make a property on the way optional"
            raise SchemaRefusal(f"{found.path}.$ref", f"the schema holds itself here, which {where}; {cure}")

    def _union(self, schema: JsonObject, keyword: str, branches: list[JsonObject | None], path: str) -> JsonObject:
        distinct_parts: dict[Hashable, Json] = {}
        for at, branch in enumerate(branches):
            place = f"{path}.{keyword}[{at}]"
            if branch is None:
                raise SchemaRefusal(place, "no value is allowed here; leave it out")
            found = self._node(branch, place)
            distinct_parts.setdefault(key_of(found), found)
        written = list(distinct_parts.values())
        if keyword == "oneOf" and not disjoint([resolve_schema(branch, self.root) for branch in branches]):
            self.loosened.append(f"{path}.oneOf")
        if not written:
            raise SchemaRefusal(f"{path}.{keyword}", "it has no branches; leave it out")
        notes = {name: schema[name] for name in schema if name in NOTES}
        first = as_object(written[0]) if len(written) == 1 else {}
        if first and "$ref" not in first and not (notes.keys() & first.keys()):
            return self._note_keywords(first, notes, path)
        return self._note_keywords({"anyOf": written}, notes, path)

    def _choice(self, schema: JsonObject, path: str) -> JsonObject:
        """An enum with the types of its values; a `const` is one of one value."""
        keyword = "enum" if "enum" in schema else "const"
        given = as_list(schema.get("enum", [schema.get("const")]))
        beside = {name: one for name, one in schema.items() if name != keyword}
        values = [one for one in _distinct(given) if fits(beside, one, self.root, effort=self.effort)]
        if not values:
            raise SchemaRefusal(f"{path}.{keyword}", "no value of it fits the keywords beside it; correct them")
        if any(isinstance(value, (list, dict)) for value in values):
            raise SchemaRefusal(f"{path}.{keyword}", "it holds lists or objects; write them as schemas")
        written, loose = _write_choice(values, self.subset.plain_enums)
        if loose:
            self.loosened.append(f"{path}.{keyword}")
        return self._note_keywords(written, {name: held for name, held in schema.items() if name in NOTES}, path)

    def _object(self, schema: JsonObject, path: str) -> JsonObject:
        required = [as_text(name) for name in as_list(schema.get("required"))]
        properties = dict(as_object(schema.get("properties")))
        extra = schema.get("additionalProperties")
        for name in required:
            properties.setdefault(name, True if extra is None else extra)
        written: JsonObject = {"type": "object"}
        written["properties"] = dict(self._properties(properties, required, path))
        if self.subset.all_required or "required" in schema:
            written["required"] = [*properties] if self.subset.all_required else [*required]
        if self.subset.closed:
            written["additionalProperties"] = False
            if isinstance(extra, dict) and extra:
                raise SchemaRefusal(
                    f"{path}.additionalProperties", "it cannot be expressed beside properties; give it one"
                )
        elif isinstance(extra, dict):
            written["additionalProperties"] = self._node(extra, f"{path}.additionalProperties")
        elif extra is not None:
            written["additionalProperties"] = extra
        return self._note_keywords(written, schema, path, "additionalProperties", "unevaluatedProperties")

    def _properties(
        self, properties: Mapping[str, Json], required: list[str], path: str
    ) -> Iterator[tuple[str, JsonObject]]:
        needed = frozenset(required)
        for name, part in properties.items():
            place = f"{path}.properties.{name}"
            before, self._optional = self._optional, self._optional or name not in needed
            written = self._node(part, place)
            self._optional = before
            is_optional = self.subset.all_required and name not in needed
            if is_optional and not fits(part, None, self.root, effort=self.effort):
                if not self.lossy:
                    raise SchemaRefusal(
                        place,
                        "it is optional, and every property must be required; require it, let it be null, or use ask",
                    )
                written = nullable(written)
            yield name, written

    def _map(self, schema: JsonObject, path: str) -> JsonObject:
        part, place = schema.get("additionalProperties", True), f"{path}.additionalProperties"
        if not self.subset.closed:
            inner: JsonObject = {} if isinstance(part, bool) else {"additionalProperties": self._node(part, place)}
            return self._note_keywords({"type": "object", **inner}, schema, path, "additionalProperties")
        if not self.lossy:
            raise SchemaRefusal(place, "an object must name its properties; name them, or make it a list of entries")
        entry: JsonObject = {
            "type": "object",
            "properties": {KEY: {"type": "string"}, VALUE: self._node(part, place)},
            "required": [KEY, VALUE],
            "additionalProperties": False,
        }
        written = self._note_keywords({"type": "array", "items": entry}, schema, path, "additionalProperties")
        return add_notes(written, "a map, as the list of its entries; no key twice")

    def _array(self, schema: JsonObject, path: str) -> JsonObject:
        legacy = isinstance(schema.get("items"), list)
        if legacy or "prefixItems" in schema:
            first = as_list(schema["items" if legacy else "prefixItems"])
            rest = schema.get("additionalItems", True) if legacy else schema.get("items", True)
            return self._tuple(schema, first, rest, path)
        items = schema.get("items", True)
        if items is True and not self.subset.typed:
            return self._note_keywords({"type": "array"}, schema, path)
        return self._note_keywords({"type": "array", "items": self._node(items, f"{path}.items")}, schema, path)

    def _tuple(self, schema: JsonObject, first: list[Json], rest: Json, path: str) -> JsonObject:
        place = f"{path}.prefixItems"
        parts = [self._node(part, f"{place}[{at}]") for at, part in enumerate(first)]
        if self.subset.tuples == "exact" and _allows(schema, len(parts)):
            exact: JsonObject = {"prefixItems": [*parts], "minItems": len(parts), "maxItems": len(parts)}
            return self._note_keywords({"type": "array", **exact}, schema, path, "items")
        if self.subset.tuples == "any":
            tail: JsonObject = {} if rest is True else {"items": rest if rest is False else self._node(rest, path)}
            return self._note_keywords({"type": "array", "prefixItems": [*parts], **tail}, schema, path, "items")
        least, most, count = schema.get("minItems", 0), schema.get("maxItems"), len(parts)
        fixed = isinstance(least, int) and least >= count and (rest is False or most == count)
        if not self.lossy or not fixed:
            raise SchemaRefusal(place, "a tuple cannot be expressed; make it an object, or a list of one kind of item")
        names = [f"{ITEM}{number}" for number in range(1, count + 1)]
        written: JsonObject = {"type": "object", "properties": dict(zip(names, parts, strict=True))}
        written |= {"required": [*names], "additionalProperties": False}
        done = ("prefixItems", "items", "minItems", "maxItems")
        return add_notes(
            self._note_keywords(written, schema, path, *done), "a tuple, as an object of its items in order"
        )


def _allows(schema: JsonObject, count: int) -> bool:
    """Whether a list of `count` items is neither too short nor too long."""
    least, most = schema.get("minItems", 0), schema.get("maxItems", count)
    return isinstance(least, int) and isinstance(most, int) and least <= count <= most


def _distinct(values: Sequence[Json]) -> list[Json]:
    """Each of `values` once."""
    return list({key_of(one): one for one in reversed(values)}.values())[::-1]


def _write_choice(values: list[Json], plain: bool) -> tuple[JsonObject, bool]:
    """The enum of `values` with their types, and whether it allows more than they are.

    Unless `plain`, an enum holds texts and numbers alone, and truth values and null become types beside it.
    """
    told = [type_of(value) for value in values]
    wide = "number" in told
    kinds = list(dict.fromkeys("number" if wide and kind == "integer" else kind for kind in told))
    apart = [kind for kind in kinds if kind in ("boolean", "null") and not plain]
    rest = [value for value in values if type_of(value) not in apart]
    kept = [kind for kind in kinds if kind not in apart]
    written: list[Json] = [{"type": kind} for kind in apart]
    if rest:
        written.insert(0, {"type": kept[0] if len(kept) == 1 else [*kept], "enum": rest})
    loose = "boolean" in apart and not (True in values and False in values)
    return as_object(written[0]) if len(written) == 1 else {"anyOf": written}, loose
