"""The laws of `ToolFunction`. A law takes a tool and JSON arguments that it answers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import anyio
import anyio.lowlevel
import attrs
from returns.result import Failure, Success

from pointsman.core.chat.part import Image
from pointsman.core.json import Json, as_object, dumps_text
from pointsman.services.ports.tools import ToolFunction


@attrs.frozen
class Example:
    """A tool, and arguments (the text of a JSON object) for which it has an answer."""

    tool: ToolFunction
    arguments: str = "{}"


_OF_NO_USE: tuple[Json, ...] = (None, [], {"deep": [1]}, "\x00", -1e300, "x" * 10_000)
Law: TypeAlias = Callable[[Example], Awaitable[None]]


async def it_is_described_as_every_provider_takes_it(example: Example) -> None:
    spec = example.tool.spec
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", spec.name), spec.name
    assert spec.description, "a model is told by it what the tool is for"
    assert spec.parameters.get("type") == "object"
    assert dumps_text(spec.parameters)
    assert example.tool.timeout > 0


async def what_it_takes_it_answers_with_text_or_pictures(example: Example) -> None:
    answer = await example.tool.run(example.arguments)
    assert isinstance(answer, Success), answer
    assert answer.unwrap()
    assert all(isinstance(part, (str, Image)) for part in answer.unwrap())


async def what_is_no_json_object_is_refused_in_a_sentence(example: Example) -> None:
    for wrong in ("{", "[1]", "nothing", '"text"'):
        answer = await example.tool.run(wrong)
        assert isinstance(answer, Failure), wrong
        assert isinstance(answer.failure(), str)
        assert answer.failure()


async def what_is_required_is_missed(example: Example) -> None:
    if example.tool.spec.parameters.get("required"):
        assert isinstance(await example.tool.run("{}"), Failure)


async def arguments_of_no_use_are_refused_or_answered_but_raise_nothing(example: Example) -> None:
    for name in as_object(example.tool.spec.parameters.get("properties")):
        for value in _OF_NO_USE:
            assert isinstance(await example.tool.run(dumps_text({name: value})), (Success, Failure))


async def many_may_run_it_at_once(example: Example) -> None:
    answers: list[bool] = []

    async def run() -> None:
        answers.append(isinstance(await example.tool.run(example.arguments), Success))

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(run)
    assert answers == [True] * 8


async def a_cancelled_run_is_cancelled(example: Example) -> None:
    with anyio.CancelScope() as scope:
        scope.cancel()
        await example.tool.run(example.arguments)
        await anyio.lowlevel.checkpoint()
        raise AssertionError("it was not cancelled")


LAWS: tuple[Law, ...] = (
    it_is_described_as_every_provider_takes_it,
    what_it_takes_it_answers_with_text_or_pictures,
    what_is_no_json_object_is_refused_in_a_sentence,
    what_is_required_is_missed,
    arguments_of_no_use_are_refused_or_answered_but_raise_nothing,
    many_may_run_it_at_once,
    a_cancelled_run_is_cancelled,
)
