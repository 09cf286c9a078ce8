"""Answers as values of a type, mended once where they do not fit."""

from __future__ import annotations

import attrs
from returns.methods import unwrap_or_failure

from pointsman import (
    ChatError,
    ChatResponse,
    InvalidRequest,
    InvalidResponse,
    ModelUnavailable,
    RetrySettings,
    ask,
    settle,
)
from pointsman.core.chat.part import Text, ToolCall
from pointsman.services.typed.typed_answer import TypedAnswer
from pointsman.testing import Reply, ScriptedClient
from tests.managed import managed

QUESTION = ask("fake/m", "Who lives there?")


@attrs.frozen
class Person:
    name: str
    age: int


@attrs.frozen
class House:
    street: str
    people: tuple[Person, ...]


async def answered(kind: type[object], *replies: Reply) -> tuple[TypedAnswer[object] | ChatError, ScriptedClient]:
    inner = ScriptedClient(list(replies))
    async with managed(inner, retries=RetrySettings(max_retries=0)) as app:
        return unwrap_or_failure(await settle(app.manager.ask(QUESTION, kind))), inner


GOOD = '{"street": "Rue", "people": [{"name": "Ann", "age": 3}]}'


async def test_a_nested_class_is_read_and_its_schema_was_sent() -> None:
    found, inner = await answered(House, GOOD)
    assert isinstance(found, TypedAnswer)
    assert found.value == House("Rue", (Person("Ann", 3),))
    assert found.response.text == GOOD
    schema = inner.requests[0].response_schema
    assert schema is not None
    assert schema.name == "House"
    assert schema.schema["required"] == ["street", "people"]


async def test_what_does_not_fit_is_told_and_mended() -> None:
    found, inner = await answered(House, '{"street": 1, "people": [{"name": "Ann"}]}', GOOD)
    assert isinstance(found, TypedAnswer)
    told = inner.requests[1].messages[-1].text
    assert "- 1 is not text @ $.street" in told
    assert "- the field 'age' is missing @ $.people[0].age" in told
    assert inner.requests[1].messages[-2].role == "assistant"


async def test_what_cannot_be_mended_lists_every_problem_by_path() -> None:
    found, inner = await answered(Person, "so?", '{"name": 1, "age": "x"}', GOOD)
    assert isinstance(found, InvalidResponse)
    assert found.problems == ("1 is not text @ $.name", "'x' is not a whole number @ $.age")
    assert len(inner.requests) == 2


async def test_what_is_no_object_goes_into_one() -> None:
    found, inner = await answered(list[int], '{"value": [1, 2]}')
    assert isinstance(found, TypedAnswer)
    assert found.value == [1, 2]
    schema = inner.requests[0].response_schema
    assert schema is not None
    assert schema.schema["required"] == ["value"]


async def test_a_type_without_a_schema_is_not_asked_for_and_failures_pass_through() -> None:
    found, inner = await answered(complex, GOOD)
    assert isinstance(found, InvalidRequest)
    assert inner.requests == []
    found, _ = await answered(Person, ModelUnavailable(detail="down"))
    assert isinstance(found, ModelUnavailable)


async def test_neither_an_empty_answer_nor_a_call_goes_back_with_the_reproach() -> None:
    call = ToolCall("1", "look", "{}")
    for first in (ChatResponse(parts=(call,)), ChatResponse(), ChatResponse(parts=(Text("so?"), call))):
        found, inner = await answered(Person, first, '{"name": "Ann", "age": 3}')
        assert isinstance(found, TypedAnswer)
        told = inner.requests[1].messages[1:-1]
        assert [message.parts for message in told] == ([(Text("so?"),)] if first.text else [])
