"""Answers as values of types over every dialect, on a simulator that refuses what the vendors refuse."""

from __future__ import annotations

import datetime
import enum
from typing import Any, Literal

import attrs
import pytest
from returns.methods import unwrap_or_failure

from pointsman import App, ChatError, ChatResponse, UnsupportedFeature, ask, settle
from pointsman.adapters.simulator.scenario import FixedAnswer, FixedCall, Match, Rule, Scenario
from pointsman.adapters.typed.tool import tool_of
from pointsman.core.chat.event import Done, TextDelta
from pointsman.core.chat.part import Text, ToolResult
from pointsman.core.chat.tool import ResponseSchema, Tool
from pointsman.core.json import JsonObject, dumps_text
from pointsman.services.typed.typed_answer import TypedAnswer
from pointsman.services.typed.typed_stream import Partial
from tests.simulated import chat, count_calls, simulated, stream

DIALECTS = ("openai", "openai-responses", "anthropic", "gemini", "ollama")
FREE = ("gemini", "ollama")
"""The dialects that have maps and tuples of their own."""


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@attrs.frozen
class Person:
    """Somebody."""

    name: str
    age: int | None = None
    nick: str = "none"


@attrs.frozen
class House:
    street: str
    owner: Person
    people: tuple[Person, ...]
    colour: Colour = Colour.RED
    kind: Literal["flat", "hut", 7] = "hut"
    built: datetime.date = datetime.date(1900, 1, 1)
    seen: datetime.datetime | None = None


@attrs.frozen
class Cat:
    lives: int
    tag: Literal["cat"] = "cat"


@attrs.frozen
class Dog:
    tricks: list[str]
    nick: str = "rex"


@attrs.frozen
class Zoo:
    star: Cat | Dog
    cages: dict[str, Cat | Dog]


@attrs.frozen
class Shape:
    corner: tuple[int, float]
    names: set[str]
    sizes: dict[str, tuple[int, int]]
    flag: bool = True


@attrs.frozen
class Tree:
    value: int
    children: list[Tree] = attrs.field(factory=list)


@attrs.frozen
class Loose:
    anything: Any


KINDS: tuple[Any, ...] = (
    *(Person, House, Cat | Dog, Zoo, Shape, Colour, Literal["a", "b"], datetime.date),
    *(list[Person], dict[str, Person], dict[str, dict[str, int]], tuple[int, str], int, str | None, list[Cat | Dog]),
)


async def asked(app: App, provider: str, kind: Any, repairs: int = 0) -> TypedAnswer[Any] | ChatError:
    return unwrap_or_failure(await settle(app.manager.ask(ask(f"{provider}/sim", "?"), kind, repairs=repairs)))


@pytest.mark.parametrize("provider", DIALECTS)
async def test_every_kind_of_type_is_answered_without_repair(provider: str) -> None:
    async with simulated(provider) as (app, server):
        for count, kind in enumerate(KINDS, 1):
            found = await asked(app, provider, kind)
            assert isinstance(found, TypedAnswer), (kind, found)
            assert count_calls(server) == count
            assert not found.response.warnings
            assert set(server.stats().by_status) == {200}


@pytest.mark.parametrize("provider", DIALECTS)
async def test_a_nested_value_has_the_types_it_was_asked_for(provider: str) -> None:
    async with simulated(provider) as (app, _):
        found = await asked(app, provider, House)
        shape = await asked(app, provider, Shape)
        zoo = await asked(app, provider, Zoo)
    assert isinstance(found, TypedAnswer)
    house = found.value
    assert isinstance(house, House)
    assert isinstance(house.people[0], Person)
    assert house.colour is Colour.RED
    assert house.kind == "flat"
    assert house.built == datetime.date(2026, 1, 2)
    assert isinstance(shape, TypedAnswer)
    assert isinstance(shape.value.corner, tuple)
    assert isinstance(shape.value.names, set)
    assert all(isinstance(size, tuple) for size in shape.value.sizes.values())
    assert isinstance(zoo, TypedAnswer)
    assert isinstance(zoo.value.star, Cat)


