"""Real servers that are stopped, replaced and killed: what was begun comes to its end, and what was paid is booked."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import attrs
import httpx
import pytest

from tests.patience import GUARD, attempts
from tests.slow_upstream import SlowUpstream, slow_upstream
from tests.test_cli import POINTSMAN, environment, take_ctrl_c

STREAM = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}

HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""


@attrs.frozen
class Process:
    """`pointsman serve`, as its own process, and where it is asked."""

    process: subprocess.Popen[str]
    address: str
    link: str = ""
    """The word by which one may sign in, once."""
    said: str = ""
    """All that it said on standard output when it began."""

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self) -> tuple[int, str]:
        """Its exit code, and what it said on standard error."""
        code = self.process.wait(GUARD)
        assert self.process.stderr is not None
        return code, self.process.stderr.read()

    def await_line(self, word: str) -> None:
        """Until it has said `word` on standard error."""
        assert self.process.stderr is not None
        assert word in self.process.stderr.readline()


@contextlib.contextmanager
def serving(
    home: Path, *arguments: str, more: dict[str, str] | None = None, listener: int | None = None
) -> Iterator[Process]:
    """One that has begun to serve, on `listener` if it is handed over as a service manager does it."""
    command = [*POINTSMAN, "serve", "--no-demo", "--config", str(home / "pointsman.toml"), *arguments]
    if listener is not None:
        command = [sys.executable, "-c", HAND_OVER, str(listener), *command]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command,
        stdout=pipe,
        stderr=pipe,
        text=True,
        env={**environment(home), **(more or {})},
        cwd=home,
        preexec_fn=take_ctrl_c,
        pass_fds=() if listener is None else (listener,),
    ) as process:
        try:
            assert process.stdout is not None
            said = ""
            while "Open http" not in said:
                line = process.stdout.readline()
                assert line, process.stderr.read() if process.stderr else ""
                said += line
            place = said.partition("Open ")[2].split("  ")[0]
            yield Process(process, place.split("/#")[0].rstrip("/"), place.partition("#link=")[2], said)
        finally:
            process.kill()


@attrs.define(eq=False)
class Streams:
    """Streams that are begun one after another, each on a connection of its own, and how each of them ended."""

    address: str
    outcomes: list[str] = attrs.field(factory=list)
    _threads: list[threading.Thread] = attrs.field(factory=list)

    def begin(self) -> None:
        thread = threading.Thread(target=self._ask, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _ask(self) -> None:
        try:
            answer = httpx.post(
                f"{self.address}/v1/chat/completions", json=STREAM, timeout=GUARD, trust_env=False, verify=False
            )
        except httpx.ConnectError:
            self.outcomes.append("refused")
            return
        except httpx.HTTPError:
            self.outcomes.append("cut")
            return
        whole = answer.status_code == 200 and "to the end" in answer.text and answer.text.endswith("data: [DONE]\n\n")
        told = "is being stopped" in answer.text
        self.outcomes.append("whole" if whole else "told" if told else f"{answer.status_code} {answer.text}")

    def join(self) -> list[str]:
        for thread in self._threads:
            thread.join(GUARD)
            assert not thread.is_alive()
        return sorted(self.outcomes)


@pytest.fixture
def upstream() -> Iterator[SlowUpstream]:
    with slow_upstream() as found:
        yield found


def records(home: Path) -> list[str]:
    """How the calls ended that were recorded; and nothing is held back, once the last server has ended."""
    database = home / ".local/share/pointsman/pointsman.db"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT count(*) FROM lease").fetchone() == (0,)
        return sorted(row[0] for row in connection.execute("SELECT outcome FROM usage"))


def begin(streams: Streams, upstream: SlowUpstream, count: int) -> None:
    """So many streams more, all of them begun."""
    before = upstream.begun
    for _ in range(count):
        streams.begin()
    upstream.wait_for(before + count)


def test_sigterm_waits_for_streams_and_a_second_one_tells_them(tmp_path: Path, upstream: SlowUpstream) -> None:
    upstream.write_settings(tmp_path)
    with serving(tmp_path, "--port", "0") as server:
        streams = Streams(server.address)
        begin(streams, upstream, 3)
        server.send(signal.SIGTERM)
        server.await_line("Stopping: 3 calls are under way, with 30 s to end; a second signal ends them at once.")
        server.send(signal.SIGTERM)
        assert server.wait() == (
            0,
            "Stopping at once: what is under way is told so, and settled.\nStopped; 3 calls were cut short.\n",
        )
        assert streams.join() == ["told"] * 3
    assert records(tmp_path) == ["Cancelled"] * 3


def replace(home: Path, upstream: SlowUpstream, count: int) -> list[str]:
    """A server is replaced by another at the same port, with streams under way at both, and others beginning."""
    upstream.write_settings(home)
    with serving(home, "--port", "0", "--reuse-port") as old:
        streams = Streams(old.address)
        begin(streams, upstream, count // 3)
        with serving(home, "--port", old.address.rpartition(":")[2], "--reuse-port") as new:
            begin(streams, upstream, count // 3)
            old.send(signal.SIGTERM)
            begin(streams, upstream, count - 2 * (count // 3))
            upstream.let_end.set()
            outcomes = streams.join()
            assert old.wait()[0] == 0
            new.send(signal.SIGTERM)
            assert new.wait()[0] == 0
    return outcomes


def test_a_server_is_replaced_at_its_port_and_no_stream_is_lost(tmp_path: Path, upstream: SlowUpstream) -> None:
    assert replace(tmp_path, upstream, 18) == ["whole"] * 18
    assert records(tmp_path) == ["ok"] * 18


@pytest.mark.long
def test_sixty_streams_survive_that_their_server_is_replaced(tmp_path: Path, upstream: SlowUpstream) -> None:
    assert replace(tmp_path, upstream, 60) == ["whole"] * 60
    assert records(tmp_path) == ["ok"] * 60


BUDGET = '[[budgets]]\nname = "all"\nusd = 1000\n'
KILLS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


def end_with(home: Path, upstream: SlowUpstream, number: signal.Signals, count: int) -> list[str]:
    """Of a server that gets a signal with streams under way, some of which may end: how each of them ended."""
    with serving(home, "--port", "0", "--drain", "0") as server:
        upstream.let_end.clear()
        streams = Streams(server.address)
        begin(streams, upstream, count)
        upstream.let_end.set()
        server.send(number)
        outcomes = streams.join()
        assert server.wait()[0] == (-9 if number == signal.SIGKILL else 0)
    return outcomes


def lost_by_dead(home: Path) -> int:
    """How many calls of processes that died are recorded."""
    database = home / ".local/share/pointsman/pointsman.db"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        found: tuple[int] = connection.execute("SELECT count(*) FROM usage WHERE outcome = 'Lost'").fetchone()
        return found[0]


def end_again_and_again(
    home: Path, upstream: SlowUpstream, rounds: int, kills: tuple[signal.Signals, ...] = KILLS
) -> None:
    """Nothing acknowledged is lost, nothing ends in silence but by -9, and nothing stays held back."""
    upstream.write_settings(home, BUDGET)
    every: list[str] = []
    for _ in range(rounds):
        for number in kills:
            outcomes = end_with(home, upstream, number, 4)
            assert number == signal.SIGKILL or set(outcomes) <= {"whole", "told"}, (number, outcomes)
            every += outcomes
    found = records(home)
    assert len(found) == len(every)
    assert found.count("ok") >= every.count("whole")  # who was cut by -9 may have missed the end that was booked
    assert lost_by_dead(home) <= every.count("cut")
    assert found.count("Cancelled") <= every.count("told") + every.count("cut")


def test_whatever_ends_a_server_all_that_was_begun_is_booked(tmp_path: Path, upstream: SlowUpstream) -> None:
    end_again_and_again(tmp_path, upstream, 1, (signal.SIGKILL, signal.SIGINT))


ROUNDS = int(os.environ.get("POINTSMAN_ROUNDS", "10"))


@pytest.mark.long
@pytest.mark.timeout(600 + 60 * ROUNDS)
def test_time_and_again_it_is_booked(tmp_path: Path, upstream: SlowUpstream) -> None:
    """A hundred rounds take ten minutes and more, so CI tries ten; `POINTSMAN_ROUNDS` says otherwise."""
    end_again_and_again(tmp_path, upstream, ROUNDS)


def test_a_listener_that_was_handed_over_outlives_the_server(tmp_path: Path, upstream: SlowUpstream) -> None:
    upstream.write_settings(tmp_path)
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with told, listener:
        told.bind(str(tmp_path / "notify"))
        told.settimeout(GUARD)
        more = {"LISTEN_FDS": "1", "NOTIFY_SOCKET": str(tmp_path / "notify")}
        streams = Streams(address)
        with serving(tmp_path, "--port", "1", more=more, listener=listener.fileno()) as server:
            assert server.address == address
            assert told.recv(100) == b"READY=1"
            begin(streams, upstream, 3)
            server.send(signal.SIGTERM)
            assert told.recv(100).startswith(b"STOPPING=1\nEXTEND_TIMEOUT_USEC=")
            upstream.let_end.set()
            assert server.wait()[0] == 0
        assert streams.join() == ["whole"] * 3
        with contextlib.closing(socket.create_connection(listener.getsockname())):
            pass  # nobody serves: who comes waits for the next server, and is not refused


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)])
def test_a_signal_while_it_is_being_opened_ends_it_too(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "pointsman.toml").write_text(
        'default_provider = "ollama"\n[providers.ollama]\nkind = "ollama"\n[mcp.slow]\n'
        f'command = "sh"\narguments = ["-c", "touch {tmp_path}/begun; exec sleep 1000"]\napproval = "always"\n'
        "timeout = 1000\n"
    )
    command = [*POINTSMAN, "serve", "--port", "0", "--config", "pointsman.toml"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdout=pipe, stderr=pipe, text=True, env=environment(tmp_path), cwd=tmp_path, preexec_fn=take_ctrl_c
    ) as process:
        try:
            for _ in attempts():
                if (tmp_path / "begun").exists() or process.poll() is not None:
                    break
                time.sleep(0.01)
            process.send_signal(number)
            assert process.wait(GUARD) == 0
            assert process.stderr is not None
            assert process.stderr.read() == "Stopped.\n"
        finally:
            process.kill()
