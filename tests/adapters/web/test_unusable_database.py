"""A server whose database another process has locked: questions go on, and what cannot be kept is not called saved."""

from __future__ import annotations

import signal
import sqlite3
import sys
from pathlib import Path

import httpx
import pytest

from pointsman.adapters.sqlite.database import Database
from tests.adapters.sqlite.test_unusable import locked
from tests.adapters.web.test_open_connections import bearer, make_key
from tests.patience import GUARD, attempts
from tests.served import SETTINGS, running
from tests.slow_upstream import slow_upstream
from tests.test_stopping import records, serving

PRICED = SETTINGS + '[models."openai/sim"]\ninput = 1\noutput = 1\n'
ASK = {"model": "openai/sim", "messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock is waited for only for a moment."""
    begin = Database._begin
    monkeypatch.setattr(Database, "_begin", lambda self, patience: begin(self, min(patience, 0.1)))


def database_part(client: httpx.Client, status: str) -> tuple[int, bool]:
    """What `/readyz` says of the database, once that is `status`: its own status, and whether it is fine."""
    told = client.get("/readyz")
    for _ in attempts():
        if told.json()["parts"]["database"]["status"] == status:
            break
        told = client.get("/readyz")
    part = told.json()["parts"]["database"]
    assert part["status"] == status
    return told.status_code, part["ok"]


def test_questions_go_on_and_changes_are_refused_by_their_own_tag(tmp_path: Path) -> None:
    with (
        running(tmp_path / "home", PRICED) as server,
        server.signed_in() as admin,
        httpx.Client(base_url=server.address, timeout=GUARD, trust_env=False) as client,
    ):
        database = tmp_path / "home" / "pointsman.db"
        with locked(database):
            assert client.post("/v1/chat/completions", json=ASK).status_code == 200
        plain, bounded = (make_key(admin, name, "chat", budget=most) for name, most in (("plain", None), ("poor", "9")))
        with locked(database):
            told = client.get("/readyz")
            assert (told.status_code, told.json()["parts"]["database"]["ok"]) == (200, True)
            assert client.post("/v1/chat/completions", json=ASK, headers=bearer(plain)).status_code == 200
            assert database_part(client, "cannot be written") == (200, True)
            refused = client.post("/v1/chat/completions", json=ASK, headers=bearer(bounded))
            assert refused.status_code == 503
            assert "database is locked" in refused.text
            for method, path, body in (
                ("POST", "/api/v1/conversations", {"title": "lost"}),
                ("POST", "/api/v1/keys", {"name": "lost"}),
                ("POST", "/api/v1/llm-providers", {"name": "lost", "kind": "ollama"}),
            ):
                answer = admin.request(method, path, json=body)
                assert (answer.status_code, answer.json()["error"]["tag"]) == (507, "StorageError"), answer.text
        assert client.post("/v1/chat/completions", json=ASK, headers=bearer(bounded)).status_code == 200
        assert database_part(client, "answers") == (200, True)
        listed = admin.get("/api/v1/conversations").text + admin.get("/api/v1/keys").text
        assert "lost" not in listed
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM usage WHERE outcome = 'ok'").fetchone() == (3,)
        assert connection.execute("SELECT count(*) FROM lease").fetchone() == (0,)
    connection.close()


def test_who_may_not_read_is_told_no_reason_why_it_is_not_ready(tmp_path: Path) -> None:
    with (
        running(tmp_path / "home") as server,
        server.signed_in() as admin,
        httpx.Client(base_url=server.address, timeout=GUARD, trust_env=False) as client,
    ):
        reads = make_key(admin, "reads", "read")
        assert client.get("/readyz", headers=bearer(reads)).status_code == 200
        with sqlite3.connect(tmp_path / "home" / "pointsman.db") as connection:
            connection.execute("ALTER TABLE setting RENAME TO lost")
        connection.close()
        told, known = client.get("/readyz"), client.get("/readyz", headers=bearer(reads))
        assert told.status_code == known.status_code == 503
        assert told.json()["parts"]["database"] == {"ok": False, "status": "StorageError", "detail": None}
        assert "no such table" in known.json()["parts"]["database"]["detail"]
        assert str(tmp_path) not in told.text


def test_where_nobody_knows_whether_a_key_is_wanted_that_is_what_is_said(tmp_path: Path) -> None:
    with (
        running(tmp_path / "home") as server,
        httpx.Client(base_url=server.address, timeout=GUARD, trust_env=False) as client,
    ):
        with sqlite3.connect(tmp_path / "home" / "pointsman.db") as connection:
            connection.execute("ALTER TABLE virtual_key RENAME TO lost")
        connection.close()
        refused = client.post("/v1/chat/completions", json=ASK)
        assert refused.status_code == 503
        assert "no such table" in refused.text


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of another process's files is Linux's")
@pytest.mark.parametrize("has_calls", [False, True])
def test_a_disk_that_is_full_is_told_until_there_is_room(tmp_path: Path, has_calls: bool) -> None:
    import resource

    with slow_upstream() as upstream:
        upstream.let_end.set()
        upstream.write_settings(tmp_path)
        with (
            serving(tmp_path, "--port", "0") as server,
            httpx.Client(base_url=server.address, timeout=GUARD, trust_env=False) as client,
        ):
            ask = {"model": "openai/m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
            assert database_part(client, "answers") == (200, True)
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
            if has_calls:
                assert client.post("/v1/chat/completions", json=ask).status_code == 200
            assert database_part(client, "cannot be written") == (503, False)
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
            assert database_part(client, "answers") == (200, True)
            server.send(signal.SIGTERM)
            assert server.wait()[0] == 0
    assert records(tmp_path) == (["ok"] if has_calls else [])
