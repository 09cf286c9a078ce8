"""JSON Schemas and values that fit them, made with no help of the code under test; jsonschema is the judge."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from jsonschema import Draft202012Validator

NAMES = ("a", "b", "name", "value", "key", "item1")
TREE = "#/$defs/Tree"
DEFINITIONS: dict[str, Any] = {
    "Point": {
        "type": "object",
        "properties": {"x": {"type": "integer"}, "label": {"type": "string"}},
        "required": ["x"],
        "additionalProperties": False,
    },
    "Tree": {
        "type": "object",
        "properties": {"left": {"anyOf": [{"$ref": TREE}, {"type": "null"}]}, "marks": {"$ref": "#/$defs/Marks"}},
        "required": ["marks"],
        "additionalProperties": False,
    },
    "Marks": {"type": "object", "additionalProperties": {"type": "integer"}},
}

scalars: SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"type": "string"},
        {"type": "integer"},
        {"type": "boolean"},
        {"type": "null"},
        {"type": ["string", "null"]},
        {"type": "integer", "minimum": 1, "maximum": 5},
        {"type": "string", "description": "what it is", "default": "x"},
        {"enum": ["red", "green"]},
        {"enum": ["red", 1, None]},
        {"enum": [True]},
        {"const": "fixed"},
        {"$ref": "#/$defs/Point"},
        {"$ref": "#/$defs/Tree", "description": "with words beside it"},
        {"$ref": "#/$defs/Marks"},
        {"allOf": [{"$ref": "#/$defs/Point"}, {"properties": {"label": {"type": "string"}}}]},
        {"type": ["array", "null"], "items": {"type": "string"}},
    ]
)


def _closed(properties: dict[str, Any], required: set[str]) -> dict[str, Any]:
    kept = [name for name in properties if name in required]
    return {"type": "object", "properties": properties, "required": kept, "additionalProperties": False}


def _inside(inner: SearchStrategy[dict[str, Any]]) -> SearchStrategy[dict[str, Any]]:
    names = st.sampled_from(NAMES)
    return (
        st.builds(_closed, st.dictionaries(names, inner, min_size=1, max_size=3), st.sets(names))
        | inner.map(lambda items: {"type": "array", "items": items})
        | inner.map(lambda items: {"type": "array", "items": items, "minItems": 1, "maxItems": 2})
        | inner.map(lambda values: {"type": "object", "additionalProperties": values})
        | st.lists(inner, min_size=1, max_size=2).map(_tuple)
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"anyOf": parts, "title": "one of them"})
    )


def _tuple(parts: list[dict[str, Any]]) -> dict[str, Any]:
    size = len(parts)
    return {"type": "array", "prefixItems": parts, "items": False, "minItems": size, "maxItems": size}


schemas: SearchStrategy[dict[str, Any]] = st.recursive(scalars, _inside, max_leaves=6).map(
    lambda schema: {**schema, "$defs": DEFINITIONS}
)


def fits(schema: Any, value: Any, root: Any = None) -> bool:
    """jsonschema's word, with the references of `root`."""
    definitions = (root or schema).get("$defs", {})
    return bool(Draft202012Validator({**schema, "$defs": definitions}).is_valid(value))


def target(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """`schema` with its parts and its reference, if it is one, taken into it."""
    parts = [*schema.get("allOf", ())]
    if "$ref" in schema:
        parts.append(root["$defs"][schema["$ref"].rpartition("/")[2]])
    joined = {name: held for name, held in schema.items() if name not in ("$ref", "allOf")}
    for part in parts:
        taken = target(part, root)
        properties = {**taken.get("properties", {}), **joined.get("properties", {})}
        joined = {**taken, **joined, **({"properties": properties} if properties else {})}
    return joined


@st.composite
def values(draw: DrawFn, schema: dict[str, Any], root: dict[str, Any], depth: int = 0) -> Any:
    """A value that fits `schema`, written with no help of the code under test."""
    node = target(schema, root)
    if "anyOf" in node:
        branches = node["anyOf"] if depth < 6 else node["anyOf"][-1:]
        return draw(values(draw(st.sampled_from(branches)), root, depth + 1))
    if "const" in node or "enum" in node:
        return draw(st.sampled_from(node["enum"] if "enum" in node else [node["const"]]))
    kinds = node["type"] if isinstance(node["type"], list) else [node["type"]]
    return draw(_of_type(draw(st.sampled_from(kinds)), node, root, depth))


@st.composite
def _of_type(draw: DrawFn, kind: str, node: dict[str, Any], root: dict[str, Any], depth: int) -> Any:
    if kind == "object":
        required = node.get("required", [])
        properties = node.get("properties", {})
        wanted = [name for name in properties if name in required or (depth < 4 and draw(st.booleans()))]
        made = {name: draw(values(properties[name], root, depth + 1)) for name in wanted}
        extra = node.get("additionalProperties")
        if isinstance(extra, dict) and depth < 4:
            for name in draw(st.sets(st.sampled_from(["k", "l"]))):
                made[name] = draw(values(extra, root, depth + 1))
        return made
    if kind == "array":
        first = [draw(values(part, root, depth + 1)) for part in node.get("prefixItems", [])]
        if first or not isinstance(node.get("items"), dict):
            return first
        count = draw(st.integers(node.get("minItems", 0), min(node.get("maxItems", 2), 2)))
        return [draw(values(node["items"], root, depth + 1)) for _ in range(count)]
    scalar: dict[str, SearchStrategy[Any]] = {
        "string": st.sampled_from(["", "x", "red"]),
        "integer": st.integers(node.get("minimum", -3), node.get("maximum", 5)),
        "boolean": st.booleans(),
        "null": st.none(),
    }
    return draw(scalar[kind])
