"""The tables in PostgreSQL, as migrations: number n brings a database from version n to n + 1. Never change one that
was released.

Tables and columns are called as in `pointsman/adapters/sqlite/migrations.py`, so that the stores need not differ. Texts
are compared by their bytes, wherever the server stands. `rowid` counts up as rows come.
"""

from __future__ import annotations

from psycopg.sql import SQL, Identifier

from pointsman.adapters.postgres.postgres_connection import PostgresConnection, take_locks
from pointsman.adapters.sql.transactions import Lock

MIGRATIONS = (
    """
    CREATE FUNCTION words_vector(words text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT array_to_tsvector(ARRAY(
            SELECT DISTINCT word FROM unnest(string_to_array(words, ' ')) word
                WHERE word <> '' AND octet_length(word) < 500 LIMIT 20000
        ))
    $$;

    CREATE TABLE writer (
        id text COLLATE "C" PRIMARY KEY, number bigint NOT NULL, seen timestamptz NOT NULL DEFAULT clock_timestamp()
    ) WITH (fillfactor = 50);

    CREATE TABLE carried (source text NOT NULL, name text PRIMARY KEY, upto bigint NOT NULL);

    CREATE TABLE cache (
        key text COLLATE "C" PRIMARY KEY, response bytea NOT NULL, stored float8 NOT NULL, expires float8 NOT NULL,
        size bigint NOT NULL, used bigint NOT NULL
    );
    CREATE INDEX cache_used ON cache (used);
    CREATE INDEX cache_expires ON cache (expires);
    CREATE TABLE cache_count (name text PRIMARY KEY, value bigint NOT NULL) WITH (fillfactor = 50);
    INSERT INTO cache_count VALUES ('entries', 0), ('size', 0), ('hits', 0), ('misses', 0), ('evicted', 0), ('turn', 0);
    CREATE FUNCTION count_cache() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            UPDATE cache_count SET value = value + CASE name WHEN 'entries' THEN 1 ELSE new.size END
                WHERE name IN ('entries', 'size');
        ELSE
            UPDATE cache_count SET value = value - CASE name WHEN 'entries' THEN 1 ELSE old.size END
                WHERE name IN ('entries', 'size');
        END IF;
        RETURN NULL;
    END
    $$;
    CREATE TRIGGER cache_counted AFTER INSERT OR DELETE ON cache FOR EACH ROW EXECUTE FUNCTION count_cache();

    CREATE TABLE account (
        key text COLLATE "C" PRIMARY KEY, picodollars numeric(38) NOT NULL DEFAULT 0,
        tokens numeric(38) NOT NULL DEFAULT 0, held_picodollars numeric(38) NOT NULL DEFAULT 0,
        held_tokens numeric(38) NOT NULL DEFAULT 0
    ) WITH (fillfactor = 50);
    CREATE TABLE process (
        id text COLLATE "C" PRIMARY KEY, number bigint NOT NULL, opened text NOT NULL DEFAULT '[]',
        machine text, seen timestamptz NOT NULL DEFAULT clock_timestamp()
    ) WITH (fillfactor = 50);
    CREATE TABLE lease (
        process text COLLATE "C" NOT NULL, account text COLLATE "C" NOT NULL, picodollars numeric(38) NOT NULL,
        tokens numeric(38) NOT NULL, PRIMARY KEY (process, account)
    ) WITH (fillfactor = 50);
    CREATE INDEX lease_account ON lease (account);

    CREATE TABLE usage (
        rowid bigint GENERATED ALWAYS AS IDENTITY,
        id text COLLATE "C" PRIMARY KEY, time float8 NOT NULL, kind text NOT NULL, provider text COLLATE "C" NOT NULL,
        model text COLLATE "C" NOT NULL, task text COLLATE "C" NOT NULL, tenant text COLLATE "C" NOT NULL,
        conversation text COLLATE "C" NOT NULL, tags text NOT NULL,
        input bigint, output bigint, cached_input bigint, cache_write bigint, reasoning bigint,
        estimated int NOT NULL, picodollars bigint NOT NULL, cost_complete int NOT NULL,
        saved_picodollars bigint NOT NULL, saved_complete int NOT NULL, latency_ms float8 NOT NULL, first_ms float8,
        attempts bigint NOT NULL, cache text NOT NULL, outcome text COLLATE "C" NOT NULL, finish text NOT NULL,
        experiment text COLLATE "C" NOT NULL, variant text COLLATE "C" NOT NULL, prompt text NOT NULL,
        answer text NOT NULL, cache_write_1h bigint, basis text NOT NULL DEFAULT 'told',
        unseen_tokens bigint NOT NULL DEFAULT 0, charges text NOT NULL DEFAULT '', audio_input bigint,
        audio_output bigint, trace text NOT NULL DEFAULT ''
    );
    CREATE INDEX usage_time ON usage (time, rowid);
    CREATE INDEX usage_tenant ON usage (tenant, time, rowid);

    CREATE TABLE conversation (
        rowid bigint GENERATED ALWAYS AS IDENTITY,
        id text COLLATE "C" PRIMARY KEY, title text NOT NULL, created float8 NOT NULL, updated float8 NOT NULL,
        version bigint NOT NULL, tags text NOT NULL, system text NOT NULL, summary text, summary_upto text,
        forked_conversation text COLLATE "C", forked_entry text, owner text COLLATE "C" NOT NULL DEFAULT '',
        words text NOT NULL DEFAULT '', vector tsvector GENERATED ALWAYS AS (words_vector(words)) STORED
    );
    CREATE INDEX conversation_updated ON conversation (updated, id);
    CREATE INDEX conversation_rowid ON conversation (rowid);
    CREATE INDEX conversation_owner ON conversation (owner, updated, id);
    CREATE INDEX conversation_words ON conversation USING gin (vector) WITH (gin_pending_list_limit = 256);
    CREATE TABLE entry (
        rowid bigint GENERATED ALWAYS AS IDENTITY,
        conversation text COLLATE "C" NOT NULL, number bigint NOT NULL, id text COLLATE "C" NOT NULL,
        message bytea NOT NULL, text text NOT NULL, time float8 NOT NULL, parent text COLLATE "C",
        provider text NOT NULL, model text NOT NULL, input bigint, output bigint, cached_input bigint,
        cache_write bigint, reasoning bigint, estimated int NOT NULL, picodollars bigint NOT NULL,
        cost_complete int NOT NULL, status text NOT NULL, error text NOT NULL, cache_write_1h bigint,
        words text NOT NULL DEFAULT '', vector tsvector GENERATED ALWAYS AS (words_vector(words)) STORED,
        PRIMARY KEY (conversation, number), UNIQUE (conversation, id)
    );
    CREATE INDEX entry_rowid ON entry (rowid);
    CREATE INDEX entry_words ON entry USING gin (vector) WITH (gin_pending_list_limit = 256);

    CREATE TABLE memory (
        rowid bigint GENERATED ALWAYS AS IDENTITY,
        id text COLLATE "C" PRIMARY KEY, text text NOT NULL, created float8 NOT NULL, importance float8 NOT NULL,
        "user" text COLLATE "C" NOT NULL, conversation text COLLATE "C" NOT NULL, tags text NOT NULL, vector bytea,
        words text NOT NULL DEFAULT '', word_vector tsvector GENERATED ALWAYS AS (words_vector(words)) STORED
    );
    CREATE INDEX memory_user ON memory ("user", conversation);
    CREATE INDEX memory_rowid ON memory (rowid);
    CREATE INDEX memory_words ON memory USING gin (word_vector) WITH (gin_pending_list_limit = 256);
    CREATE TABLE collection (name text COLLATE "C" PRIMARY KEY, model text NOT NULL);
    CREATE TABLE collection_entry (
        collection text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, text text NOT NULL, vector bytea NOT NULL,
        PRIMARY KEY (collection, id)
    );

    CREATE TABLE provider (
        rowid bigint GENERATED ALWAYS AS IDENTITY, name text COLLATE "C" PRIMARY KEY, plain bytea NOT NULL, sealed bytea
    );
    CREATE TABLE setting (name text PRIMARY KEY, value text NOT NULL);
    CREATE TABLE sealing (id bigint PRIMARY KEY CHECK (id = 1), proof bytea NOT NULL);
    CREATE TABLE audit (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, time float8 NOT NULL, who text NOT NULL,
        what text NOT NULL, target text NOT NULL, changes text NOT NULL
    );
    CREATE TABLE evidence (
        rowid bigint GENERATED ALWAYS AS IDENTITY,
        run text COLLATE "C" NOT NULL, kind text COLLATE "C" NOT NULL, model text COLLATE "C" NOT NULL,
        healed float8 NOT NULL, tried float8 NOT NULL, picodollars bigint NOT NULL, cost_complete int NOT NULL,
        seconds float8, effect float8 NOT NULL, date float8 NOT NULL, fingerprint text NOT NULL,
        PRIMARY KEY (run, kind, model)
    );

    CREATE TABLE virtual_key (
        id text COLLATE "C" PRIMARY KEY, digest bytea NOT NULL UNIQUE, fields bytea NOT NULL, last_used float8,
        owner text COLLATE "C" NOT NULL DEFAULT ''
    );
    CREATE TABLE session (
        digest bytea PRIMARY KEY, "user" text COLLATE "C" NOT NULL, began float8 NOT NULL, seen float8 NOT NULL
    );
    CREATE INDEX session_seen ON session (seen);
    CREATE TABLE browser (digest bytea PRIMARY KEY, seen float8 NOT NULL);
    CREATE TABLE guess (rowid bigint GENERATED ALWAYS AS IDENTITY, who text COLLATE "C" NOT NULL, time float8 NOT NULL);
    CREATE TABLE "user" (id text COLLATE "C" PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE, fields bytea NOT NULL);
    CREATE TABLE invitation (digest bytea PRIMARY KEY, role text NOT NULL, expires float8 NOT NULL);
    CREATE TABLE authority (id bigint PRIMARY KEY CHECK (id = 1), version bigint NOT NULL) WITH (fillfactor = 50);
    INSERT INTO authority (id, version) VALUES (1, 0);
    CREATE FUNCTION count_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE authority SET version = version + 1;
        RETURN NULL;
    END
    $$;
    CREATE TRIGGER key_made AFTER INSERT OR DELETE OR UPDATE OF digest, fields ON virtual_key
        FOR EACH ROW EXECUTE FUNCTION count_change();
    CREATE TRIGGER session_ended AFTER DELETE ON session FOR EACH ROW EXECUTE FUNCTION count_change();
    CREATE TRIGGER user_changed AFTER INSERT OR UPDATE OR DELETE ON "user"
        FOR EACH ROW EXECUTE FUNCTION count_change();
    """,
    """
    ALTER TABLE conversation ADD COLUMN leaf text COLLATE "C", ADD COLUMN parameters text NOT NULL DEFAULT '',
        ADD COLUMN pinned bigint NOT NULL DEFAULT 0, ADD COLUMN folder text COLLATE "C" NOT NULL DEFAULT '',
        ADD COLUMN archived bigint NOT NULL DEFAULT 0;
    """,
    """
    ALTER TABLE collection_entry ADD COLUMN rowid bigint GENERATED ALWAYS AS IDENTITY;
    CREATE INDEX collection_entry_rowid ON collection_entry (rowid);
    """,
    """
    CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('pointsman', TG_TABLE_SCHEMA);
        RETURN NULL;
    END
    $$;
    CREATE TRIGGER authority_noted AFTER UPDATE ON authority FOR EACH STATEMENT EXECUTE FUNCTION note_change();
    CREATE TRIGGER setting_noted AFTER INSERT OR UPDATE OR DELETE ON setting
        FOR EACH STATEMENT EXECUTE FUNCTION note_change();
    """,
    """
    ALTER TABLE entry ADD COLUMN problem text NOT NULL DEFAULT '';
    ALTER TABLE usage ADD COLUMN request text NOT NULL DEFAULT '';
    """,
    """
    CREATE TABLE run (id text COLLATE "C" PRIMARY KEY, manifest bytea NOT NULL);
    CREATE TABLE run_claim (
        run text COLLATE "C" PRIMARY KEY, holder text NOT NULL, turn bigint NOT NULL DEFAULT 0,
        seen timestamptz NOT NULL DEFAULT clock_timestamp()
    ) WITH (fillfactor = 50);
    CREATE TABLE run_item (
        run text COLLATE "C" NOT NULL, number bigint NOT NULL, id text COLLATE "C" NOT NULL, program text NOT NULL,
        kind text NOT NULL, level bigint NOT NULL, body text NOT NULL, PRIMARY KEY (run, number), UNIQUE (run, id)
    );
    CREATE TABLE run_question (
        run text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, item text COLLATE "C" NOT NULL,
        model text COLLATE "C" NOT NULL, prompt text COLLATE "C" NOT NULL, format text COLLATE "C" NOT NULL,
        parameters text NOT NULL, repeat bigint NOT NULL, control text COLLATE "C" NOT NULL, endpoint text NOT NULL,
        state text NOT NULL CHECK (state IN ('asking', 'answered', 'judged')),
        most_picodollars bigint NOT NULL DEFAULT 0, most_complete int NOT NULL DEFAULT 1,
        text text NOT NULL DEFAULT '', usage text NOT NULL DEFAULT '{}', picodollars bigint NOT NULL DEFAULT 0,
        cost_complete int NOT NULL DEFAULT 1, latency_ms float8 NOT NULL DEFAULT 0, rounds bigint NOT NULL DEFAULT 0,
        error text NOT NULL DEFAULT '', fingerprint text NOT NULL DEFAULT '', repair text NOT NULL DEFAULT '',
        failed text NOT NULL DEFAULT '[]', suspicions text NOT NULL DEFAULT '[]',
        edited_lines bigint NOT NULL DEFAULT 0, identical int NOT NULL DEFAULT 0, detail text NOT NULL DEFAULT '',
        PRIMARY KEY (run, key)
    ) WITH (fillfactor = 70);
    CREATE TABLE run_failure (
        run text COLLATE "C" NOT NULL, key text NOT NULL, most_picodollars bigint NOT NULL, most_complete int NOT NULL,
        picodollars bigint NOT NULL, cost_complete int NOT NULL, error text NOT NULL
    );
    CREATE INDEX run_failure_run ON run_failure (run);
    """,
    """
    CREATE TABLE recording (
        rowid bigint GENERATED ALWAYS AS IDENTITY,
        key text COLLATE "C" PRIMARY KEY, tenant text COLLATE "C" NOT NULL, conversation text COLLATE "C" NOT NULL,
        tape text NOT NULL
    );
    CREATE INDEX recording_rowid ON recording (rowid);
    """,
)
_MIGRATING = Lock("migrations")
_NEWER = "it was written by a newer pointsman (schema {}); upgrade pointsman"


