"""A JSON value that fits a JSON Schema, the same one every time. Pure; it knows nothing of models or requests."""

from __future__ import annotations

import math

from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, count_or_none, float_or_none

_DEPTH = 16
_SPARSE_DEPTH = 6
_MOST_ITEMS = 64
_LONGEST = 4096

_FORMATS: dict[str, str] = {
    "date": "2026-01-02",
    "date-time": "2026-01-02T03:04:05Z",
    "time": "03:04:05Z",
    "duration": "P1D",
    "email": "simulated@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/simulated",
    "url": "https://example.com/simulated",
    "uuid": "00000000-0000-4000-8000-000000000001",
}


def example(schema: Json, name: str = "value") -> Json:
    """A value that fits `schema`; texts in it are made of `name` or the property's name.

    Understood: type, enum, const, default, examples, anyOf, oneOf, allOf, $ref within the schema, required,
    properties, items, prefixItems, the bounds of numbers, texts, lists and objects, and common formats. Not
    understood: pattern, not, if/then/else. A schema that nests without end is cut at 16 levels.
    """
    return _value(schema, as_object(schema), name, 0)


def _value(schema: Json, root: JsonObject, name: str, depth: int) -> Json:
    node = _resolve(as_object(schema), root, depth)
    if depth > _DEPTH:
        return None
    if "const" in node:
        return node["const"]
    if choices := as_list(node.get("enum")):
        return choices[0]
    if branches := as_list(node.get("anyOf")) or as_list(node.get("oneOf")):
        return _value(_merge_schemas(node, _easiest(branches, root, depth)), root, name, depth + 1)
    for given in (node.get("default"), *as_list(node.get("examples"))[:1]):
        if given is not None and _is_a(given, _type(node)):
            return given
    return _example_of_type(_type(node), node, root, name, depth)


def _example_of_type(kind: str, node: JsonObject, root: JsonObject, name: str, depth: int) -> Json:
    if kind == "object":
        return _object(node, root, depth)
    if kind == "array":
        return _array(node, root, name, depth)
    if kind in ("integer", "number"):
        return _number(node, kind)
    if kind == "boolean":
        return True
    return None if kind == "null" else _text(node, name)


def _resolve(node: JsonObject, root: JsonObject, depth: int) -> JsonObject:
    """`node` with its `$ref` and `allOf` taken into it."""
    for _ in range(16):
        if not isinstance(reference := node.get("$ref"), str):
            break
        node = _merge_schemas({key: node[key] for key in node if key != "$ref"}, _looked_up(reference, root))
    for branch in as_list(node.get("allOf")) if depth <= _DEPTH else []:
        node = _merge_schemas(
            {key: node[key] for key in node if key != "allOf"}, _resolve(as_object(branch), root, depth + 4)
        )
    return node


def _looked_up(reference: str, root: JsonObject) -> JsonObject:
    """What a local reference such as `#/$defs/City` points to; an empty schema where it points nowhere."""
    found: Json = root
    for step in reference.removeprefix("#").split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        found = as_object(found).get(key)
    return as_object(found)


def _merge_schemas(first: JsonObject, second: JsonObject) -> JsonObject:
    """Both schemas as one: properties and required are joined, other keywords of `second` win."""
    rest = {key: first[key] for key in first if key not in ("anyOf", "oneOf")}
    joined: JsonObject = {**rest, **second}
    if "properties" in rest and "properties" in second:
        joined["properties"] = {**as_object(rest["properties"]), **as_object(second["properties"])}
    if "required" in rest and "required" in second:
        joined["required"] = [*as_list(rest["required"]), *as_list(second["required"])]
    return joined


def _easiest(branches: list[Json], root: JsonObject, depth: int) -> JsonObject:
    """The first branch, or near the depth limit the first that does not nest."""
    resolved = [_resolve(as_object(branch), root, depth + 1) for branch in branches]
    if depth >= _SPARSE_DEPTH:
        flat = [branch for branch in resolved if _type(branch) not in ("object", "array")]
        return (flat or resolved)[0]
    return resolved[0]


def _type(node: JsonObject) -> str:
    declared = node.get("type")
    if isinstance(declared, list):
        named = [as_text(kind).lower() for kind in declared]
        return next((kind for kind in named if kind != "null"), "null")
    if isinstance(declared, str):
        return declared.lower()
    if "properties" in node or "required" in node or "additionalProperties" in node:
        return "object"
    if "items" in node or "prefixItems" in node:
        return "array"
    return "number" if "minimum" in node or "maximum" in node else "string"


