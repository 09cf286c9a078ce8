"""A typed answer as it comes: parts that grow, and the value at the end."""

from __future__ import annotations

from pointsman import InvalidResponse, LLMError, ModelUnavailable, RetrySettings, ask
from pointsman.core.chat.event import Failed
from pointsman.core.json import Json
from pointsman.services.typed.typed_answer import TypedAnswer
from pointsman.services.typed.typed_stream import Partial
from pointsman.testing import Reply, ScriptedClient
from tests.managed import managed
from tests.services.test_typed_answer import GOOD, House, Person

QUESTION = ask("fake/m", "Who lives there?")


async def streamed(kind: type[object], *replies: Reply) -> tuple[list[Json], object, ScriptedClient]:
    """The partial values, the end, and who was asked."""
    inner = ScriptedClient(list(replies))
    values: list[Json] = []
    end: object = None
    async with (
        managed(inner, retries=RetrySettings(max_retries=0)) as app,
        app.manager.ask_stream(QUESTION, kind) as parts,
    ):
        async for part in parts:
            assert end is None
            if isinstance(part, Partial):
                values.append(part.value)
            else:
                end = part
    return values, end, inner


async def test_values_grow_until_the_answer_is_whole() -> None:
    values, end, _ = await streamed(House, GOOD)
    assert isinstance(end, TypedAnswer)
    assert end.value == House("Rue", (Person("Ann", 3),))
    assert len(values) > 2
    assert values[-1] == {"street": "Rue", "people": [{"name": "Ann", "age": 3}]}
    assert all(values[n] != values[n + 1] for n in range(len(values) - 1))
    assert isinstance(values[0], dict)
    assert "people" not in values[0]


async def test_what_is_no_object_is_taken_out_of_the_one_around_it() -> None:
    values, end, _ = await streamed(list[int], '{"value": [1, 2, 3]}')
    assert isinstance(end, TypedAnswer)
    assert end.value == [1, 2, 3]
    assert values[-1] == [1, 2, 3]


async def test_an_answer_that_does_not_fit_is_repaired_once() -> None:
    _, end, inner = await streamed(Person, '{"name": "Ann"}', '{"name": "Ann", "age": 3}')
    assert isinstance(end, TypedAnswer)
    assert end.value == Person("Ann", 3)
    assert "'age' is missing" in inner.requests[1].messages[-1].text
    _, end, _ = await streamed(Person, '{"name": "Ann"}', "no")
    assert isinstance(end, Failed)
    assert isinstance(end.error, InvalidResponse)


async def test_a_failure_is_the_end_and_no_schema_is_a_failure() -> None:
    _, end, _ = await streamed(Person, ModelUnavailable(detail="down"))
    errors: list[LLMError] = [end.error] if isinstance(end, Failed) else []
    assert [error.tag for error in errors] == ["ModelUnavailable"]
    _, end, inner = await streamed(complex, GOOD)
    assert isinstance(end, Failed)
    assert end.error.tag == "InvalidRequest"
    assert inner.requests == []
