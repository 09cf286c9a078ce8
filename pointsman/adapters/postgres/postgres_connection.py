"""A connection to PostgreSQL, opened and tuned, which takes the SQL of the stores. It knows no table of theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import TypeAlias

import attrs
import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from pointsman.adapters.postgres.shielded_text import adapt_values
from pointsman.adapters.sql.transactions import Lock, SqlCursor, Values
from pointsman.core.database_address import DatabaseAddress
from pointsman.core.security.secret import Secret

Driver: TypeAlias = psycopg.Connection[tuple[object, ...]]
CONNECT_SECONDS = 5
_SETTINGS = "-c lock_timeout=10s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s"
_NAMED = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")


@lru_cache(maxsize=1024)
def _translate(sql: str, is_named: bool) -> bytes:
    """`sql` as the driver takes it."""
    whole = sql.replace("%", "%%")
    return (_NAMED.sub(r"%(\1)s", whole) if is_named else whole.replace("?", "%s")).encode()


@attrs.frozen
class PostgresConnection:
    """An `SqlConnection`."""

    driver: Driver

    def execute(self, sql: str, parameters: Values = (), /) -> SqlCursor:
        """As `SqlConnection.execute`."""
        return self.driver.execute(_translate(sql, isinstance(parameters, Mapping)), parameters)

    def executemany(self, sql: str, parameters: Iterable[Values], /) -> SqlCursor:
        """As `SqlConnection.executemany`, in one round trip."""
        rows, cursor = list(parameters), self.driver.cursor()
        if rows:
            cursor.executemany(_translate(sql, isinstance(rows[0], Mapping)), rows)
        return cursor

    @property
    def is_lost(self) -> bool:
        """Whether nothing can be asked over it any more."""
        return self.driver.closed or self.driver.info.status == pq.ConnStatus.BAD


def connect(address: DatabaseAddress, password: Secret | None) -> PostgresConnection:
    """A new connection; each statement is its own transaction unless it says `BEGIN`. Raises `psycopg.Error`."""
    driver = psycopg.connect(
        address.url,
        autocommit=True,
        password=None if password is None else password.reveal(),
        connect_timeout=CONNECT_SECONDS,
        tcp_user_timeout=10_000,
        application_name="pointsman",
        options=f"{_SETTINGS} {conninfo_to_dict(address.url).get('options', '')}".strip(),
    )
    adapt_values(driver)
    driver.execute(SQL("SET search_path TO {}, public").format(Identifier(address.schema)))
    return PostgresConnection(driver)


def begin(connection: PostgresConnection, schema: str, locks: Sequence[Lock]) -> None:
    """Begin a transaction that holds `locks` until it ends, in one round trip."""
    connection.driver.execute(f"BEGIN; {_locking(schema, locks)}".encode(), prepare=False)


def take_locks(connection: PostgresConnection, schema: str, locks: Sequence[Lock]) -> None:
    """Hold `locks` until the transaction ends."""
    connection.driver.execute(_locking(schema, locks).encode(), prepare=False)


def _locking(schema: str, locks: Sequence[Lock]) -> str:
    """What takes `locks`; in one order, so that no two wait for each other."""
    alone = {_number_of(schema, lock) for lock in locks if not lock.is_shared}
    shared = {_number_of(schema, lock) for lock in locks if lock.is_shared} - alone
    wanted = sorted([(number, False) for number in alone] + [(number, True) for number in shared])
    calls = ", ".join(
        f"pg_advisory_xact_lock_shared({number})" if is_shared else f"pg_advisory_xact_lock({number})"
        for number, is_shared in wanted
    )
    return f"SELECT {calls}"


def _number_of(schema: str, lock: Lock) -> int:
    digest = blake2b(f"{schema}\0{lock.name}".encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
