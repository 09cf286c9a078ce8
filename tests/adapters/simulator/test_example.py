"""Examples fit their schemas, by the judgement of the `jsonschema` package."""

from __future__ import annotations

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman.adapters.simulator.example import example
from pointsman.core.json import Json, JsonObject
from pointsman.testing.laws.examples import examples

CITY: JsonObject = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
SCHEMAS: list[JsonObject] = [
    {"type": "string"},
    {"type": "string", "minLength": 40},
    {"type": "string", "maxLength": 3},
    {"type": "string", "format": "date-time"},
    {"type": "string", "format": "uuid"},
    {"type": "string", "format": "email"},
    {"enum": ["red", "green"]},
    {"const": {"a": 1}},
    {"type": "integer", "minimum": 5},
    {"type": "integer", "maximum": -5},
    {"type": "integer", "exclusiveMinimum": 5, "exclusiveMaximum": 7},
    {"type": "integer", "minimum": 5, "multipleOf": 7},
    {"type": "number", "minimum": 0, "maximum": 0.5},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.1},
    {"type": "boolean"},
    {"type": "null"},
    {"type": ["null", "integer"]},
    {"type": "array", "items": {"type": "integer"}, "minItems": 3},
    {"type": "array", "items": {"type": "string"}, "maxItems": 0},
    {"type": "array", "items": {"type": "string"}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
    {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    {"oneOf": [CITY, {"type": "string"}]},
    {"allOf": [CITY, {"type": "object", "properties": {"size": {"type": "integer"}}, "required": ["size"]}]},
    {"type": "object", "required": ["unknown"], "additionalProperties": {"type": "integer"}},
    {"type": "object", "properties": {}, "additionalProperties": False},
    {"type": "object", "minProperties": 2},
    {"$ref": "#/$defs/City", "$defs": {"City": CITY}},
    {"type": "object", "properties": {"at": {"$ref": "#/definitions/City"}}, "definitions": {"City": CITY}},
    {
        "$defs": {"Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}},
        "$ref": "#/$defs/Node",
    },
    {
        "type": "object",
        "properties": {"left": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}, "value": {"type": "number"}},
        "required": ["left", "value"],
        "additionalProperties": False,
    },
    {"type": "object", "properties": {"kind": {"const": "x"}, "n": {"type": "integer", "default": 7}}},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_an_example_fits_its_schema(schema: JsonObject) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(example(schema), schema, format_checker=jsonschema.FormatChecker())


def _leaves() -> st.SearchStrategy[JsonObject]:
    return st.one_of(
        st.builds(lambda low, more: {"type": "string", "minLength": low, "maxLength": low + more}, _small, _small),
        st.builds(lambda low, more: {"type": "integer", "minimum": low, "maximum": low + more}, _small, _small),
        st.builds(lambda low, more: {"type": "number", "minimum": low / 4, "maximum": low / 4 + more}, _small, _small),
        st.builds(lambda values: {"enum": values}, st.lists(st.integers() | st.text(), min_size=1, max_size=3)),
        st.sampled_from([{"type": "boolean"}, {"type": "null"}]),
    )


_small = st.integers(0, 20)


def _nested(inner: st.SearchStrategy[JsonObject]) -> st.SearchStrategy[JsonObject]:
    named = st.dictionaries(st.text("abcxyz", min_size=1, max_size=4), inner, max_size=4)
    return st.one_of(
        st.builds(
            lambda fields: {
                "type": "object",
                "properties": fields,
                "required": list(fields)[::2],
                "additionalProperties": False,
            },
            named,
        ),
        st.builds(
            lambda items, low, more: {"type": "array", "items": items, "minItems": low, "maxItems": low + more},
            inner,
            st.integers(0, 3),
            st.integers(0, 3),
        ),
        st.builds(lambda branches: {"anyOf": branches}, st.lists(inner, min_size=1, max_size=3)),
    )


@settings(max_examples=examples(150))
@given(st.recursive(_leaves(), _nested, max_leaves=12))
def test_an_example_of_any_such_schema_fits_it(schema: JsonObject) -> None:
    jsonschema.validate(example(schema), schema)


_KEYWORDS = (
    *("type", "properties", "required", "items", "enum", "const", "anyOf", "allOf", "oneOf", "$ref", "minimum"),
    *("maximum", "minItems", "maxItems", "minLength", "default", "multipleOf", "prefixItems", "format"),
    *("additionalProperties", "exclusiveMaximum"),
)
_anything: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["#", "object", "array", "integer", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYWORDS), inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=examples(300))
@given(_anything)
def test_nothing_that_is_given_for_a_schema_raises(schema: Json) -> None:
    assert example(schema) == example(schema) or "nan" in repr(example(schema))
