"""The tables, as migrations: number n brings a database from version n to n + 1. Never change one that was released."""

from __future__ import annotations

APPLICATION_ID = 0x706F696E
"""Marks a SQLite file as ours (`poin`)."""

MIGRATIONS = (
    """
    CREATE TABLE cache (
        key TEXT PRIMARY KEY, response BLOB NOT NULL, stored REAL NOT NULL, expires REAL NOT NULL,
        size INTEGER NOT NULL, used INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX cache_used ON cache (used);
    CREATE TABLE cache_count (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
    INSERT INTO cache_count VALUES ('entries', 0), ('size', 0), ('hits', 0), ('misses', 0), ('evicted', 0), ('turn', 0);
    CREATE TRIGGER cache_added AFTER INSERT ON cache BEGIN
        UPDATE cache_count SET value = value + 1 WHERE name = 'entries';
        UPDATE cache_count SET value = value + new.size WHERE name = 'size';
    END;
    CREATE TRIGGER cache_removed AFTER DELETE ON cache BEGIN
        UPDATE cache_count SET value = value - 1 WHERE name = 'entries';
        UPDATE cache_count SET value = value - old.size WHERE name = 'size';
    END;

    CREATE TABLE account (
        key TEXT PRIMARY KEY, picodollars INTEGER NOT NULL DEFAULT 0, tokens INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE reservation (
        id TEXT NOT NULL, account TEXT NOT NULL, picodollars INTEGER NOT NULL, tokens INTEGER NOT NULL,
        until REAL NOT NULL, PRIMARY KEY (id, account)
    ) STRICT;
    CREATE INDEX reservation_account ON reservation (account);
    CREATE INDEX reservation_until ON reservation (until);

    CREATE TABLE usage (
        id TEXT PRIMARY KEY, time REAL NOT NULL, kind TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL,
        task TEXT NOT NULL, tenant TEXT NOT NULL, conversation TEXT NOT NULL, tags TEXT NOT NULL,
        input INTEGER, output INTEGER, cached_input INTEGER, cache_write INTEGER, reasoning INTEGER,
        estimated INTEGER NOT NULL, picodollars INTEGER NOT NULL, cost_complete INTEGER NOT NULL,
        saved_picodollars INTEGER NOT NULL, saved_complete INTEGER NOT NULL, latency_ms REAL NOT NULL, first_ms REAL,
        attempts INTEGER NOT NULL, cache TEXT NOT NULL, outcome TEXT NOT NULL, finish TEXT NOT NULL,
        experiment TEXT NOT NULL, variant TEXT NOT NULL, prompt TEXT NOT NULL, answer TEXT NOT NULL
    ) STRICT;
    CREATE INDEX usage_time ON usage (time);
    """,
)
