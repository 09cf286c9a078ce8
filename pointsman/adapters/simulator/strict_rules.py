"""What the vendors refuse of a schema that they enforce, in their words. Pure; it shares nothing with what writes them.

Sources: the vendors' documentation (see `pointsman.adapters.dialects.schema_subsets`) and the messages of their 400s as
users have reported them. Only what is surely refused is refused here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.tool import functions_of
from pointsman.core.error import InvalidRequest
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text

_BANNED_BY_OPENAI = (
    *("allOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas"),
    *("patternProperties", "propertyNames", "prefixItems", "uniqueItems", "unevaluatedProperties"),
    *("minProperties", "maxProperties", "contains"),
)
_BANNED_BY_ANTHROPIC = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength"),
    *("maxItems", "uniqueItems", "prefixItems", "patternProperties", "oneOf", "not", "if", "minProperties"),
)
_TAKEN_BY_GEMINI = frozenset(
    (
        *("type", "format", "title", "description", "enum", "items", "prefixItems", "minItems", "maxItems"),
        *("minimum", "maximum", "anyOf", "oneOf", "properties", "additionalProperties", "required", "propertyOrdering"),
    )
)


@attrs.frozen
class _SubSchema:
    """A schema within the one that was sent, and the steps that lead to it."""

    node: JsonObject
    steps: tuple[str, ...]
    optional: bool = False


def broken_rule(dialect: str, request: ChatRequest) -> Result[None, InvalidRequest]:
    """The 400 with which the vendor of `dialect` answers a request for a schema that it cannot enforce."""
    for complaint in _complaints(dialect, request):
        return Failure(InvalidRequest(detail=complaint, problems=(complaint,), status=400))
    return Success(None)


def _complaints(dialect: str, request: ChatRequest) -> Iterator[str]:
    answer = request.response_schema
    if dialect in ("openai-chat", "openai-responses"):
        if answer is not None and answer.strict:
            yield from _prefix_complaints(
                f"Invalid schema for response_format '{answer.name}': ", _openai(answer.schema)
            )
        for tool in functions_of(request.tools):
            if tool.strict:
                yield from _prefix_complaints(f"Invalid schema for function '{tool.name}': ", _openai(tool.parameters))
    elif dialect == "anthropic":
        if answer is not None:
            yield from _prefix_complaints("output_config.format.schema: ", _anthropic(answer.schema))
        for at, tool in enumerate(functions_of(request.tools)):
            if tool.strict:
                yield from _prefix_complaints(f"tools.{at}.custom.input_schema: ", _anthropic(tool.parameters))
    elif dialect == "ollama" and answer is not None:
        yield from _prefix_complaints("invalid JSON schema in format: ", _llama_cpp(answer.schema))
    elif dialect == "gemini" and answer is not None:
        yield from _prefix_complaints(
            "Invalid value at 'generation_config.response_json_schema': ", _gemini(answer.schema)
        )


def _prefix_complaints(before: str, complaints: Iterator[str]) -> Iterator[str]:
    return (before + complaint for complaint in complaints)


def _openai(schema: JsonObject) -> Iterator[str]:
    if schema.get("type") != "object" or "anyOf" in schema:
        yield f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{schema.get('type')}\"'."
    for place in _places(schema):
        node, context = place.node, f"In context={place.steps!r}, "
        for keyword in _BANNED_BY_OPENAI:
            if keyword in node:
                yield f"{context}'{keyword}' is not permitted."
        if "$ref" in node and node.keys() - {"$ref", "$defs"}:
            yield f"{context}$ref cannot have keywords {sorted(node.keys() - {'$ref', '$defs'})}."
        if not node.keys() & {"type", "anyOf", "$ref"}:
            yield f"{context}schema must have a 'type' key."
        if "object" in _kinds(node):
            yield from (context + complaint for complaint in _openai_object(node))
        if "array" in _kinds(node) and not isinstance(node.get("items"), dict):
            yield f"{context}array schema missing items."
    levels = _levels(schema, schema, {})
    if levels > 10:
        yield f"{levels} levels of nesting exceeds limit of 10."


def _openai_object(node: JsonObject) -> Iterator[str]:
    if node.get("additionalProperties") is not False:
        yield "'additionalProperties' is required to be supplied and to be false."
    missing = [name for name in as_object(node.get("properties")) if name not in as_list(node.get("required"))]
    if missing:
        yield (
            "'required' is required to be supplied and to be an array including every key in properties. "
            f"Missing '{missing[0]}'."
        )


def _anthropic(schema: JsonObject) -> Iterator[str]:
    optional = unions = 0
    for place in _places(schema):
        node, kinds = place.node, _kinds(place.node)
        for keyword in _BANNED_BY_ANTHROPIC:
            if keyword in node:
                yield f"For '{' or '.join(kinds) or 'any'}' type, property '{keyword}' is not supported"
        if "object" in kinds and node.get("additionalProperties") is not False:
            yield "For 'object' type, 'additionalProperties' must be explicitly set to false"
        if isinstance(least := node.get("minItems"), int) and least > 1:
            yield "For 'array' type, 'minItems' values other than 0 or 1 are not supported"
        unions += "anyOf" in node or len(kinds) > 1
        optional += sum(name not in as_list(node.get("required")) for name in as_object(node.get("properties")))
    if _cycle(schema, lambda place: True):
        yield "Circular reference detected; recursive schemas are not supported"
    if optional > 24 or unions > 16:
        yield "Schema is too complex for compilation."


def _gemini(schema: JsonObject) -> Iterator[str]:
    for place in _places(schema):
        plain = {name for name in place.node if not name.startswith("$")}
        if "$ref" in place.node and plain:
            yield f"$ref was set alongside unsupported fields {sorted(plain)}"
        for name in sorted(plain - _TAKEN_BY_GEMINI):
            yield f"the keyword '{name}' is not supported"
        if any(isinstance(value, bool) or value is None for value in as_list(place.node.get("enum"))):
            yield "enum: only allowed for STRING, INTEGER and NUMBER type"
    if _cycle(schema, lambda place: not place.optional):
        yield "a cyclic reference must be within a property that is not required"


def _llama_cpp(schema: JsonObject) -> Iterator[str]:
    for place in _places(schema):
        reference, pattern = place.node.get("$ref"), place.node.get("pattern")
        if isinstance(reference, str) and not reference.startswith("#/"):
            yield f"Unsupported ref: {reference}"
        if place.node.get("items") is False:
            yield "Unrecognized schema: false"
        if isinstance(pattern, str) and not (pattern.startswith("^") and pattern.endswith("$")):
            yield "Pattern must start with '^' and end with '$'"


def _kinds(node: JsonObject) -> list[str]:
    declared = node.get("type")
    return [as_text(kind) for kind in (declared if isinstance(declared, list) else [declared]) if kind]


def _places(schema: JsonObject) -> Iterator[_SubSchema]:
    """The schema and all schemas in it, definitions included."""
    yield from _below(_SubSchema(schema, ()))
    for name, definition in as_object(schema.get("$defs")).items():
        yield from _below(_SubSchema(as_object(definition), ("$defs", name)))


def _below(place: _SubSchema) -> Iterator[_SubSchema]:
    yield place
    for inner in _parts(place):
        yield from _below(inner)


def _parts(place: _SubSchema) -> Iterator[_SubSchema]:
    node, steps = place.node, place.steps
    required = as_list(node.get("required"))
    for name, part in as_object(node.get("properties")).items():
        yield _SubSchema(as_object(part), (*steps, "properties", name), place.optional or name not in required)
    for keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for at, part in enumerate(as_list(node.get(keyword))):
            yield _SubSchema(as_object(part), (*steps, keyword, str(at)), place.optional)
    for keyword in ("items", "additionalProperties"):
        if isinstance(part := node.get(keyword), dict):
            yield _SubSchema(part, (*steps, keyword), place.optional)


def _cycle(schema: JsonObject, counts: Callable[[_SubSchema], bool]) -> bool:
    """Whether a definition holds itself by references at places that count."""
    held = {
        name: {_name(place.node["$ref"]) for place in _below(_SubSchema(as_object(part), ())) if _refers(place, counts)}
        for name, part in as_object(schema.get("$defs")).items()
    }
    for _ in held:
        held = {name: inner.union(*(held.get(one, set[str]()) for one in inner)) for name, inner in held.items()}
    return any(name in inner for name, inner in held.items())


def _refers(place: _SubSchema, counts: Callable[[_SubSchema], bool]) -> bool:
    return "$ref" in place.node and counts(place)


def _name(reference: Json) -> str:
    return as_text(reference).rpartition("/")[2]


def _levels(node: JsonObject, root: JsonObject, known: dict[str, int]) -> int:
    """Levels of objects inside each other; what holds itself counts once."""
    if "$ref" in node:
        name = _name(node["$ref"])
        if name not in known:
            known[name] = 0
            known[name] = _levels(as_object(as_object(root.get("$defs")).get(name)), root, known)
        return known[name]
    own = 1 if "object" in _kinds(node) else 0
    return own + max((_levels(inner.node, root, known) for inner in _parts(_SubSchema(node, ()))), default=0)