@pytest.mark.parametrize("provider", DIALECTS)
async def test_a_class_that_holds_itself_is_answered_or_refused_with_its_path(provider: str) -> None:
    async with simulated(provider) as (app, server):
        found = await asked(app, provider, Tree)
        sent = count_calls(server)
    if provider == "anthropic":
        assert isinstance(found, UnsupportedFeature)
        assert found.feature == "schema"
        assert "$.$defs.Tree.properties.children.items.$ref" in found.detail
        assert sent == 0
    else:
        assert isinstance(found, TypedAnswer)
        assert isinstance(found.value, Tree)
        assert all(isinstance(child, Tree) for child in found.value.children)


@pytest.mark.parametrize("provider", DIALECTS)
async def test_what_may_be_anything_goes_where_nothing_is_enforced(provider: str) -> None:
    async with simulated(provider) as (app, _):
        found = await asked(app, provider, Loose)
    if provider == "anthropic":
        assert isinstance(found, UnsupportedFeature)
        assert "$.properties.anything: anything is allowed here; say its type" in found.detail
    else:
        assert isinstance(found, TypedAnswer)


def saying(value: object) -> Scenario:
    return Scenario((Rule(FixedAnswer(text=dumps_text(value))),))


@pytest.mark.parametrize("provider", DIALECTS)
async def test_nulls_of_what_may_be_missing_become_the_defaults(provider: str) -> None:
    owner = {"name": "Ann", "age": None, "nick": None}
    house = {"street": "Rue", "owner": owner, "people": [owner], "colour": None, "kind": 7, "built": None, "seen": None}
    async with simulated(provider, scenario=saying(house)) as (app, _):
        found = await asked(app, provider, House)
    assert isinstance(found, TypedAnswer)
    assert found.value == House("Rue", Person("Ann"), (Person("Ann"),), kind=7)


@pytest.mark.parametrize("entries", [True, False])
@pytest.mark.parametrize("provider", DIALECTS)
async def test_maps_and_tuples_are_read_in_either_form(provider: str, entries: bool) -> None:
    plain = {"corner": [1, 2.5], "names": ["a"], "sizes": {"s": [1, 2]}}
    rewritten = {
        "corner": {"item1": 1, "item2": 2.5},
        "names": ["a"],
        "sizes": [{"key": "s", "value": {"item1": 1, "item2": 2}}],
        "flag": None,
    }
    async with simulated(provider, scenario=saying(rewritten if entries else plain)) as (app, _):
        found = await asked(app, provider, Shape)
    assert isinstance(found, TypedAnswer)
    assert found.value == Shape((1, 2.5), {"a"}, {"s": (1, 2)})


@pytest.mark.parametrize("kind", [Shape, dict[str, Person], Tree])
@pytest.mark.parametrize("provider", [name for name in DIALECTS if name != "anthropic"])
async def test_what_is_there_of_a_streamed_answer_has_the_form_of_the_type(provider: str, kind: Any) -> None:
    async with (
        simulated(provider) as (app, _),
        app.manager.ask_stream(ask(f"{provider}/sim", "?"), kind, repairs=0) as parts,
    ):
        *growing, end = [part async for part in parts]
        whole = await asked(app, provider, kind)
    assert isinstance(end, TypedAnswer)
    assert isinstance(whole, TypedAnswer)
    assert end.value == whole.value
    assert growing
    for part in growing:
        assert isinstance(part, Partial)
        assert isinstance(part.value, dict)
        if kind is Shape and "sizes" in part.value:
            assert isinstance(part.value["sizes"], dict)
        if kind is Shape and "corner" in part.value:
            assert isinstance(part.value["corner"], list)


OPTIONAL: JsonObject = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}
CLOSED: JsonObject = {
    "type": "object",
    "properties": {"a": {"type": "string"}, "b": {"type": ["integer", "null"]}},
    "required": ["a"],
}


@pytest.mark.parametrize("provider", ["openai", "openai-responses"])
async def test_a_strict_chat_is_refused_where_its_answer_would_need_reading_back(provider: str) -> None:
    request = attrs.evolve(ask(f"{provider}/sim", "?"), response_schema=ResponseSchema(OPTIONAL, strict=True))
    async with simulated(provider) as (app, server):
        found = await chat(app, request)
        loose = await chat(app, attrs.evolve(request, response_schema=ResponseSchema(OPTIONAL)))
        assert count_calls(server) == 1
    assert isinstance(found, UnsupportedFeature)
    assert found.feature == "schema"
    assert "$.properties.a: it is optional" in str(found)
    assert isinstance(loose, ChatResponse)


