"""Generic classes, NewTypes, NamedTuples, times and UUIDs: their schema, and values of them out of JSON."""

from __future__ import annotations

import dataclasses
import datetime
import json
import uuid
from typing import Any, Generic, NamedTuple, NewType, TypedDict, TypeVar

import attrs
import pytest

from pointsman.adapters.typed.structure import structure_text
from pointsman.core.json import as_object
from pointsman.core.schema.of_type import schema_of

T = TypeVar("T")
K = TypeVar("K")
Metres = NewType("Metres", float)


@dataclasses.dataclass
class Page(Generic[T]):
    items: list[T]
    next: T | None = None


@attrs.frozen
class Sheet(Generic[T]):
    items: list[T]


@attrs.frozen
class Book(Sheet[T], Generic[T, K]):
    title: K
    first: T


class Row(TypedDict, Generic[T]):
    items: list[T]


class Point(NamedTuple):
    x: int
    y: Metres


@attrs.frozen
class Visit:
    id: uuid.UUID
    at: datetime.time
    where: Point
    page: Page[Point]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Page[int], {"items": [1], "next": 2}, Page([1], 2)),
        (Sheet[Sheet[int]], {"items": [{"items": [1]}]}, Sheet([Sheet([1])])),
        (Book[int, str], {"items": [1], "title": "t", "first": 2}, Book([1], "t", 2)),
        (Row[bool], {"items": [True]}, {"items": [True]}),
        (Metres, 1.5, 1.5),
        (Point, [1, 2.0], Point(1, Metres(2.0))),
        (
            Visit,
            {
                "id": "12345678-1234-5678-1234-567812345678",
                "at": "09:30",
                "where": [1, 2.5],
                "page": {"items": [[3, 4.0]]},
            },
            Visit(
                uuid.UUID("12345678-1234-5678-1234-567812345678"),
                datetime.time(9, 30),
                Point(1, Metres(2.5)),
                Page([Point(3, Metres(4.0))]),
            ),
        ),
    ],
)
def test_values_of_them_are_read(kind: Any, text: Any, value: object) -> None:
    assert "$" in json.dumps(schema_of(kind).unwrap()) or schema_of(kind).unwrap()
    assert structure_text(json.dumps(text), kind).unwrap() == value


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        (Page[int], {"items": ["x"]}, "'x' is not a whole number"),
        (uuid.UUID, "no", "'no' is not a UUID"),
        (datetime.time, "noon", "'noon' is not a time"),
        (Point, [1], "it is not a list of 2"),
        (Point, [1, "x"], "'x' is not a number"),
        (Book[int, str], {"items": ["x"], "title": "t", "first": 2}, "'x' is not a whole number"),
    ],
)
def test_what_does_not_fit_is_told(kind: Any, text: Any, problem: str) -> None:
    assert problem in "; ".join(structure_text(json.dumps(text), kind).failure())


def test_what_a_variable_stands_for_is_in_the_schema_of_every_class_that_inherits_it() -> None:
    found = schema_of(Book[int, str]).unwrap()
    properties = as_object(found["properties"])
    whole, text = {"type": "integer"}, {"type": "string"}
    assert properties == {
        "items": {"type": "array", "items": whole},
        "title": text,
        "first": whole,
    }
    assert "description" not in found


def test_two_fillings_of_one_class_have_two_names_of_letters() -> None:
    @attrs.frozen
    class Both:
        one: Sheet[int]
        two: Sheet[str]

    globals()["Both"] = Both
    assert set(as_object(schema_of(Both).unwrap()["$defs"])) == {"Sheet_int", "Sheet_str"}
