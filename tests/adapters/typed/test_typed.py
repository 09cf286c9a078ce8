"""Types to schemas, JSON to values, functions to tools."""

from __future__ import annotations

import dataclasses
import datetime
import enum
from decimal import Decimal
from typing import Annotated, Any, Literal, TypedDict

import anyio
import attrs
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Result, Success

from pointsman.adapters.typed.structure import converter, structure, structure_text
from pointsman.adapters.typed.tool import tool_of
from pointsman.core.json import Json, loads
from pointsman.core.schema.of_type import parameters_of, schema_of
from pointsman.core.schema.strict import with_object_root


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@attrs.frozen
class Node:
    """A node of a tree."""

    name: Annotated[str, "what it is called"]
    colour: Colour = Colour.RED
    children: list[Node] = attrs.field(factory=list)


@dataclasses.dataclass
class Point:
    x: int
    y: float | None = None


class Depth(TypedDict):
    depth: int


class Options(Depth, total=False):
    label: str


KINDS: list[tuple[Any, list[Any], list[Any]]] = [
    (int, [3, 3.0], ["three", 3.5, True, None]),
    (float, [3, 2.5], ["three", True]),
    (str, ["x"], [3, None]),
    (bool, [True], [1, "true"]),
    (int | None, [3, None], ["three"]),
    (list[int], [[], [1]], [[1, "two"], {}]),
    (tuple[int, str], [[1, "a"]], [[1], ["a", 1], [1, "a", 2]]),
    (dict[str, int], [{"a": 1}], [{"a": "one"}]),
    (Literal["a", 1], ["a", 1], ["b"]),
    (Colour, ["red"], ["green"]),
    (Point, [{"x": 1}, {"x": 1, "y": 2.5}, {"x": 1, "y": None}], [{"x": "one"}, {}, {"x": 1, "z": 2}]),
    (Options, [{"depth": 1}, {"depth": 1, "label": "x"}], [{"label": "x"}, {"depth": 1, "other": 2}]),
    (Node, [{"name": "a", "children": [{"name": "b", "colour": "blue"}]}], [{"name": "a", "children": [{}]}]),
    (list[Node], [[{"name": "a"}]], [[{"nom": "a"}]]),
    (datetime.date, ["2026-11-21"], ["soon"]),
]


@pytest.mark.parametrize(("kind", "good", "bad"), KINDS, ids=[str(kind[0]) for kind in KINDS])
def test_schema_and_structuring_agree_on_what_fits(kind: Any, good: list[Any], bad: list[Any]) -> None:
    schema = schema_of(kind).unwrap()
    jsonschema.Draft202012Validator.check_schema(schema)
    for value in good:
        jsonschema.validate(value, schema)
        assert isinstance(structure(value, kind), Success), value
    for value in bad:
        assert isinstance(structure(value, kind), Failure), value
        if kind is not datetime.date:  # formats are not validated
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(value, schema)


class Number(enum.IntEnum):
    ONE = 1
    TWO = 2


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        (int, 3.0, 3),
        (int, "3", 3),
        (int, "-12", -12),
        (float, "2.5", 2.5),
        (Decimal, 1.5, Decimal("1.5")),
        (Decimal, 3, Decimal(3)),
        (Number, 2.0, Number.TWO),
        (Literal[1, "a"], "1", 1),
        (int | None, "3", 3),
        (int | str, "3", "3"),
        (float | int, 3.0, 3.0),
        (int | list[int], 3.0, 3),
    ],
)
def test_a_number_that_is_written_in_another_way_is_read_as_what_it_is(kind: Any, value: Any, read: Any) -> None:
    found = structure(value, kind).unwrap()
    assert (found, type(found)) == (read, type(read))


@pytest.mark.parametrize("value", ["3.5", "03", " 3", "3 cars", "1e400x", "", "٣", 3.5, True, None])
def test_what_is_no_whole_number_is_none(value: Any) -> None:
    assert isinstance(structure(value, int), Failure)


def test_every_problem_is_listed_with_its_path() -> None:
    wrong: Json = {"name": 3, "children": [{"name": "b", "colour": "green"}, {"nom": "c"}]}
    problems = structure(wrong, Node).failure()
    assert problems == (
        "3 is not text @ $.name",
        "'green' is not a valid Colour @ $.children[0].colour",
        "the field 'name' is missing @ $.children[1].name",
        "there is no field 'nom' @ $.children[1]",
    )


