"""Our own check of a value against a schema says what jsonschema says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pointsman.core.schema.fit import fits
from tests.core import schemas as some

anything = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 6) | st.sampled_from(["", "x", "red", "fixed", 1.0, 2.5]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(some.NAMES), inner, max_size=3),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(schema=some.schemas, value=anything, data=st.data())
def test_it_agrees_on_any_value(schema: dict[str, Any], value: Any, data: st.DataObject) -> None:
    assert fits(schema, value, schema) is some.fits(schema, value)
    good = data.draw(some.values(schema, schema))
    assert fits(schema, good, schema)


KEYWORDS: list[dict[str, Any]] = [
    {"minimum": 2, "maximum": 4},
    {"exclusiveMinimum": 2, "exclusiveMaximum": 5},
    {"multipleOf": 2},
    {"multipleOf": 0.5},
    {"minLength": 1, "maxLength": 2},
    {"pattern": "^r"},
    {"minItems": 1, "maxItems": 2},
    {"uniqueItems": True},
    {"minProperties": 1, "maxProperties": 1},
    {"not": {"type": "string"}},
    {"oneOf": [{"type": "integer"}, {"minimum": 3}]},
    {"const": 1},
    {"enum": [True, [1], {"a": 1}]},
    {"patternProperties": {"^a": {"type": "integer"}}, "additionalProperties": False},
    {"prefixItems": [{"type": "integer"}], "items": {"type": "string"}},
    {"properties": {"a": False}},
]
VALUES: list[Any] = [
    *(None, True, False, 0, 1, 1.0, 2, 2.25, 2.5, 3, 4, 5, "", "r", "red", "x"),
    *([], [1], [1, 1.0], [1, True], [1, "x", 2], {}, {"a": 1}, {"a": 1, "b": 2}, {"ab": "x"}),
]


@pytest.mark.parametrize("schema", KEYWORDS, ids=str)
def test_it_agrees_on_every_keyword(schema: dict[str, Any]) -> None:
    found = [fits(schema, value, schema) for value in VALUES]
    assert found == [some.fits(schema, value) for value in VALUES]
    assert len(set(found)) == 2


def test_without_bounds_only_the_shape_counts() -> None:
    schema: dict[str, Any] = {"type": "array", "items": {"type": "integer", "minimum": 3}, "minItems": 2}
    assert not fits(schema, [1], schema)
    assert fits(schema, [1], schema, bounds=False)
    assert not fits(schema, ["x"], schema, bounds=False)


def test_a_schema_that_is_only_itself_fits_nothing() -> None:
    schema: dict[str, Any] = {"$ref": "#"}
    assert not fits(schema, 1, schema)
