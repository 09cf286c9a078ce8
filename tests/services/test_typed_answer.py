"""Answers as values of a type, mended once where they do not fit."""

from __future__ import annotations

from typing import Annotated

import attrs
from returns.methods import unwrap_or_failure

from pointsman import (
    CacheSettings,
    ChatError,
    ChatResponse,
    ContentFiltered,
    InvalidRequest,
    InvalidResponse,
    ModelUnavailable,
    RetrySettings,
    Usage,
    ask,
    settle,
)
from pointsman.core.chat.part import Refusal, Text, ToolCall
from pointsman.core.chat.response import Finish, response_of
from pointsman.services.typed.typed_answer import TypedAnswer
from pointsman.testing import Reply, ScriptedClient
from tests.managed import answer, managed

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


async def test_all_tries_stand_on_the_answer_and_on_the_failure() -> None:
    first = attrs.evolve(answer("no"), usage=Usage(1000, 500))
    found, _ = await answered(Person, first, attrs.evolve(answer('{"name": "A", "age": 1}'), usage=Usage(2000, 600)))
    assert isinstance(found, TypedAnswer)
    assert (found.response.usage.input, found.response.usage.output) == (3000, 1100)
    failed, _ = await answered(Person, first, first)
    assert isinstance(failed, InvalidResponse)
    came = response_of(failed)
    assert came is not None
    assert came.usage.input == 2000
    broken, _ = await answered(Person, first, ModelUnavailable(detail="down"))
    assert isinstance(broken, ModelUnavailable)
    came = response_of(broken)
    assert came is not None
    assert came.usage.input == 1000


async def test_an_answer_that_was_cut_off_is_no_value_and_not_asked_for_again() -> None:
    cut = attrs.evolve(answer('{"name": "A", "age": 1}'), finish_reason=Finish.LENGTH)
    found, inner = await answered(Person, cut, GOOD)
    assert isinstance(found, InvalidResponse)
    assert "max_tokens" in str(found)
    assert len(inner.requests) == 1


async def test_a_refusal_is_told_as_one_and_not_asked_for_again() -> None:
    refused = attrs.evolve(answer(), parts=(Refusal("I would rather not."),))
    found, inner = await answered(Person, refused, GOOD)
    assert isinstance(found, ContentFiltered)
    assert "I would rather not." in str(found)
    assert len(inner.requests) == 1


@attrs.frozen
class Adult:
    age: Annotated[int, "18 or more"] = attrs.field(validator=attrs.validators.ge(18))


async def test_a_cached_answer_that_does_not_fit_is_asked_for_anew() -> None:
    replies = iter(['{"age": 3}', '{"age": 4}', '{"age": 20}'])
    inner = ScriptedClient(lambda request: next(replies))
    async with managed(inner, retries=RetrySettings(max_retries=0), cache=CacheSettings(enabled=True)) as app:
        first = unwrap_or_failure(await settle(app.manager.ask(QUESTION, Adult)))
        second = unwrap_or_failure(await settle(app.manager.ask(QUESTION, Adult)))
    assert isinstance(first, InvalidResponse)
    assert isinstance(second, TypedAnswer)
    assert second.value == Adult(20)
    assert len(inner.requests) == 3
