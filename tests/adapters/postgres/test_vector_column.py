"""Memories are compared by the server where it can: with the same outcome, and few of them leave it."""

from __future__ import annotations

import random
from contextlib import closing

import attrs
import pytest
from returns.result import Success

from pointsman.adapters.postgres.postgres_connection import connect
from pointsman.adapters.postgres.postgres_database import PostgresDatabase
from pointsman.adapters.postgres.postgres_dialect import dialect_on
from pointsman.adapters.postgres.schema import prepare
from pointsman.adapters.postgres.vector_column import has_vectors
from pointsman.adapters.sql.memory_store import SqlMemories
from pointsman.adapters.sql.transactions import AlikeMemories
from pointsman.core.effect import settle
from pointsman.core.memory import HALF_LIFE, Memory, MemoryScope, recall, unit
from tests.adapters.postgres.opened import Stores
from tests.adapters.postgres.server import Server, a_schema

NOW = 40 * HALF_LIFE


def near(rng: random.Random, middle: tuple[float, ...], spread: float) -> tuple[float, ...]:
    return unit([one + rng.gauss(0, spread) for one in middle])


def memories(count: int, seed: int) -> tuple[Memory, ...]:
    """Many that are alike, some hardly enough, some of another model, old and new, of two users."""
    rng = random.Random(seed)
    middle = near(rng, (1.0,) * 24, 1.0)
    return tuple(
        Memory(
            id=f"m{number}",
            text="The lever is red" if number % 7 == 0 else "bells",
            created=rng.uniform(0, NOW),
            importance=rng.random(),
            user=rng.choice(["", "ann", "bob"]),
            tags=("x",) if number % 3 == 0 else (),
            vector=(1.0, 0.0) if number % 11 == 0 else near(rng, middle, rng.choice([0.05, 0.2, 0.4])),
        )
        for number in range(count)
    )


async def keep(database: PostgresDatabase, kept: tuple[Memory, ...]) -> SqlMemories:
    store = SqlMemories(database)
    for one in kept:
        (await settle(store.remember(one))).unwrap()
    return store


async def looked_at(database: PostgresDatabase, wanted: AlikeMemories) -> int:
    """How many memories leave the server."""
    condition, values = database.dialect.alike_condition(wanted)
    query = f"SELECT count(*) FROM memory WHERE {condition}"
    return (await database.read(lambda connection: int(connection.execute(query, values).fetchone()[0]))).unwrap()


async def test_what_is_recalled_is_the_same_and_few_leave_the_server(stores: Stores) -> None:
    kept = memories(120, seed=5)
    question = kept[1].vector
    async with stores.database() as database:
        store = await keep(database, kept)
        for k, scope in ((5, MemoryScope(user="ann")), (20, MemoryScope()), (3, MemoryScope(user="bob", tags=("x",)))):
            for text in ("", "Which lever?"):
                found = (await settle(store.recall(text, k, scope, NOW, question))).unwrap()
                assert found == recall(kept, text, k, scope, NOW, question)
                assert len(found) == k
        alike = AlikeMemories(vector=question, k=5, scope=MemoryScope(user="ann"), now=NOW)
        assert await looked_at(database, alike) <= 10
        database.dialect = dialect_on(database.journals, None)
        assert await looked_at(database, alike) == 120


async def test_what_was_kept_before_the_extension_or_by_who_does_not_know_it_is_recalled_all_the_same(
    stores: Stores,
) -> None:
    kept, schema = memories(30, seed=6), a_schema()
    question = kept[1].vector
    alike = AlikeMemories(vector=question, k=3, scope=MemoryScope(), now=NOW)
    expected = recall(kept, "", 3, MemoryScope(), NOW, question)
    async with stores.database(schema) as database, stores.database(schema) as knowing:
        database.dialect = dialect_on(database.journals, None)
        await keep(database, kept)
        assert await looked_at(knowing, alike) == 30
        assert await settle(SqlMemories(knowing).recall("", 3, MemoryScope(), NOW, question)) == Success(expected)
    async with stores.database(schema) as later:
        assert await looked_at(later, alike) <= 6, "they were brought there when it was opened"
        assert await settle(SqlMemories(later).recall("", 3, MemoryScope(), NOW, question)) == Success(expected)


@pytest.mark.parametrize("vector", [(float("nan"), 1.0), (float("inf"), 0.0), (1e300, 0.0), (0.0,) * 16_001])
async def test_a_vector_that_the_extension_cannot_take_is_kept_and_compared_as_ever(
    stores: Stores, vector: tuple[float, ...]
) -> None:
    odd = Memory(id="odd", text="The lever is red", created=0.0, vector=vector)
    plain = attrs.evolve(odd, id="plain", vector=(1.0, 0.0))
    async with stores.database() as database:
        store = await keep(database, (odd, plain))
        found = (await settle(store.recall("", 9, MemoryScope(), 0.0, (1.0, 0.0)))).unwrap()
        assert "plain" in {one.memory.id for one in found}
        assert isinstance(await settle(store.recall("lever", 9, MemoryScope(), 0.0, vector)), Success)


async def test_what_is_next_to_unimportant_is_recalled_all_the_same(stores: Stores) -> None:
    """To the server, a product that is too small for a number is an error."""
    faint = Memory(id="faint", text="The lever is red", created=0.0, importance=5e-324, vector=(1.0, 0.0))
    async with stores.database() as database:
        store = await keep(database, (faint,))
        found = (await settle(store.recall("", 9, MemoryScope(), 0.0, (1.0, 0.0)))).unwrap()
        assert [one.memory.id for one in found] == ["faint"]


def test_who_may_not_make_the_extension_does_without(postgres: Server) -> None:
    name = a_schema()
    with closing(connect(postgres.address(), None).driver) as driver:
        driver.execute(f"CREATE ROLE {name} LOGIN".encode())
        driver.execute(f"CREATE DATABASE {name} OWNER {name}".encode())
    address = attrs.evolve(postgres.address(), url=_as_user(postgres.started.get_uri(), name))
    poor = connect(address, None)
    with closing(poor.driver):
        assert prepare(poor, address.schema) is None
        assert has_vectors(poor, address.schema) is None


def _as_user(uri: str, name: str) -> str:
    """The address of the database `name` for the user of that name; ours is a socket: `postgresql://user:@/db?host=…`."""
    return f"postgresql://{name}@/{name}?{uri.partition('?')[2]}"