def prepare(connection: PostgresConnection, schema: str) -> str | None:
    """Bring the tables in `schema` to the newest version; or say what is wrong with them, and leave them as they are.

    Of several processes that begin at once one does it. Raises `psycopg.Error`.
    """
    version = _version(connection, schema)
    if version < len(MIGRATIONS):
        connection.driver.execute("BEGIN")
        try:
            take_locks(connection, schema, (_MIGRATING,))
            version = _migrate(connection, schema, _version(connection, schema))
        except BaseException:
            connection.driver.rollback()
            raise
        connection.driver.execute("COMMIT")
    if version > len(MIGRATIONS):
        return _NEWER.format(version)
    connection.execute("DELETE FROM writer WHERE seen < clock_timestamp() - interval '7 days'")
    return None


def _migrate(connection: PostgresConnection, schema: str, version: int) -> int:
    if version >= len(MIGRATIONS):
        return version
    if not version:
        connection.driver.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(schema)))
        connection.driver.execute("CREATE TABLE IF NOT EXISTS schema_version (version bigint NOT NULL)")
        connection.driver.execute("INSERT INTO schema_version VALUES (0)")
    for script in MIGRATIONS[version:]:
        connection.driver.execute(script.encode(), prepare=False)
    connection.execute("UPDATE schema_version SET version = ?", (len(MIGRATIONS),))
    return len(MIGRATIONS)


def _version(connection: PostgresConnection, schema: str) -> int:
    """That of the tables in `schema`; 0 where there are none."""
    there = connection.execute(
        "SELECT 1 FROM pg_tables WHERE schemaname = ? AND tablename = 'schema_version'", (schema,)
    ).fetchone()
    if there is None:
        return 0
    return int(connection.execute("SELECT max(version) FROM schema_version").fetchone()[0])