def test_docstrings_and_annotations_describe_and_recursion_has_one_definition() -> None:
    schema = schema_of(Node).unwrap()
    assert schema["$ref"] == "#/$defs/Node"
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    node = definitions["Node"]
    assert isinstance(node, dict)
    assert node["description"] == "A node of a tree."
    assert node["required"] == ["name"]
    assert isinstance(node["properties"], dict)
    assert node["properties"]["name"] == {"type": "string", "description": "what it is called"}


@given(
    st.recursive(
        st.builds(Node, st.text(), st.sampled_from(Colour)),
        lambda kids: st.builds(Node, st.text(), children=st.lists(kids, max_size=3)),
    )
)
def test_what_is_written_is_read_back(node: Node) -> None:
    plain = loads(converter().dumps(node)).unwrap()
    jsonschema.validate(plain, schema_of(Node).unwrap())
    assert structure(plain, Node) == Success(node)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_json_can_make_it_fail(data: Any) -> None:
    for kind, _, _ in KINDS:
        assert isinstance(structure(data, kind), Result)


def test_json_is_found_in_a_fence_and_in_a_field() -> None:
    assert structure_text('```json\n{"x": 1}\n```', Point) == Success(Point(1))
    unwrap = with_object_root({"type": "array", "items": {"type": "integer"}}).unwrap
    assert structure_text('{"value": [1, 2]}', list[int], unwrap) == Success([1, 2])
    assert structure_text("[1]", list[int], unwrap) == Success([1])
    assert structure_text('{"values": [1]}', list[int], unwrap).failure() == ("it is not a list @ $",)
    assert structure_text("so", Point).failure()[0].startswith("not JSON")


def test_a_type_without_a_schema_is_named() -> None:
    assert schema_of(list[complex]).failure() == "complex has no JSON Schema"
    assert parameters_of(lambda x: x).failure() == "the parameter 'x' has no type"
    assert "cannot be a tool" in str(tool_of(lambda x: x).failure())


def weather(city: Annotated[str, "where"], days: int = 1, near: Point | None = None) -> str:
    """The weather in a city."""
    return f"{city} {days} {near}"


async def run(function: Any, arguments: str) -> Result[tuple[Any, ...], str]:
    return await tool_of(function).unwrap().run(arguments)


def test_a_function_is_told_to_the_model_by_its_signature() -> None:
    spec = tool_of(weather).unwrap().spec
    assert (spec.name, spec.description) == ("weather", "The weather in a city.")
    assert isinstance(spec.parameters["properties"], dict)
    assert spec.parameters["properties"]["city"] == {"type": "string", "description": "where"}
    assert spec.parameters["required"] == ["city"]
    assert spec.parameters["additionalProperties"] is False


async def test_arguments_are_structured_and_what_does_not_fit_is_told_all_at_once() -> None:
    assert await run(weather, '{"city": "Bern", "near": {"x": 1}}') == Success(("Bern 1 Point(x=1, y=None)",))
    problems = (await run(weather, '{"town": "Bern", "days": "two", "near": {"x": 1.5}}')).failure()
    for said in (
        "no parameter 'town'",
        "'city' is missing",
        "days: 'two' is not a whole number",
        "near: 1.5 is not a whole",
    ):
        assert said in problems
    assert "not JSON" in (await run(weather, "{")).failure()
    assert "not a JSON object" in (await run(weather, "[]")).failure()


async def test_results_are_text_json_or_a_failure_and_exceptions_are_told() -> None:
    async def node(name: str) -> Node:
        await anyio.lowlevel.checkpoint()
        return Node(name)

    def fails() -> int:
        raise KeyError("nobody")

    def result(good: bool) -> Result[list[int], str]:
        return Success([1, 2]) if good else Failure("not today")

    assert await run(node, '{"name": "a"}') == Success(('{"name":"a","colour":"red","children":[]}',))
    assert await run(fails, "") == Failure("KeyError: 'nobody'")
    assert await run(result, '{"good": true}') == Success(("[1,2]",))
    assert await run(result, '{"good": false}') == Failure("not today")
