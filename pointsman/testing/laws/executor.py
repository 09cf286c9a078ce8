"""The laws of `Executor`. A law takes an opening of an executor whose sandbox is a fake one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

import anyio
import anyio.lowlevel
import attrs
from returns.result import Failure, Result, Success

from pointsman.services.ports.executor import SandboxExecutor
from pointsman.services.ports.sandbox import Job, Sandbox, SandboxError

Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[SandboxExecutor]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]


@attrs.frozen
class Sum:
    """Work that can be pickled: two numbers."""

    first: int
    second: int


async def add(sandbox: Sandbox, work: Sum) -> Result[int, SandboxError]:
    """The sum, after a job in the sandbox."""
    ran = await sandbox.run(Job(files={}, script=""))
    return ran.map(lambda _: work.first + work.second)


async def fail_always(sandbox: Sandbox, work: Sum) -> Result[int, SandboxError]:
    """What is there where the sandbox fails."""
    return Failure(SandboxError(detail=f"no sandbox for {work.first}"))


async def wait_forever(sandbox: Sandbox, work: Sum) -> Result[int, SandboxError]:
    """Work that never ends."""
    await anyio.sleep_forever()
    return Success(0)


async def it_gives_what_the_work_gives(opening: Opening) -> None:
    async with opening() as executor:
        assert await executor.run(add, Sum(2, 3)) == Success(5)


async def a_failure_comes_back_as_it_was(opening: Opening) -> None:
    async with opening() as executor:
        failed = await executor.run(fail_always, Sum(7, 0))
        assert isinstance(failed, Failure)
        assert failed.failure() == SandboxError(detail="no sandbox for 7")
        assert await executor.run(add, Sum(1, 1)) == Success(2)


async def many_at_once_each_get_their_own(opening: Opening) -> None:
    found: dict[int, Result[int, SandboxError]] = {}

    async def go(executor: SandboxExecutor, number: int) -> None:
        found[number] = await executor.run(add, Sum(number, 1))

    async with opening() as executor, anyio.create_task_group() as group:
        for number in range(50):
            group.start_soon(go, executor, number)
    assert found == {number: Success(number + 1) for number in range(50)}


async def work_that_is_cancelled_leaves_its_place(opening: Opening) -> None:
    async with opening() as executor:
        for _ in range(20):
            async with anyio.create_task_group() as group:
                group.start_soon(executor.run, wait_forever, Sum(0, 0))
                for _ in range(3):
                    await anyio.lowlevel.checkpoint()
                group.cancel_scope.cancel()
        assert await executor.run(add, Sum(1, 2)) == Success(3)


LAWS: tuple[Law, ...] = (
    it_gives_what_the_work_gives,
    a_failure_comes_back_as_it_was,
    many_at_once_each_get_their_own,
    work_that_is_cancelled_leaves_its_place,
)
