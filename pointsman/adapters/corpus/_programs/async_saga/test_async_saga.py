import asyncio
from contextlib import suppress

from async_saga import State, Step, run
from saga_errors import StepFailed


async def book(state: State) -> None:
    state["room"] = 7


async def cancel(state: State) -> None:
    del state["room"]


async def fail(state: State) -> None:
    raise ValueError("no money")


def test_all_steps_are_done() -> None:
    assert asyncio.run(run([Step("book", book, cancel)])) == {"room": 7}


def test_a_failure_undoes_the_others() -> None:
    state: State = {}
    with suppress(StepFailed):
        asyncio.run(run([Step("book", book, cancel), Step("pay", fail)], state))
        state["all"] = "done"
    assert state == {}
