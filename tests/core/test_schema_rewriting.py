"""What cannot be written is named by its path; what is only described is told; what is written says it well."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from returns.result import Failure

from pointsman.adapters.dialects.schema_subsets import ANTHROPIC, GEMINI, LLAMA_CPP, OPENAI
from pointsman.core.schema.strict import Strict, strict_for
from pointsman.core.schema.subset import Subset

TEXT: dict[str, Any] = {"type": "string"}
PAIR: dict[str, Any] = {"type": "array", "prefixItems": [TEXT, TEXT], "items": False, "minItems": 2, "maxItems": 2}


def an_object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


LIST_OF_ITSELF: dict[str, Any] = an_object(next={"anyOf": [{"$ref": "#"}, {"type": "null"}]})
BY_NAME: dict[str, Any] = {**an_object(a={"$ref": "#/$defs/A"}), "$defs": {"A": an_object(b={"$ref": "#/$defs/A"})}}
OPTIONAL: dict[str, Any] = {"type": "object", "properties": {"a": TEXT}}
MAP: dict[str, Any] = {"type": "object", "additionalProperties": TEXT}

REFUSED: list[tuple[Subset, bool, dict[str, Any], str]] = [
    (OPENAI, False, {"type": "array", "items": TEXT}, "$: the root must be an object"),
    (OPENAI, False, an_object(a={"type": "array", "items": PAIR}), "$.properties.a.items.prefixItems: a tuple"),
    (OPENAI, False, OPTIONAL, "$.properties.a: it is optional"),
    (OPENAI, False, an_object(a=MAP), "$.properties.a.additionalProperties: an object must name"),
    (OPENAI, True, an_object(a={"type": "object"}), "$.properties.a.additionalProperties: anything is allowed"),
    (OPENAI, True, an_object(a={}), "$.properties.a: anything is allowed"),
    (OPENAI, True, an_object(a={"type": "array"}), "$.properties.a.items: anything is allowed"),
    (OPENAI, True, an_object(a=False), "$.properties.a: no value is allowed"),
    (OPENAI, True, {**an_object(a=TEXT), "additionalProperties": TEXT}, "$.additionalProperties: it cannot be"),
    (OPENAI, True, {"type": "object", "patternProperties": {"^a": TEXT}}, ".patternProperties: it cannot be"),
    (OPENAI, True, an_object(a={"type": "array", "prefixItems": [TEXT]}), "$.properties.a.prefixItems: a tuple"),
    (OPENAI, True, an_object(a={**PAIR, "items": TEXT, "maxItems": 3}), "$.properties.a.prefixItems: a tuple"),
    (OPENAI, True, an_object(a={"anyOf": []}), "$.properties.a.anyOf: it has no branches"),
    (OPENAI, True, an_object(a={"enum": [[1]]}), "$.properties.a.enum: it holds lists"),
    (OPENAI, True, an_object(a={"type": "string", "enum": [1]}), "$.properties.a.enum: no value of it fits"),
    (OPENAI, True, an_object(a={"$ref": "#/$defs/No"}), "$.properties.a.$ref: #/$defs/No leads nowhere"),
    (OPENAI, True, an_object(a={"$ref": "https://example.com"}), "leads nowhere"),
    (OPENAI, True, an_object(a={"allOf": [TEXT, {"type": "integer"}]}), "$.properties.a.allOf: its parts"),
    (OPENAI, True, an_object(a={"anyOf": [TEXT, False]}), "$.properties.a.anyOf[1]: no value"),
    (ANTHROPIC, True, LIST_OF_ITSELF, "$.properties.next.anyOf[0].$ref: the schema holds itself here, which is not"),
    (ANTHROPIC, True, BY_NAME, "$.$defs.A.properties.b.$ref: the schema holds itself"),
    (GEMINI, True, BY_NAME, "taken only within a property that is not required; make a property on the way optional"),
    (GEMINI, True, {**OPTIONAL, "properties": {"o": BY_NAME["properties"]["a"]}, "$defs": BY_NAME["$defs"]}, "not req"),
    (GEMINI, True, LIST_OF_ITSELF, "taken only within a property that is not required"),
]


@pytest.mark.parametrize(("subset", "lossy", "schema", "said"), REFUSED, ids=[case[3] for case in REFUSED])
def test_what_cannot_be_written_is_named_by_its_path(
    subset: Subset, lossy: bool, schema: dict[str, Any], said: str
) -> None:
    found = strict_for(schema, subset, lossy=lossy)
    assert isinstance(found, Failure)
    assert said in found.failure()
    assert ";" in found.failure()


def written(schema: dict[str, Any], subset: Subset = OPENAI, lossy: bool = True) -> Strict:
    return strict_for(schema, subset, lossy=lossy).unwrap()


def of(schema: dict[str, Any], subset: Subset = OPENAI, lossy: bool = True) -> Any:
    """What becomes of `schema` as a property."""
    properties: Any = written(an_object(a=schema), subset, lossy).schema["properties"]
    return properties["a"]


def test_recursion_is_kept_where_it_is_taken() -> None:
    kept = written(LIST_OF_ITSELF)
    assert kept.schema["$defs"] == {"root": {**LIST_OF_ITSELF, "properties": kept.schema["properties"]}}
    loose: dict[str, Any] = {"type": "object", "properties": {"next": {"$ref": "#"}, "n": TEXT}, "required": ["n"]}
    deeper: dict[str, Any] = {"type": "object", "properties": {"next": an_object(inner={"$ref": "#"})}}
    assert written(deeper, GEMINI).schema["$defs"]
    assert written(loose, GEMINI).schema["properties"] == {"next": {"$ref": "#/$defs/root"}, "n": TEXT}


def test_a_root_that_holds_itself_is_put_into_an_object_whole() -> None:
    nested: dict[str, Any] = {"type": "array", "items": {"anyOf": [{"$ref": "#"}, {"$ref": "#/$defs/N"}]}}
    strict = written({**nested, "$defs": {"N": {"type": "integer"}}})
    assert strict.wrapped
    assert strict.schema["required"] == ["value"]
    judge = Draft202012Validator(strict.schema)
    assert judge.is_valid({"value": [1, [2, []]]})
    assert not judge.is_valid({"value": [{"value": []}]})
    assert strict.unwrap({"value": [1, [2, []]]}) == [1, [2, []]]


def test_what_is_only_described_is_told_by_its_place() -> None:
    schema: dict[str, Any] = an_object(a={"type": "array", "items": TEXT, "minItems": 2, "uniqueItems": True})
    assert written(schema).loosened == ("$.properties.a.uniqueItems",)
    strict = written(schema, ANTHROPIC)
    assert strict.loosened == ("$.properties.a.minItems", "$.properties.a.uniqueItems")
    assert strict.schema["properties"] == {
        "a": {"type": "array", "items": TEXT, "description": "minItems: 2; uniqueItems: true"}
    }
    assert written(an_object(a={"not": TEXT, "type": "integer"})).loosened == ("$.properties.a.not",)


def test_hints_are_described_and_nothing_is_loosened() -> None:
    schema = an_object(a={**TEXT, "description": "who", "default": "x", "$comment": "no"})
    strict = written(schema, GEMINI)
    assert strict.schema["properties"] == {"a": {"type": "string", "description": "who (default: x)"}}
    assert strict.loosened == ()


@pytest.mark.parametrize("subset", [OPENAI, ANTHROPIC], ids=lambda subset: subset.name)
def test_a_default_stays_where_the_vendor_takes_it(subset: Subset) -> None:
    strict = written(an_object(a={**TEXT, "description": "who", "default": "x"}), subset)
    assert strict.schema["properties"] == {"a": {"type": "string", "description": "who", "default": "x"}}
    assert strict.loosened == ()


def test_one_of_becomes_any_of_and_says_so_where_two_could_fit() -> None:
    apart: dict[str, Any] = {"oneOf": [TEXT, {"type": "integer"}]}
    tagged: dict[str, Any] = {"oneOf": [an_object(k={"const": "a"}), an_object(k={"const": "b"})]}
    close: dict[str, Any] = {"oneOf": [an_object(a=TEXT), an_object(b=TEXT)]}
    assert of(apart) == {"anyOf": [TEXT, {"type": "integer"}]}
    assert written(an_object(a=apart)).loosened == written(an_object(a=tagged)).loosened == ()
    maybe: dict[str, Any] = {"oneOf": [{**part, "required": []} for part in tagged["oneOf"]]}
    for union in (close, maybe):
        assert written(an_object(a=union)).loosened == ("$.properties.a.oneOf",)


def test_keywords_beside_a_union_go_into_its_branches() -> None:
    shared: dict[str, Any] = {**an_object(k=TEXT, a=TEXT), "required": ["k"], "description": "both"}
    found = of({**shared, "anyOf": [{"required": ["a"]}, {"properties": {"k": {"const": "x"}}}]}, ANTHROPIC)
    assert [branch["required"] for branch in found["anyOf"]] == [["k", "a"], ["k"]]
    assert found["anyOf"][1]["properties"]["k"] == {"type": "string", "enum": ["x"]}
    assert found["description"] == "both"


def test_a_reference_with_words_is_written_out_and_one_without_is_kept() -> None:
    schema = {**an_object(a={"$ref": "#/definitions/T", "description": "mine"}, b={"$ref": "#/definitions/T"})}
    strict = written({**schema, "definitions": {"T": {**TEXT, "description": "any", "pattern": "^a"}}})
    assert strict.schema["properties"] == {
        "a": {"type": "string", "description": "mine", "pattern": "^a"},
        "b": {"$ref": "#/$defs/T"},
    }
    assert "definitions" not in strict.schema


def test_references_with_words_end_where_they_hold_each_other() -> None:
    words = {"description": "it"}
    definitions = {"A": an_object(b={"$ref": "#/$defs/B", **words}), "B": an_object(a={"$ref": "#/$defs/A", **words})}
    for subset in (OPENAI, LLAMA_CPP):
        schema: Any = written({**an_object(x={"$ref": "#/$defs/A", **words}), "$defs": definitions}, subset).schema
        assert schema["properties"]["x"]["description"] == "it"
    nested = {**an_object(a={"$ref": "#/$defs/A", **words}), "$defs": {"A": {"$ref": "#/$defs/B"}, "B": TEXT}}
    assert written(nested).schema["properties"] == {"a": {**TEXT, **words}}


def test_what_is_nested_without_end_is_refused() -> None:
    deep = TEXT
    for _ in range(3000):
        deep = {"type": "array", "items": deep}
    for subset in (OPENAI, ANTHROPIC, GEMINI, LLAMA_CPP):
        found = strict_for(an_object(a=deep), subset)
        assert isinstance(found, Failure)
        assert "nested more than" in found.failure()


def test_equal_branches_are_one_and_parts_that_exclude_each_other_are_joined() -> None:
    assert of({"anyOf": [TEXT, {**TEXT}]}) == TEXT
    closed = {**an_object(a=TEXT), "required": []}
    assert of({"allOf": [closed, {"properties": {"b": TEXT}}]}, ANTHROPIC)["properties"] == {"a": TEXT}
    found = strict_for(an_object(a={"allOf": [closed, {"required": ["b"]}]}), ANTHROPIC)
    assert isinstance(found, Failure)


def test_each_form_that_is_read_back_says_what_it_is() -> None:
    assert "list of its entries" in of(MAP)["description"]
    assert "object of its items" in of(PAIR)["description"]
    optional = written({"type": "object", "properties": {"a": {"enum": ["x"], "description": "d"}}})
    assert optional.schema["required"] == ["a"]
    assert optional.schema["properties"] == {
        "a": {"anyOf": [{"type": "string", "enum": ["x"]}, {"type": "null"}], "description": "d"}
    }
    assert of(MAP, GEMINI) == MAP
    assert of(PAIR, GEMINI) == PAIR


def test_a_plain_schema_stays_as_it_is() -> None:
    plain = {**an_object(a=TEXT, b={"type": "array", "items": {"type": "integer"}}), "title": "T"}
    for subset in (OPENAI, ANTHROPIC, GEMINI):
        assert written(plain, subset, lossy=False).schema == plain


LIMITS: list[tuple[Subset, dict[str, Any], str]] = [
    (OPENAI, an_object(**{f"p{n}": TEXT for n in range(5_001)}), "it has 5001 properties"),
    (OPENAI, an_object(a={"enum": [*range(1_001)]}), "it has 1001 choices"),
    (OPENAI, an_object(a={"enum": ["x" * 120_000]}), "120001 characters"),
    (ANTHROPIC, {"type": "object", "properties": {f"p{n}": TEXT for n in range(25)}}, "25 properties that are not"),
    (ANTHROPIC, an_object(**{f"p{n}": {"type": ["string", "null"]} for n in range(17)}), "17 schemas of more than"),
]


@pytest.mark.parametrize(("subset", "schema", "said"), LIMITS, ids=[case[2] for case in LIMITS])
def test_what_is_too_large_is_refused_with_the_number(subset: Subset, schema: dict[str, Any], said: str) -> None:
    found = strict_for(schema, subset)
    assert isinstance(found, Failure)
    assert said in found.failure()


def test_ten_levels_are_taken_and_eleven_are_not() -> None:
    deep = TEXT
    for _ in range(10):
        deep = an_object(a=deep)
    assert strict_for(deep, OPENAI).map(lambda strict: strict.size.depth).unwrap() == 10
    found = strict_for(an_object(a=deep), OPENAI)
    assert isinstance(found, Failure)
    assert "11 levels of nesting" in found.failure()
