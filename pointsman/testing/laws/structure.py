"""The laws of `Structure`. A law takes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import attrs
from returns.result import Failure, Success

from pointsman.core.json import Json
from pointsman.services.ports.structure import Structure

Law: TypeAlias = Callable[[Structure], None]


@attrs.frozen
class Stop:
    """Where a train stops, and for how many minutes."""

    name: str
    minutes: int = 1


def json_becomes_a_value_of_the_type(structure: Structure) -> None:
    assert structure('{"name": "Bern", "minutes": 3}', Stop, None) == Success(Stop("Bern", 3))
    assert structure('{"name": "Bern"}', Stop, None) == Success(Stop("Bern"))
    assert structure("[1, 2]", list[int], None) == Success([1, 2])
    assert structure('{"a": [{"name": "x"}]}', dict[str, list[Stop]], None) == Success({"a": [Stop("x")]})


def what_does_not_fit_is_told_by_its_path(structure: Structure) -> None:
    for text in ('{"name": 3}', '{"minutes": 3}', '{"name": "x", "platform": 3}', '{"name": "x", "minutes": "many"}'):
        problems = structure(text, Stop, None).failure()
        assert problems
        assert all("$" in problem for problem in problems)
    assert len(structure('["a", "b", 3]', list[int], None).failure()) == 2


def nothing_is_taken_for_what_it_is_not(structure: Structure) -> None:
    for text, kind in (("true", int), ('"x"', list[str]), ("null", str), ('{"a": 1}', list[int]), ("1.5", int)):
        assert isinstance(structure(text, kind, None), Failure), (text, kind)


def no_text_raises(structure: Structure) -> None:
    for text in ("", "{", "[" * 5000, '{"name":', "NaN", "\ud800", "{}x", "\x00", "nul"):
        assert isinstance(structure(text, Stop, None), Failure), text


def it_is_read_back_before_it_is_looked_at(structure: Structure) -> None:
    def unwrap(data: Json) -> Json:
        return data["value"] if isinstance(data, dict) else data

    assert structure('{"value": [1]}', list[int], unwrap) == Success([1])


LAWS: tuple[Law, ...] = (
    json_becomes_a_value_of_the_type,
    what_does_not_fit_is_told_by_its_path,
    nothing_is_taken_for_what_it_is_not,
    no_text_raises,
    it_is_read_back_before_it_is_looked_at,
)
