"""Laws of rewritten schemas, judged by jsonschema, and what cannot be written, by its path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.schema_subsets import ANTHROPIC, GEMINI, LLAMA_CPP, OPENAI
from pointsman.core.schema.strict import Strict, strict_for, with_object_root
from pointsman.core.schema.subset import Subset
from tests.core.schemas import fits, schemas, target, values

SUBSETS = (OPENAI, ANTHROPIC, GEMINI, LLAMA_CPP)
FREE = (GEMINI, LLAMA_CPP)
STRUCTURED = ("object", "array", ["array", "null"], None)


def written(schema: dict[str, Any], value: Any, root: dict[str, Any], subset: Subset) -> Any:
    """`value` in the rewritten form, written with no help of the code under test."""
    node = target(schema, root)
    if "anyOf" in node:
        branch = next(branch for branch in node["anyOf"] if fits(branch, value, root))
        return written(branch, value, root, subset)
    if isinstance(value, dict):
        properties = node.get("properties", {})
        if not properties and node.get("additionalProperties") is not False:
            inner = {name: written(node["additionalProperties"], held, root, subset) for name, held in value.items()}
            return [{"key": name, "value": held} for name, held in inner.items()] if subset.closed else inner
        made = {name: written(properties[name], held, root, subset) for name, held in value.items()}
        null = [name for name in properties if subset.closed or fits(properties[name], None, root)]
        return {**dict.fromkeys(null), **made} if subset.all_required else made
    if isinstance(value, list):
        if "prefixItems" in node:
            parts = zip(node["prefixItems"], value, strict=True)
            items = [written(part, held, root, subset) for part, held in parts]
            return items if subset.tuples != "none" else {f"item{at}": held for at, held in enumerate(items, 1)}
        return [written(node["items"], held, root, subset) for held in value]
    return value


NULLED = attrs.evolve(GEMINI, name="nulled", all_required=True)
"""Nothing is rewritten, but an absent property that may be null is null: strict mode has only one word for the two."""


def is_ambiguous(schema: dict[str, Any]) -> bool:
    """Whether a union has two branches of objects or lists, which might be taken for each other."""
    branches = [node["anyOf"] for node in nodes(schema) if "anyOf" in node]
    return any(sum(target(part, schema).get("type") in STRUCTURED for part in union) > 1 for union in branches)


def rewritten(schema: dict[str, Any], subset: Subset, lossy: bool = True) -> Strict:
    """`schema` as the subset takes it; a schema that it refuses is no example."""
    found = unwrap_or_failure(strict_for(schema, subset, lossy=lossy))
    assume(isinstance(found, Strict))
    assert isinstance(found, Strict)
    return found


slowly = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], deadline=None)


@slowly
@given(schema=schemas, subset=st.sampled_from(SUBSETS), data=st.data())
def test_what_fits_the_rewritten_schema_fits_the_original_when_it_is_read_back(
    schema: dict[str, Any], subset: Subset, data: st.DataObject
) -> None:
    strict = rewritten(schema, subset)
    assume(not strict.loosened)
    value = data.draw(values(strict.schema, strict.schema))
    assert fits(strict.schema, value)
    assert fits(schema, strict.unwrap(value)), (strict.schema, value, strict.unwrap(value))


@slowly
@given(schema=schemas, subset=st.sampled_from(SUBSETS), data=st.data())
def test_what_fits_the_original_can_be_written_in_the_rewritten_form(
    schema: dict[str, Any], subset: Subset, data: st.DataObject
) -> None:
    strict = rewritten(schema, subset)
    value = data.draw(values(schema, schema))
    sent = written(schema, value, schema, subset)
    sent = {"value": sent} if strict.wrapped else sent
    assert fits(strict.schema, sent), (strict.schema, sent)
    if not is_ambiguous(schema):
        assert strict.unwrap(sent) == written(schema, value, schema, NULLED if subset.all_required else GEMINI)


@slowly
@given(schema=schemas, subset=st.sampled_from(SUBSETS), lossy=st.booleans())
def test_a_rewritten_schema_keeps_every_rule_of_its_subset(schema: dict[str, Any], subset: Subset, lossy: bool) -> None:
    strict = rewritten(schema, subset, lossy)
    Draft202012Validator.check_schema(strict.schema)
    assert list(broken_rules(strict.schema, subset)) == []


@slowly
@given(schema=schemas, subset=st.sampled_from(SUBSETS), data=st.data())
def test_without_loss_an_answer_fits_the_original_as_it_stands(
    schema: dict[str, Any], subset: Subset, data: st.DataObject
) -> None:
    strict = rewritten(schema, subset, lossy=False)
    assume(not strict.loosened)
    assert fits(schema, data.draw(values(strict.schema, strict.schema)))


@slowly
@given(schema=schemas, subset=st.sampled_from(SUBSETS), lossy=st.booleans())
def test_to_rewrite_twice_is_to_rewrite_once(schema: dict[str, Any], subset: Subset, lossy: bool) -> None:
    once = rewritten(schema, subset, lossy)
    assert rewritten(once.schema, subset, False).schema == once.schema


@slowly
@given(schema=schemas, data=st.data())
def test_a_value_in_the_original_form_is_read_back_as_it_is_if_it_is_plain(
    schema: dict[str, Any], data: st.DataObject
) -> None:
    strict = with_object_root(schema)
    value = data.draw(values(strict.schema, strict.schema))
    read = strict.unwrap(value)
    assert fits(schema, read)
    assert read == (value["value"] if strict.wrapped else value)


def broken_rules(schema: dict[str, Any], subset: Subset) -> Iterator[str]:
    """The rules of the vendors' documentation, read again and checked here on their own."""
    known = {"type", "properties", "required", "items", "enum", "anyOf", "title", "description", "$ref", "$defs"}
    known |= {"additionalProperties"} | subset.keywords | ({"prefixItems"} if subset in FREE else set())
    known |= {"format", "minItems"}
    if subset not in FREE and (schema.get("type") != "object" or "anyOf" in schema):
        yield "the root is no object"
    for node in nodes(schema):
        if node.keys() - known:
            yield f"unknown {node.keys() - known}"
        if "$ref" in node and node.keys() - {"$ref", "$defs"}:
            yield "a $ref with something beside it"
        if not node.keys() & {"type", "anyOf", "$ref"} and subset not in FREE:
            yield "no type"
        if node.get("type") == "object" and subset not in FREE and node.get("additionalProperties") is not False:
            yield "an open object"
        if subset is OPENAI and list(node.get("properties", {})) != node.get("required", []):
            yield "an optional property"
        if subset is ANTHROPIC and node.get("minItems", 0) > 1:
            yield "more items"
        if subset is LLAMA_CPP and node.get("items") is False:
            yield "a closed tail"
        if any(isinstance(value, (list, dict)) for value in node.get("enum", [])):
            yield "a rich enum"
        if subset is GEMINI and any(isinstance(value, bool) or value is None for value in node.get("enum", [])):
            yield "an enum of truth values"
    if subset is ANTHROPIC and any(reaches(schema, name, name) for name in schema.get("$defs", {})):
        yield "recursion"


def nodes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every schema in `schema`."""
    yield schema
    parts = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values(), *schema.get("anyOf", [])]
    parts += [*schema.get("prefixItems", []), schema.get("items"), schema.get("additionalProperties")]
    for part in parts:
        if isinstance(part, dict):
            yield from nodes(part)


def reaches(schema: dict[str, Any], start: str, end: str, seen: frozenset[str] = frozenset()) -> bool:
    """Whether the definition `start` holds `end`."""
    held = {node["$ref"].rpartition("/")[2] for node in nodes(schema["$defs"][start]) if "$ref" in node}
    return end in held or any(reaches(schema, name, end, seen | {start}) for name in held - seen - {start})