def _is_a(value: Json, kind: str) -> bool:
    shapes: dict[str, tuple[type, ...]] = {
        "object": (dict,),
        "array": (list,),
        "integer": (int,),
        "number": (int, float),
        "string": (str,),
    }
    return isinstance(value, shapes.get(kind, ())) and (kind == "boolean" or not isinstance(value, bool))


def _object(node: JsonObject, root: JsonObject, depth: int) -> JsonObject:
    properties = as_object(node.get("properties"))
    required = [as_text(name) for name in as_list(node.get("required"))]
    wanted = [name for name in properties if depth < _SPARSE_DEPTH or name in required]
    made: JsonObject = {name: _value(properties[name], root, name, depth + 1) for name in wanted}
    extra = node.get("additionalProperties")
    for name in required:
        made.setdefault(name, _value(extra, root, name, depth + 1) if isinstance(extra, dict) else f"simulated {name}")
    for number in range(len(made), min(count_or_none(node.get("minProperties")) or 0, _MOST_ITEMS)):
        made[f"key{number + 1}"] = _value(extra if isinstance(extra, dict) else {}, root, "value", depth + 1)
    return made


def _array(node: JsonObject, root: JsonObject, name: str, depth: int) -> list[Json]:
    first = [_value(item, root, name, depth + 1) for item in as_list(node.get("prefixItems"))]
    least = count_or_none(node.get("minItems")) or 0
    most = count_or_none(node.get("maxItems"))
    usual = len(first) or (1 if depth < _SPARSE_DEPTH else 0)
    if node.get("items") is False:
        return first
    count = min(max(least, usual), _MOST_ITEMS if most is None else most)
    stem = name[:-1] if name.endswith("s") and len(name) > 3 else name
    rest = [_item(node, root, stem, depth, at) for at in range(len(first), count)]
    return [*first, *rest][: max(count, least)]


def _item(node: JsonObject, root: JsonObject, name: str, depth: int, at: int) -> Json:
    """The item number `at`; with uniqueItems, one that differs from the others where that is easy."""
    items = node.get("items")
    if not node.get("uniqueItems") or at == 0:
        return _value(items, root, name, depth + 1)
    choices = as_list(_resolve(as_object(items), root, depth).get("enum"))
    if at < len(choices):
        return choices[at]
    made = _value(items, root, f"{name} {at + 1}", depth + 1)
    return made + at if isinstance(made, (int, float)) and not isinstance(made, bool) else made


def _number(node: JsonObject, kind: str) -> int | float:
    """The least number allowed that is at least 1, else the greatest below; a multiple where one is asked for."""
    low, high = _bounds(node, kind)
    step = float_or_none(node.get("multipleOf")) or 0.0
    value = low if low is not None else (min(1.0, high) if high is not None else 1.0)
    if low is not None and low <= 1 and (high is None or high >= 1):
        value = 1.0
    if step > 0:
        value = math.ceil(value / step) * step
    if kind == "integer":
        return math.ceil(value) if low is not None or high is None else math.floor(value)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _bounds(node: JsonObject, kind: str) -> tuple[float | None, float | None]:
    least, most = float_or_none(node.get("minimum")), float_or_none(node.get("maximum"))
    above, below = float_or_none(node.get("exclusiveMinimum")), float_or_none(node.get("exclusiveMaximum"))
    gap = (
        1.0 if kind == "integer" else _gap(above if above is not None else least, below if below is not None else most)
    )
    lows = [bound for bound in (least, None if above is None else above + gap) if bound is not None]
    highs = [bound for bound in (most, None if below is None else below - gap) if bound is not None]
    return max(lows, default=None), min(highs, default=None)


def _gap(low: float | None, high: float | None) -> float:
    """How far inside an exclusive bound to stay so that there is still room."""
    return min(0.5, (high - low) / 4) if low is not None and high is not None and high > low else 0.5


def _text(node: JsonObject, name: str) -> str:
    form = as_text(node.get("format"))
    if form in _FORMATS:
        return _FORMATS[form]
    text = f"simulated {name.replace('_', ' ')}"
    most = count_or_none(node.get("maxLength"))
    least = min(count_or_none(node.get("minLength")) or 0, _LONGEST)
    return text.ljust(least, ".")[: _LONGEST if most is None else most]