@pytest.mark.parametrize("provider", DIALECTS)
async def test_a_strict_chat_streams_text_that_fits_as_it_stands(provider: str) -> None:
    request = attrs.evolve(ask(f"{provider}/sim", "?"), response_schema=ResponseSchema(CLOSED, strict=True))
    async with simulated(provider) as (app, _):
        events = await stream(app, request)
        whole = await chat(app, request)
    assert isinstance(whole, ChatResponse)
    assert isinstance(events[-1], Done)
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert text == whole.text == '{"a":"simulated a","b":1}'


async def test_what_is_not_enforced_is_warned_of_or_fails_by_policy() -> None:
    schema: JsonObject = {
        **OPTIONAL,
        "properties": {"a": {"type": "array", "items": {"type": "integer", "minimum": 1}}},
    }
    request = attrs.evolve(ask("anthropic/sim", "?"), response_schema=ResponseSchema(schema))
    async with simulated("anthropic") as (app, _):
        found = await chat(app, request)
        failed = await chat(app, attrs.evolve(request, on_unsupported="fail"))
    assert isinstance(found, ChatResponse)
    assert [warning.subject for warning in found.warnings] == ["response_schema"]
    assert "$.properties.a.items.minimum" in found.warnings[0].text
    assert isinstance(failed, UnsupportedFeature)


def visit(city: str, days: int = 3, who: Person | None = None, tags: dict[str, int] | None = None) -> str:
    """Plan a visit."""
    return f"{city} {days} {who} {tags}"


async def visited(provider: str, arguments: JsonObject | None) -> str:
    """What the strict tool said when the model called it, with `arguments` or those of the simulator."""
    fixed = FixedAnswer(tool_calls=(FixedCall("visit", arguments),)) if arguments else FixedAnswer()
    scenario = Scenario((Rule(fixed, Match(model="sim", nth=1)),))
    async with simulated(provider, scenario=scenario) as (app, _):
        client = app.manager.tooled(tool_of(visit, strict=True).unwrap())
        request = attrs.evolve(ask(f"{provider}/sim", "Visit"), tool_choice="required")
        response = unwrap_or_failure(await settle(client.chat(request)))
    assert isinstance(response, ChatResponse)
    (result,) = response.steps[1].parts
    assert isinstance(result, ToolResult)
    assert not result.is_error, result
    return "".join(part.text for part in result.content if isinstance(part, Text))


@pytest.mark.parametrize("provider", DIALECTS)
async def test_a_strict_tool_gets_arguments_that_it_takes(provider: str) -> None:
    assert "simulated city 1 Person(name='simulated name'" in await visited(provider, None)


@pytest.mark.parametrize("provider", DIALECTS)
async def test_nulls_of_optional_parameters_are_dropped(provider: str) -> None:
    null: JsonObject = {"city": "Ulm", "days": None, "who": {"name": "Ann", "age": 3, "nick": None}, "tags": None}
    assert await visited(provider, null) == f"Ulm 3 {Person('Ann', 3)} None"
    entries: JsonObject = {"city": "Ulm", "days": 2, "who": None, "tags": [{"key": "a", "value": 1}]}
    assert await visited(provider, entries) == "Ulm 2 None {'a': 1}"


@pytest.mark.parametrize("provider", ["openai", "openai-responses", "anthropic"])
async def test_a_strict_tool_of_the_callers_own_is_refused_where_it_would_need_reading_back(provider: str) -> None:
    tool = Tool("t", parameters={"type": "object", "additionalProperties": {"type": "string"}}, strict=True)
    async with simulated(provider) as (app, server):
        found = await chat(app, attrs.evolve(ask(f"{provider}/sim", "?"), tools=(tool,)))
        assert count_calls(server) == 0
    assert isinstance(found, UnsupportedFeature)
    assert found.feature == "schema"
    assert "tools.t" in found.detail


@pytest.mark.parametrize("provider", FREE)
async def test_a_strict_tool_is_warned_of_where_tools_are_not_enforced(provider: str) -> None:
    tool = Tool("t", parameters=OPTIONAL, strict=True)
    async with simulated(provider) as (app, _):
        found = await chat(app, attrs.evolve(ask(f"{provider}/sim", "?"), tools=(tool,)))
    assert isinstance(found, ChatResponse)
    assert [warning.subject for warning in found.warnings] == ["tools.t.strict"]
