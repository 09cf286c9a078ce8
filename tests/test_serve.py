"""`pointsman serve` as a person starts it: what it says, how it stops, and that nothing saved is lost by kill -9."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import attrs
import httpx
import pytest

from tests.patience import GUARD
from tests.test_cli import POINTSMAN, environment, run, take_ctrl_c

SECRET = "sk-never-in-clear-{:04d}-0123456789"


@attrs.frozen
class Started:
    """A server of its own, and a client that is signed in to it."""

    process: subprocess.Popen[str]
    said: str
    client: httpx.Client


@contextlib.contextmanager
def started(home: Path, *arguments: str) -> Iterator[Started]:
    """`pointsman serve` on a free port."""
    command = [*POINTSMAN, "serve", "--port", "0", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdout=pipe, stderr=pipe, text=True, env=environment(home), cwd=home, preexec_fn=take_ctrl_c
    ) as process:
        try:
            assert process.stdout is not None
            said = ""
            while "Open http" not in said:
                line = process.stdout.readline()
                assert line, process.stderr.read() if process.stderr else ""
                said += line
            found = re.search(r"(http\S+)/#link=(\S+)", said)
            assert found
            with httpx.Client(base_url=found[1], timeout=GUARD, trust_env=False) as client:
                session = client.post("/api/v1/session", json={"link": found[2]}).json()["data"]
                client.headers["x-pointsman-csrf"] = session["csrf"]
                yield Started(process, said, client)
        finally:
            process.kill()


def test_it_says_where_to_open_it_serves_and_stops(tmp_path: Path) -> None:
    with started(tmp_path) as server:
        assert "Nothing is set up" in server.said
        assert "Base URLs: OpenAI http://127.0.0.1:" in server.said
        body = {"model": "auto", "messages": [{"role": "user", "content": "Which way?"}]}
        answer = server.client.post("/v1/chat/completions", json=body)
        assert "Which way?" in answer.json()["choices"][0]["message"]["content"]
        assert answer.headers["x-pointsman-model"] == "demo/sim"
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(GUARD) == 0
        assert server.process.stderr is not None
        assert server.process.stderr.read() == "Stopping: no call is under way.\nStopped.\n"
    assert "demo/sim" in run(tmp_path, "usage")[1]


def test_a_port_that_is_taken_and_an_open_address_are_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, _, err = run(tmp_path, "serve", "--port", str(taken.getsockname()[1]))
    assert (code, "use another --port" in err) == (3, True), err
    code, _, err = run(tmp_path, "serve", "--host", "0.0.0.0", "--port", "0")
    assert (code, "set-password" in err) == (3, True), err
    assert run(tmp_path, "settings", "set-password", text="short\n")[0] == 2
    assert run(tmp_path, "settings", "set-password", text="correct horse battery\n")[0] == 0
    assert run(tmp_path, "serve", "--no-demo", "--port", "0")[0] == 3


@pytest.mark.parametrize("moment", [0.05, 0.2, 0.5])
def test_what_was_saved_survives_kill_9(tmp_path: Path, moment: float) -> None:
    kept: list[int] = []
    with started(tmp_path) as server:
        timer = threading.Timer(moment, server.process.kill)
        timer.start()
        with contextlib.suppress(httpx.HTTPError):
            for number in range(1000):
                body = {"name": f"p{number}", "kind": "openai", "api_key": SECRET.format(number)}
                assert server.client.post("/api/v1/llm-providers", json=body).status_code == 200
                kept.append(number)
        timer.join()
    database = tmp_path / ".local/share/pointsman/pointsman.db"
    for path in (tmp_path / ".local").rglob("*"):
        assert not path.is_file() or b"sk-never-in-clear" not in path.read_bytes()
    with contextlib.closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        traces = connection.execute("SELECT count(*) FROM audit").fetchone()[0]
        providers = connection.execute("SELECT count(*) FROM provider").fetchone()[0]
    assert traces == providers
    assert providers - len(kept) in (0, 1)
    with started(tmp_path) as server:
        listed = server.client.get("/api/v1/llm-providers").json()["data"]["providers"]
        saved = {one["name"]: one["api_key"] for one in listed if one["source"] == "store"}
        assert {f"p{number}" for number in kept} <= saved.keys()
        assert set(saved.values()) <= {"sk-…6789"}


def test_two_servers_on_one_database_do_not_harm_each_other(tmp_path: Path) -> None:
    with started(tmp_path) as one, started(tmp_path) as two:

        def save(server: Started, letter: str) -> None:
            for number in range(8):
                body = {"name": f"{letter}{number}", "kind": "ollama"}
                assert server.client.post("/api/v1/llm-providers", json=body).status_code == 200

        threads = [threading.Thread(target=save, args=pair) for pair in ((one, "a"), (two, "b"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for server in (one, two):
            listed = server.client.get("/api/v1/audit").json()["data"]["entries"]
            assert len(listed) == 16
    assert len(run(tmp_path, "settings", "list")[1].splitlines()) == 16
