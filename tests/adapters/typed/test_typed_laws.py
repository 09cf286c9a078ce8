"""Whatever the type: its values come back as they were, its schema knows them, and what is wrong is told by path."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import itertools
import types
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypedDict, TypeVar, Union

import attrs
import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.result import Failure, Success

from pointsman.adapters.typed.structure import converter, structure
from pointsman.adapters.typed.tool import tool_of
from pointsman.core.json import Json, dumps, loads
from pointsman.core.schema.of_type import parameters_of, schema_of
from pointsman.testing.laws.examples import examples


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 2


class Signal(enum.StrEnum):
    STOP = "stop"
    GO = "go"


@attrs.frozen
class Kind:
    """A type, its values, and what of JSON they are, so that a union can tell them apart."""

    type: Any
    values: st.SearchStrategy[Any]
    shape: str


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
_moments = st.datetimes(timezones=st.none() | st.just(datetime.UTC))
_exact = (
    Kind(str, _texts, "text"),
    Kind(int, st.integers(-(2**53), 2**53), "number"),
    Kind(bool, st.booleans(), "bool"),
    Kind(type(None), st.none(), "null"),
    Kind(Colour, st.sampled_from(Colour), "text"),
    Kind(Size, st.sampled_from(Size), "number"),
    Kind(Signal, st.sampled_from(Signal), "text"),
    Kind(Literal["a", 1], st.sampled_from(["a", 1]), "text or number"),
    Kind(Annotated[str, "said"], _texts, "text"),
)
"""Types of which JSON Schema says exactly what fits."""
_loose = (
    Kind(float, st.floats(allow_nan=False, allow_infinity=False), "number"),
    Kind(Decimal, st.decimals(allow_nan=False, allow_infinity=False), "text"),
    Kind(datetime.date, st.dates(), "text"),
    Kind(datetime.datetime, _moments, "text"),
)
_numbers = itertools.count()


def _listed(inner: Kind) -> st.SearchStrategy[Kind]:
    one, kind = inner.values, inner.type
    lists = st.lists(one, max_size=3)
    pairs = st.tuples(one, one)
    kinds = [
        Kind(types.GenericAlias(list, (kind,)), lists, "list"),
        Kind(types.GenericAlias(tuple, (kind, ...)), lists.map(tuple), "list"),
        Kind(types.GenericAlias(tuple, (kind, kind)), pairs, "list"),
        Kind(types.GenericAlias(dict, (str, kind)), st.dictionaries(_texts, one, max_size=3), "object"),
    ]
    if inner.shape in ("text", "number", "bool"):
        kinds.append(Kind(types.GenericAlias(set, (kind,)), lists.map(set), "list"))
    return st.sampled_from(kinds)


def _either(kinds: list[Kind]) -> Kind:
    """A union of those that differ in shape."""
    apart = [one for one in {kind.shape: kind for kind in kinds}.values() if one.shape != "union" or len(kinds) == 1]
    if any(kind.shape == "text or number" for kind in apart):
        apart = [kind for kind in apart if kind.shape not in ("text", "number")]
    if not apart:
        return kinds[0]
    union: Any = Union.__getitem__(tuple(kind.type for kind in apart))
    return Kind(union, st.one_of([kind.values for kind in apart]), "union")


def _classes(fields: dict[str, Kind], optional: bool) -> st.SearchStrategy[Kind]:
    name, hints = f"Made{next(_numbers)}", {name: kind.type for name, kind in fields.items()}
    values = {name: kind.values for name, kind in fields.items()}
    if optional:
        made = TypedDict(name, hints, total=False)  # type: ignore[misc]  # made at run time
        return st.just(Kind(made, st.fixed_dictionaries({}, optional=values), "object"))
    plain: Any = dataclasses.make_dataclass(name, hints.items())
    classy: Any = attrs.make_class(name, {field: attrs.field(type=kind) for field, kind in hints.items()}, frozen=True)
    whole = TypedDict(name, hints)  # type: ignore[misc]  # made at run time
    return st.sampled_from(
        [
            Kind(plain, st.builds(plain, **values), "object"),
            Kind(classy, st.builds(classy, **values), "object"),
            Kind(whole, st.fixed_dictionaries(values), "object"),
        ]
    )


def _grown(inner: st.SearchStrategy[Kind]) -> st.SearchStrategy[Kind]:
    fields = st.dictionaries(st.sampled_from(["x", "y", "z"]), inner, max_size=3)
    return st.one_of(
        inner.flatmap(_listed),
        st.lists(inner, min_size=1, max_size=3).map(_either),
        st.tuples(fields, st.booleans()).flatmap(lambda both: _classes(*both)),
    )


kinds = st.recursive(st.sampled_from([*_exact, *_loose]), _grown, max_leaves=6)
exact_kinds = st.recursive(st.sampled_from(_exact), _grown, max_leaves=5)
anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "red", "go", "", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyzw"), inner, max_size=3),
)


def judge(kind: Any) -> jsonschema.Draft202012Validator:
    schema: Any = loads(dumps(schema_of(kind).unwrap())).unwrap()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@settings(max_examples=examples(200))
@given(st.data())
def test_what_is_written_is_read_back_and_fits_the_schema(data: st.DataObject) -> None:
    kind = data.draw(kinds)
    value = data.draw(kind.values)
    plain = loads(dumps(converter().unstructure(value, kind.type))).unwrap()
    judge(kind.type).validate(plain)
    assert structure(plain, kind.type) == Success(value)


@settings(max_examples=examples(300))
@given(st.data())
def test_what_fits_the_schema_is_what_is_read(data: st.DataObject) -> None:
    kind = data.draw(exact_kinds)
    given_ = data.draw(st.one_of(anything, kind.values.map(lambda value: converter().unstructure(value, kind.type))))
    plain = loads(dumps(given_)).unwrap()
    read = structure(plain, kind.type)
    assert isinstance(read, Success) == judge(kind.type).is_valid(plain), read
    if isinstance(read, Failure):
        assert read.failure()
        assert all(" @ $" in problem for problem in read.failure())


@settings(max_examples=examples(200))
@given(kinds, anything)
def test_nothing_wrong_is_an_exception_and_nothing_is_read_that_does_not_fit(kind: Kind, plain: Json) -> None:
    read = structure(plain, kind.type)
    if isinstance(read, Success):  # a number may have been written in another way: written again it is as it should be
        judge(kind.type).validate(loads(dumps(converter().unstructure(read.unwrap(), kind.type))).unwrap())
    else:
        assert all(" @ $" in problem for problem in read.failure())


@attrs.frozen
class Number:
    is_a: Literal["number"]
    value: int


@attrs.frozen
class Add:
    is_a: Literal["add"]
    left: Number | Add | Multiply
    right: Number | Add | Multiply


@attrs.frozen
class Multiply:
    is_a: Literal["multiply"]
    left: Number | Add | Multiply
    right: Number | Add | Multiply


@pytest.mark.parametrize("leaf", [1, "wrong"])
def test_a_tree_of_tagged_classes_is_read_in_good_time(leaf: Json) -> None:
    """In 2 ** 30 tries it would not be."""
    tree: Json = {"is_a": "number", "value": leaf}
    for _ in range(30):
        tree = {"is_a": "multiply", "left": tree, "right": {"is_a": "number", "value": 1}}
    read = structure(tree, Multiply)
    assert isinstance(read, Success) == (leaf == 1)
    if isinstance(read, Failure):
        assert read.failure() == (f"'wrong' is not a whole number @ ${'.left' * 30}.value",)


@attrs.frozen
class Chain:
    then: list[Chain]


@pytest.mark.parametrize("make", [lambda inner: [inner], lambda inner: {"then": [inner]}])
def test_what_is_nested_too_deeply_is_a_problem(make: Callable[[Json], Json]) -> None:
    deep: Json = {"then": []}
    for _ in range(500):
        deep = make(deep)
    kinds: list[Any] = [Chain, str, list[int], Chain | None, list[Chain] | list[str]]
    for kind in kinds:
        assert isinstance(structure(deep, kind), Failure)


def test_a_problem_does_not_repeat_all_of_the_answer() -> None:
    wrong: Json = {"then": ["x" * 10_000, list(range(10_000))]}
    assert sum(map(len, structure(wrong, Chain).failure())) < 500
    assert len(structure("x" * 10_000, int).failure()[0]) < 200


def named(qualname: str, **fields: type) -> Any:
    made: Any = attrs.make_class(qualname, {name: attrs.field(type=kind) for name, kind in fields.items()})
    return made


def test_two_classes_of_one_name_have_a_definition_each() -> None:
    kind = types.GenericAlias(tuple, (named("Point", x=int), named("Point", y=str)))
    schema = schema_of(kind).unwrap()
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    assert len(definitions) == 2
    judge(kind).validate([{"x": 1}, {"y": "a"}])


T = TypeVar("T")


@attrs.frozen
class Box(Generic[T]):
    held: T


@attrs.frozen
class Lost:
    where: Nowhere  # type: ignore[name-defined]  # noqa: F821  # that is the point


@attrs.define
class Untyped:
    what = attrs.field(default=1)  # type: ignore[var-annotated]


def lost(where: Nowhere) -> None:  # type: ignore[name-defined]  # noqa: F821
    """Its annotation cannot be resolved."""


class Callable_:
    def __call__(self, x: int) -> int:
        return x


def test_what_has_no_schema_is_said_and_not_raised() -> None:
    for kind in (Lost, Untyped, list[Lost], complex):
        assert isinstance(schema_of(kind), Failure), kind
    assert "Nowhere" in schema_of(Lost).failure()
    assert "Nowhere" in parameters_of(lost).failure()
    assert "Nowhere" in str(tool_of(lost).failure())
    assert tool_of(Callable_(), name="called").unwrap().spec.name == "called"
    assert tool_of(Callable_()).unwrap().spec.name == "Callable_"


def test_bare_collections_hold_anything() -> None:
    absent: Any = None
    assert isinstance(structure([], absent), Failure)
    bare: list[tuple[Any, Any]] = [(list, [1, "a"]), (tuple, [1, "a"]), (dict, {"a": [1]})]
    for kind, value in bare:
        judge(kind).validate(value)
        assert isinstance(structure(value, kind), Success)
