"""The tables, as migrations: number n brings a database from version n to n + 1. Never change one that was released."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import attrs

from pointsman.adapters.sqlite.word_index import fill_index

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
    """
    CREATE TABLE conversation (
        id TEXT PRIMARY KEY, title TEXT NOT NULL, created REAL NOT NULL, updated REAL NOT NULL,
        version INTEGER NOT NULL, tags TEXT NOT NULL, system TEXT NOT NULL, summary TEXT, summary_upto TEXT,
        forked_conversation TEXT, forked_entry TEXT
    ) STRICT;
    CREATE INDEX conversation_updated ON conversation (updated, id);
    CREATE VIRTUAL TABLE conversation_title USING fts5 (
        title, content = 'conversation', tokenize = 'unicode61 remove_diacritics 0', prefix = '2 3'
    );
    CREATE TRIGGER conversation_added AFTER INSERT ON conversation BEGIN
        INSERT INTO conversation_title (rowid, title) VALUES (new.rowid, new.title);
    END;
    CREATE TRIGGER conversation_removed AFTER DELETE ON conversation BEGIN
        INSERT INTO conversation_title (conversation_title, rowid, title) VALUES ('delete', old.rowid, old.title);
    END;
    CREATE TRIGGER conversation_renamed AFTER UPDATE OF title ON conversation BEGIN
        INSERT INTO conversation_title (conversation_title, rowid, title) VALUES ('delete', old.rowid, old.title);
        INSERT INTO conversation_title (rowid, title) VALUES (new.rowid, new.title);
    END;

    CREATE TABLE entry (
        conversation TEXT NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL, message BLOB NOT NULL,
        text TEXT NOT NULL, time REAL NOT NULL, parent TEXT, provider TEXT NOT NULL, model TEXT NOT NULL,
        input INTEGER, output INTEGER, cached_input INTEGER, cache_write INTEGER, reasoning INTEGER,
        estimated INTEGER NOT NULL, picodollars INTEGER NOT NULL, cost_complete INTEGER NOT NULL,
        status TEXT NOT NULL, error TEXT NOT NULL,
        PRIMARY KEY (conversation, number), UNIQUE (conversation, id)
    ) STRICT;
    CREATE VIRTUAL TABLE entry_text USING fts5 (
        text, content = 'entry', tokenize = 'unicode61 remove_diacritics 0', prefix = '2 3'
    );
    CREATE TRIGGER entry_added AFTER INSERT ON entry BEGIN
        INSERT INTO entry_text (rowid, text) VALUES (new.rowid, new.text);
    END;
    CREATE TRIGGER entry_removed AFTER DELETE ON entry BEGIN
        INSERT INTO entry_text (entry_text, rowid, text) VALUES ('delete', old.rowid, old.text);
    END;
    CREATE TRIGGER entry_revised AFTER UPDATE OF text ON entry BEGIN
        INSERT INTO entry_text (entry_text, rowid, text) VALUES ('delete', old.rowid, old.text);
        INSERT INTO entry_text (rowid, text) VALUES (new.rowid, new.text);
    END;
    """,
    """
    CREATE TABLE memory (
        id TEXT PRIMARY KEY, text TEXT NOT NULL, created REAL NOT NULL, importance REAL NOT NULL,
        user TEXT NOT NULL, conversation TEXT NOT NULL, tags TEXT NOT NULL
    ) STRICT;
    CREATE INDEX memory_user ON memory (user);
    CREATE VIRTUAL TABLE memory_text USING fts5 (
        text, content = 'memory', tokenize = 'unicode61 remove_diacritics 0', prefix = '3 4'
    );
    CREATE TRIGGER memory_added AFTER INSERT ON memory BEGIN
        INSERT INTO memory_text (rowid, text) VALUES (new.rowid, new.text);
    END;
    CREATE TRIGGER memory_removed AFTER DELETE ON memory BEGIN
        INSERT INTO memory_text (memory_text, rowid, text) VALUES ('delete', old.rowid, old.text);
    END;
    """,
    """
    ALTER TABLE memory ADD COLUMN vector BLOB;
    """,
    """
    CREATE TABLE provider (name TEXT PRIMARY KEY, plain BLOB NOT NULL, sealed BLOB) STRICT;
    CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE sealing (id INTEGER PRIMARY KEY CHECK (id = 1), proof BLOB NOT NULL) STRICT;
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,
        target TEXT NOT NULL, changes TEXT NOT NULL
    ) STRICT;
    CREATE TABLE virtual_key (
        id TEXT PRIMARY KEY, digest BLOB NOT NULL UNIQUE, fields BLOB NOT NULL, last_used REAL
    ) STRICT;
    """,
    """
    ALTER TABLE account ADD COLUMN held_picodollars INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE account ADD COLUMN held_tokens INTEGER NOT NULL DEFAULT 0;
    INSERT INTO account (key, held_picodollars, held_tokens)
        SELECT account, sum(picodollars), sum(tokens) FROM reservation WHERE true GROUP BY account
        ON CONFLICT (key) DO UPDATE SET
            held_picodollars = excluded.held_picodollars, held_tokens = excluded.held_tokens;
    CREATE TRIGGER reservation_made AFTER INSERT ON reservation BEGIN
        INSERT INTO account (key, held_picodollars, held_tokens) VALUES (new.account, new.picodollars, new.tokens)
            ON CONFLICT (key) DO UPDATE SET
                held_picodollars = held_picodollars + excluded.held_picodollars,
                held_tokens = held_tokens + excluded.held_tokens;
    END;
    CREATE TRIGGER reservation_gone AFTER DELETE ON reservation BEGIN
        UPDATE account SET held_picodollars = held_picodollars - old.picodollars, held_tokens = held_tokens - old.tokens
            WHERE key = old.account;
    END;
    DROP INDEX reservation_account;
    """,
    """
    ALTER TABLE usage ADD COLUMN cache_write_1h INTEGER;
    ALTER TABLE entry ADD COLUMN cache_write_1h INTEGER;
    """,
    """
    DELETE FROM reservation;
    DROP TRIGGER reservation_made;
    DROP TRIGGER reservation_gone;
    DROP TABLE reservation;
    CREATE TABLE process (id TEXT PRIMARY KEY, number INTEGER NOT NULL, opened TEXT NOT NULL DEFAULT '[]') STRICT;
    CREATE TABLE lease (
        process TEXT NOT NULL, account TEXT NOT NULL, picodollars INTEGER NOT NULL, tokens INTEGER NOT NULL,
        PRIMARY KEY (process, account)
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE usage ADD COLUMN basis TEXT NOT NULL DEFAULT 'told';
    ALTER TABLE usage ADD COLUMN unseen_tokens INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE usage ADD COLUMN charges TEXT NOT NULL DEFAULT '';
    ALTER TABLE usage ADD COLUMN audio_input INTEGER;
    ALTER TABLE usage ADD COLUMN audio_output INTEGER;
    ALTER TABLE conversation ADD COLUMN owner TEXT NOT NULL DEFAULT '';
    """,
    """
    CREATE TABLE evidence (
        run TEXT NOT NULL, kind TEXT NOT NULL, model TEXT NOT NULL, healed REAL NOT NULL, tried REAL NOT NULL,
        picodollars INTEGER NOT NULL, cost_complete INTEGER NOT NULL, seconds REAL, effect REAL NOT NULL,
        date REAL NOT NULL, fingerprint TEXT NOT NULL,
        PRIMARY KEY (run, kind, model)
    ) STRICT;
    """,
    """
    CREATE TABLE session (digest BLOB PRIMARY KEY, user TEXT NOT NULL, began REAL NOT NULL, seen REAL NOT NULL) STRICT;
    CREATE INDEX session_seen ON session (seen);
    CREATE TABLE browser (digest BLOB PRIMARY KEY, seen REAL NOT NULL) STRICT;
    CREATE TABLE guess (who TEXT NOT NULL, time REAL NOT NULL) STRICT;
    CREATE TABLE authority (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL) STRICT;
    INSERT INTO authority (id, version) VALUES (1, 0);
    CREATE TRIGGER key_made AFTER INSERT ON virtual_key BEGIN UPDATE authority SET version = version + 1; END;
    CREATE TRIGGER key_changed AFTER UPDATE OF digest, fields ON virtual_key BEGIN
        UPDATE authority SET version = version + 1;
    END;
    CREATE TRIGGER key_deleted AFTER DELETE ON virtual_key BEGIN UPDATE authority SET version = version + 1; END;
    CREATE TRIGGER session_ended AFTER DELETE ON session BEGIN UPDATE authority SET version = version + 1; END;
    """,
    """
    DROP TRIGGER conversation_added;
    DROP TRIGGER conversation_removed;
    DROP TRIGGER conversation_renamed;
    DROP TRIGGER entry_added;
    DROP TRIGGER entry_removed;
    DROP TRIGGER entry_revised;
    DROP TRIGGER memory_added;
    DROP TRIGGER memory_removed;
    DROP TABLE conversation_title;
    DROP TABLE entry_text;
    DROP TABLE memory_text;
    ALTER TABLE conversation ADD COLUMN words TEXT;
    ALTER TABLE entry ADD COLUMN words TEXT;
    ALTER TABLE memory ADD COLUMN words TEXT;
    CREATE INDEX conversation_unindexed ON conversation (id) WHERE words IS NULL;
    CREATE INDEX entry_unindexed ON entry (id) WHERE words IS NULL;
    CREATE INDEX memory_unindexed ON memory (id) WHERE words IS NULL;
    CREATE VIRTUAL TABLE conversation_title USING fts5 (
        words, content = 'conversation', tokenize = 'ascii', prefix = '2 3'
    );
    CREATE VIRTUAL TABLE entry_text USING fts5 (words, content = 'entry', tokenize = 'ascii', prefix = '2 3');
    CREATE VIRTUAL TABLE memory_text USING fts5 (words, content = 'memory', tokenize = 'ascii', prefix = '3 4');
    CREATE TRIGGER conversation_added AFTER INSERT ON conversation WHEN new.words <> '' BEGIN
        INSERT INTO conversation_title (rowid, words) VALUES (new.rowid, new.words);
    END;
    CREATE TRIGGER conversation_removed AFTER DELETE ON conversation WHEN old.words <> '' BEGIN
        INSERT INTO conversation_title (conversation_title, rowid, words) VALUES ('delete', old.rowid, old.words);
    END;
    CREATE TRIGGER conversation_renamed AFTER UPDATE OF words ON conversation WHEN old.words IS NOT new.words BEGIN
        INSERT INTO conversation_title (conversation_title, rowid, words)
            SELECT 'delete', old.rowid, old.words WHERE old.words <> '';
        INSERT INTO conversation_title (rowid, words) SELECT new.rowid, new.words WHERE new.words <> '';
    END;
    CREATE TRIGGER entry_added AFTER INSERT ON entry WHEN new.words <> '' BEGIN
        INSERT INTO entry_text (rowid, words) VALUES (new.rowid, new.words);
    END;
    CREATE TRIGGER entry_removed AFTER DELETE ON entry WHEN old.words <> '' BEGIN
        INSERT INTO entry_text (entry_text, rowid, words) VALUES ('delete', old.rowid, old.words);
    END;
    CREATE TRIGGER entry_revised AFTER UPDATE OF words ON entry WHEN old.words IS NOT new.words BEGIN
        INSERT INTO entry_text (entry_text, rowid, words)
            SELECT 'delete', old.rowid, old.words WHERE old.words <> '';
        INSERT INTO entry_text (rowid, words) SELECT new.rowid, new.words WHERE new.words <> '';
    END;
    CREATE TRIGGER memory_added AFTER INSERT ON memory WHEN new.words <> '' BEGIN
        INSERT INTO memory_text (rowid, words) VALUES (new.rowid, new.words);
    END;
    CREATE TRIGGER memory_removed AFTER DELETE ON memory WHEN old.words <> '' BEGIN
        INSERT INTO memory_text (memory_text, rowid, words) VALUES ('delete', old.rowid, old.words);
    END;
    CREATE TRIGGER memory_revised AFTER UPDATE OF words ON memory WHEN old.words IS NOT new.words BEGIN
        INSERT INTO memory_text (memory_text, rowid, words)
            SELECT 'delete', old.rowid, old.words WHERE old.words <> '';
        INSERT INTO memory_text (rowid, words) SELECT new.rowid, new.words WHERE new.words <> '';
    END;
    """,
    """
    CREATE TABLE user (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, fields BLOB NOT NULL) STRICT;
    CREATE TABLE invitation (digest BLOB PRIMARY KEY, role TEXT NOT NULL, expires REAL NOT NULL) STRICT;
    ALTER TABLE virtual_key ADD COLUMN owner TEXT NOT NULL DEFAULT '';
    CREATE TRIGGER user_made AFTER INSERT ON user BEGIN UPDATE authority SET version = version + 1; END;
    CREATE TRIGGER user_changed AFTER UPDATE ON user BEGIN UPDATE authority SET version = version + 1; END;
    CREATE TRIGGER user_deleted AFTER DELETE ON user BEGIN UPDATE authority SET version = version + 1; END;
    """,
    """
    CREATE TABLE collection (name TEXT PRIMARY KEY, model TEXT NOT NULL) STRICT;
    CREATE TABLE collection_entry (
        collection TEXT NOT NULL, id TEXT NOT NULL, text TEXT NOT NULL, vector BLOB NOT NULL,
        PRIMARY KEY (collection, id)
    ) STRICT;
    """,
    "ALTER TABLE usage ADD COLUMN trace TEXT NOT NULL DEFAULT '';",
    """
    ALTER TABLE conversation ADD COLUMN leaf TEXT;
    ALTER TABLE conversation ADD COLUMN parameters TEXT NOT NULL DEFAULT '';
    ALTER TABLE conversation ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE conversation ADD COLUMN folder TEXT NOT NULL DEFAULT '';
    ALTER TABLE conversation ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
    """,
    """
    ALTER TABLE entry ADD COLUMN problem TEXT NOT NULL DEFAULT '';
    ALTER TABLE usage ADD COLUMN request TEXT NOT NULL DEFAULT '';
    """,
    """
    CREATE TABLE recording (
        key TEXT PRIMARY KEY, tenant TEXT NOT NULL, conversation TEXT NOT NULL, tape TEXT NOT NULL
    ) STRICT;
    """,
)


@attrs.frozen
class Schema:
    """What a kind of file is marked with, its migrations, and what is done after them, in transactions of its own."""

    application_id: int
    migrations: tuple[str, ...]
    finish: Callable[[sqlite3.Connection], None] | None = None


STORES = Schema(APPLICATION_ID, MIGRATIONS, fill_index)
"""The file that holds all stores."""
