"""One look for all who ask at once, and the keys of a server that are looked up so."""

from __future__ import annotations

import anyio
import attrs
import pytest
from anyio import wait_all_tasks_blocked
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.adapters.memory.authority_version import MemoryAuthorityVersion
from pointsman.adapters.memory.key_store import MemoryKeys
from pointsman.adapters.memory.session_store import MemorySessions
from pointsman.adapters.memory.settings_store import SettingsInMemory
from pointsman.adapters.memory.user_store import MemoryUsers
from pointsman.core.effect import settle
from pointsman.core.error import LLMError, StorageError
from pointsman.core.security.audit import AuditEntry
from pointsman.core.security.virtual_key import VirtualKey
from pointsman.services.authority.stored_authority import StoredAuthority
from pointsman.services.tasks.shared_look import SharedLook
from pointsman.testing import VirtualClock


@attrs.define
class SlowLook:
    """Finds `value` once it may; counts."""

    value: int = 1
    may_end: anyio.Event = attrs.field(factory=anyio.Event)
    begun: int = 0

    async def __call__(self) -> int:
        self.begun += 1
        value = self.value
        await self.may_end.wait()
        return value


async def test_all_who_ask_at_once_are_given_what_one_finds() -> None:
    shared, look, found = SharedLook[int](), SlowLook(), list[int]()

    async def ask() -> None:
        found.append(await shared.take(look))

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(ask)
        await wait_all_tasks_blocked()
        look.may_end.set()
    assert (found, look.begun) == ([1] * 8, 1)
    await ask()
    assert look.begun == 2  # nothing is remembered


async def test_where_who_looks_is_cancelled_another_does() -> None:
    shared, look, found = SharedLook[int](), SlowLook(), list[int]()

    async def ask() -> None:
        found.append(await shared.take(look))

    async with anyio.create_task_group() as group:
        async with anyio.create_task_group() as first:
            first.start_soon(ask)
            await wait_all_tasks_blocked()
            group.start_soon(ask)
            group.start_soon(ask)
            await wait_all_tasks_blocked()
            first.cancel_scope.cancel()
        await wait_all_tasks_blocked()
        assert look.begun == 2
        look.may_end.set()
    assert found == [1, 1]


async def test_who_comes_after_a_change_looks_anew() -> None:
    shared, look, found = SharedLook[int](), SlowLook(), list[int]()

    async def ask() -> None:
        found.append(await shared.take(look))

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        await wait_all_tasks_blocked()
        look.value = 2
        shared.forget()
        group.start_soon(ask)
        group.start_soon(ask)
        await wait_all_tasks_blocked()
        assert look.begun == 2
        look.may_end.set()
    assert sorted(found) == [1, 2, 2]


@attrs.define
class SlowKeys(MemoryKeys):
    """Reads at once and answers late, as a database does that is far away; counts."""

    problem: StorageError | None = None
    may_end: anyio.Event = attrs.field(factory=anyio.Event)
    begun: int = 0

    def all(self) -> FutureResult[tuple[VirtualKey, ...], StorageError]:
        return FutureResult(self._slowly(MemoryKeys.all(self)))

    async def _slowly(
        self, found: FutureResult[tuple[VirtualKey, ...], StorageError]
    ) -> Result[tuple[VirtualKey, ...], StorageError]:
        self.begun += 1
        read = await settle(found)
        await self.may_end.wait()
        return read if self.problem is None else Failure(self.problem)


def authority_over(keys: SlowKeys) -> StoredAuthority:
    sessions = MemorySessions(keys.version)
    return StoredAuthority(keys, sessions, MemoryUsers(keys, sessions), keys.version, VirtualClock())


@pytest.mark.parametrize("problem", [None, StorageError(detail="the database is locked", local=True)])
async def test_calls_without_a_key_look_for_keys_together(problem: StorageError | None) -> None:
    keys = SlowKeys(SettingsInMemory(), MemoryAuthorityVersion(), problem=problem)
    authority, answers = authority_over(keys), list[Result[bool, LLMError]]()

    async def ask() -> None:
        answers.append(await authority.has_keys())

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(ask)
        await wait_all_tasks_blocked()
        keys.may_end.set()
    assert answers == [Success(False) if problem is None else Failure(problem)] * 8
    assert keys.begun == 1
    await ask()
    assert keys.begun == (1 if problem is None else 2)  # a failure is not remembered


async def test_what_was_read_before_a_change_is_not_remembered() -> None:
    keys = SlowKeys(SettingsInMemory(), MemoryAuthorityVersion())
    authority = authority_over(keys)
    async with anyio.create_task_group() as group:
        group.start_soon(authority.has_keys)
        await wait_all_tasks_blocked()
        key = VirtualKey(id="k", name="k", prefix="pk", digest=b"d", created=0.0)
        await settle(keys.put(key, AuditEntry(time=0.0, who="ann", what="key.create")))
        authority.forget()
        keys.may_end.set()
    assert await authority.has_keys() == Success(True)
