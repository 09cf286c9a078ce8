"""JSON Schemas rewritten to what a dialect takes, and the answers read back. Pure.

Where reading back happens. The text of an answer is streamed as it comes, so it cannot be changed on its way; and the
caller does not know which dialect will answer, since a router, a fallback or the cache may decide. Therefore:

- a dialect's request writer rewrites, for it alone knows its subset;
- a plain `chat` or `stream` with a `ResponseSchema`, and a `Tool`, get only what needs no reading back: objects that
  name their properties are closed, parts are joined, references are moved, `oneOf` becomes `anyOf`, keywords that
  cannot be enforced are described (with a warning). Whatever answers fits the caller's own schema as it stands;
- the rewritings that need it (`lossy`: a map as a list of entries, a tuple as an object, an optional property that may
  be null) are done only for a `ResponseSchema` or a `Tool` that says it is `rewritable`: those of `ask`
  and of `tool_of(strict=True)`, where the whole
  JSON is parsed anyway, and read back with `pointsman.core.schema.read_back`;
- what then is left that cannot be expressed is refused, with its path and what to do.
"""

from __future__ import annotations

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text
from pointsman.core.schema.json_schema import branches_of, looked_up, resolve_schema, types_of
from pointsman.core.schema.read_back import VALUE, is_map, read_back
from pointsman.core.schema.refusal import SchemaRefusal
from pointsman.core.schema.rewriting import Rewriting
from pointsman.core.schema.subset import Size, Subset

_DEFINITIONS = ("$defs", "definitions")
_DEPTH = 200


@attrs.frozen
class Strict:
    """A schema rewritten: `schema` goes out, `unwrap` reads the answer back to `original`.

    `loosened` names each place where the answer may be more than `original` allows, because the keyword could only be
    described. `wrapped` says that the answer stands in an object as its field `value`.
    """

    schema: JsonObject
    original: JsonObject
    loosened: tuple[str, ...] = ()
    wrapped: bool = False
    size: Size = attrs.field(factory=Size)

    def unwrap(self, value: Json) -> Json:
        """The answer `value` in the form of the original schema; what is not in the rewritten form stays as it is."""
        if self.wrapped and isinstance(value, dict) and value.keys() == {VALUE}:
            value = value[VALUE]
        return read_back(self.original, value)

    def unwrap_partial(self, value: Json) -> Json:
        """As `unwrap`, of an answer that is still growing; None where nothing is there of it yet."""
        if self.wrapped and isinstance(value, dict) and value.keys() <= {VALUE}:
            value = value.get(VALUE)
        return read_back(self.original, value, partial=True)


def strict_for(schema: JsonObject, subset: Subset, *, lossy: bool = True) -> Result[Strict, str]:
    """`schema` as `subset` takes it; or which part cannot be written, by its path, and what to do about it.

    Unless `lossy`, an answer that fits the result fits `schema` without being read back (except for what is
    `loosened`).
    """
    wrapped = subset.object_root and not _has_object_root(schema)
    if wrapped and not lossy:
        return Failure("$: the root must be an object with properties; put the schema into a property of one")
    rewriting = Rewriting(wrap_root(schema) if wrapped else schema, subset, lossy)
    try:
        written = rewriting.whole()
    except SchemaRefusal as refused:
        return Failure(str(refused))
    size = measure(written)
    excess = size.excess(subset)
    if excess is not None:
        return Failure(excess)
    return Success(Strict(written, schema, tuple(rewriting.loosened), wrapped, size))


def wrap_root(schema: JsonObject) -> JsonObject:
    """An object whose only property `value` is `schema`."""
    moved = as_object(_move_references(schema, 0))
    inner = {name: held for name, held in moved.items() if name not in _DEFINITIONS}
    outer = {name: held for name, held in moved.items() if name in _DEFINITIONS}
    properties: JsonObject = {VALUE: inner}
    return {
        "type": "object",
        "properties": properties,
        "required": [VALUE],
        "additionalProperties": False,
        **outer,
    }


def _move_references(part: Json, depth: int) -> Json:
    """`part` with the references that lead anywhere but into definitions leading into the property `value`."""
    if depth > _DEPTH:
        return part
    if isinstance(part, list):
        return [_move_references(held, depth + 1) for held in part]
    if not isinstance(part, dict):
        return part
    found = {name: _move_references(held, depth + 1) for name, held in part.items()}
    reference = as_text(part.get("$ref"))
    if reference.startswith("#") and reference.split("/")[1:2] not in ([name] for name in _DEFINITIONS):
        found["$ref"] = f"#/properties/{VALUE}{reference[1:]}"
    return found


def _has_object_root(schema: JsonObject) -> bool:
    node = resolve_schema(schema, schema)
    return node is not None and types_of(node) == ("object",) and not branches_of(node)[1] and not is_map(node)


def with_object_root(schema: JsonObject) -> Strict:
    """`schema` as every dialect can begin with it: an object with properties, else one is put around it."""
    plain = schema.get("type") == "object" and _has_object_root(schema)
    return Strict(schema, schema) if plain else Strict(wrap_root(schema), schema, wrapped=True)


def measure(schema: JsonObject) -> Size:
    """The size of a rewritten schema; its definitions are counted once, its depth follows the references."""
    size = Size(depth=_depth(schema, schema, {}))
    for node in _nodes(schema):
        size += _own_size(node)
    names = "".join(as_object(schema.get("$defs")))
    return attrs.evolve(size, characters=size.characters + len(names))


def _own_size(node: JsonObject) -> Size:
    properties = as_object(node.get("properties"))
    choices = as_list(node.get("enum"))
    required = as_list(node.get("required"))
    letters = sum(map(len, properties)) + sum(len(choice) for choice in choices if isinstance(choice, str))
    return Size(
        properties=len(properties),
        choices=len(choices),
        characters=letters,
        optional=sum(name not in required for name in properties),
        unions=1 if "anyOf" in node or isinstance(node.get("type"), list) else 0,
    )


def _parts(node: JsonObject) -> list[JsonObject]:
    """The schemas right inside `node`."""
    found = [*as_object(node.get("properties")).values(), *as_list(node.get("anyOf"))]
    found += [*as_list(node.get("prefixItems")), node.get("items"), node.get("additionalProperties")]
    return [part for part in found if isinstance(part, dict)]


def _nodes(schema: JsonObject) -> list[JsonObject]:
    """`schema` and all schemas in it."""
    found, left = list[JsonObject](), [schema, *map(as_object, as_object(schema.get("$defs")).values())]
    while left:
        node = left.pop()
        found.append(node)
        left += _parts(node)
    return found


def _depth(node: JsonObject, root: JsonObject, known: dict[str, int]) -> int:
    """Levels of objects and lists; what is inside itself counts once."""
    reference = as_text(node.get("$ref"))
    if reference:
        target = looked_up(reference, root)
        if reference not in known and target is not None:
            known[reference] = 0
            known[reference] = _depth(target, root, known)
        return known.get(reference, 0)
    own = 1 if node.keys() & {"properties", "items", "prefixItems"} else 0
    return own + max((_depth(part, root, known) for part in _parts(node)), default=0)
