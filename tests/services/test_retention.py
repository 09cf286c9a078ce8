"""What is older than the settings keep it goes; all else stays."""

from __future__ import annotations

import attrs
import pytest
from returns.result import Failure, Success

from pointsman.core.effect import settle
from pointsman.core.memory import Memory, MemoryScope
from pointsman.core.retention import read_span
from pointsman.core.security.audit import AuditEntry
from pointsman.core.settings import KeepSettings, Settings, UsageSettings
from pointsman.layers.settings.rules import check_settings
from pointsman.layers.stores import in_memory
from pointsman.services.ports.stores import Stores
from pointsman.services.retention import sweep
from pointsman.testing.failing_store import failing
from pointsman.testing.laws.conversation_store import ids, talk
from pointsman.testing.laws.usage_log import add, at, read

DAY = 86400.0
NOW = 1000 * DAY


async def fill(stores: Stores) -> None:
    for age in (1, 30, 500):
        await add(stores.usage_log, attrs.evolve(at(NOW - age * DAY), id=f"{age}"))
        await settle(stores.conversations.create(talk(f"{age}", updated=NOW - age * DAY)))
        await settle(stores.memories.remember(Memory(id=f"{age}", text="so", created=NOW - age * DAY)))
        await settle(stores.settings.record(AuditEntry(time=NOW - age * DAY, who="a", what=f"{age}")))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("400d", 400 * DAY),
        ("12h", DAY / 2),
        ("90m", 5400.0),
        (" 2w ", 14 * DAY),
        ("", None),
        ("x", None),
        ("-1d", None),
    ],
)
def test_times_are_read(text: str, seconds: float | None) -> None:
    assert read_span(text) == seconds


async def test_each_kind_goes_by_its_own_time() -> None:
    async with in_memory(Settings()) as opened:
        stores = opened.unwrap()
        await fill(stores)
        assert await sweep(stores, Settings(), NOW) == Success({}), "without a word everything stays"
        keep = KeepSettings(usage="400d", conversations="2w", memories="400d", audit="12h")
        gone = await sweep(stores, Settings(keep=keep), NOW)
        assert gone == Success({"usage": 1, "conversations": 2, "memories": 1, "audit": 3})
        assert [one.id for one in await read(stores.usage_log)] == ["30", "1"]
        assert await ids(stores.conversations) == ["1"]
        assert [one.id for one in (await settle(stores.memories.all(MemoryScope()))).unwrap()] == ["1", "30"]
        assert (await settle(stores.settings.audit())).unwrap() == ()


async def test_the_older_name_still_counts_and_the_newer_one_wins() -> None:
    async with in_memory(Settings()) as opened:
        stores = opened.unwrap()
        await fill(stores)
        usage = UsageSettings(keep_days=100)
        assert await sweep(stores, Settings(usage=usage, keep=KeepSettings(usage="900d")), NOW) == Success({"usage": 0})
        assert await sweep(stores, Settings(usage=usage), NOW) == Success({"usage": 1})


async def test_a_store_that_fails_is_told() -> None:
    async with in_memory(Settings()) as opened:
        stores = opened.unwrap()
        broken = attrs.evolve(stores, conversations=failing(stores.conversations))
        assert isinstance(await sweep(broken, Settings(keep=KeepSettings(conversations="1d")), NOW), Failure)


def test_what_is_no_time_is_refused_by_its_name() -> None:
    wrong = check_settings(Settings(keep=KeepSettings(audit="a while"))).failure()
    assert wrong.problems == ("keep.audit: it is no time; write 400d, 12h or 52w",)
