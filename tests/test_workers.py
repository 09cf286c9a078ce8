"""Several real processes that serve one address: replaced, killed, orphaned and ended."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from tests.patience import GUARD, attempts
from tests.redis_server import needs_redis, redis_server
from tests.slow_upstream import SlowUpstream, slow_upstream
from tests.test_cli import POINTSMAN, environment
from tests.test_stopping import BUDGET, Process, Streams, begin, records, serving

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to see who serves")
DATABASE = ".local/share/pointsman/pointsman.db"


@pytest.fixture
def upstream() -> Iterator[SlowUpstream]:
    with slow_upstream() as found:
        yield found


def children(process: int) -> set[int]:
    """The processes that it has started and that still live."""
    try:
        return set(map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()))
    except FileNotFoundError:
        return set()


def until(holds: Callable[[], bool]) -> None:
    for _ in attempts():
        if holds():
            return
        time.sleep(0.02)
    raise AssertionError("it never came")


def is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return "\nState:\tZ" in Path(f"/proc/{process}/status").read_text()


def sign_in(server: Process, link: str) -> httpx.Cookies | None:
    """What signs a browser in; None where the link is worth nothing."""
    answer = httpx.post(f"{server.address}/api/v1/session", json={"link": link}, trust_env=False)
    return answer.cookies if answer.status_code == 200 else None


def assert_all_are_one_server(server: Process, count: int) -> int:
    """Whichever worker is asked: the link opens once at one of them, and all have counted the same calls. How many
    calls there have been then."""
    assert sign_in(server, "wrong") is None
    signed_in = [cookies for cookies in (sign_in(server, server.link) for _ in range(4)) if cookies is not None]
    assert len(signed_in) == 1
    expected = f'outcome="ok",cache="miss"}} {count}'

    def metrics() -> str:
        return httpx.get(f"{server.address}/metrics", cookies=signed_in[0], trust_env=False).text

    for _ in attempts():  # a client may see the end of its answer before it is counted
        if expected in metrics():
            break
    assert [expected in metrics() for _ in range(4)] == [True] * 4  # by a connection each
    more = assert_events_are_told_at_whichever(server, signed_in[0])
    assert_changes_are_followed(server, signed_in[0])
    return count + more


def csrf_of(server: Process, cookies: httpx.Cookies) -> str:
    answer = httpx.get(f"{server.address}/api/v1/session", cookies=cookies, trust_env=False)
    return str(answer.json()["data"]["csrf"])


def assert_events_are_told_at_whichever(server: Process, cookies: httpx.Cookies) -> int:
    """Who listens at one worker hears, once, of every call at each of them. How many calls that took."""
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    address = f"{server.address.replace('http', 'ws')}/api/v1/events"
    given = {"cookie": cookie, "origin": server.address}
    with connect(address, additional_headers=given, proxy=None) as listener:
        listener.send(json.dumps({"subscribe": ["analytics_update"], "csrf": csrf_of(server, cookies)}))
        heard, asked, rounds = list[str](), 6, 0

        def has_heard_of_all() -> bool:
            with contextlib.suppress(TimeoutError):
                while True:
                    heard.append(json.loads(listener.recv(timeout=0.05))["data"]["record"]["id"])
            return len(heard) >= asked

        for _ in attempts():  # until all know that somebody listens
            heard.clear()
            rounds += 1
            assert ask(server.address, asked) == [200] * asked
            time.sleep(0.2)
            if has_heard_of_all():
                break
        assert len(set(heard)) == len(heard) == asked
    return asked * rounds


def assert_changes_are_followed(server: Process, cookies: httpx.Cookies) -> None:
    """A key that is deleted and a session that ends at one worker are so at the others."""
    csrf = csrf_of(server, cookies)

    def call(method: str, path: str, body: object = None) -> httpx.Response:
        url, head = f"{server.address}/api/v1/{path}", {"x-pointsman-csrf": csrf}
        return httpx.request(method, url, json=body, cookies=cookies, headers=head, trust_env=False)

    def statuses(path: str, key: str = "") -> set[int]:
        head = {"authorization": f"Bearer {key}"} if key else {}
        url = f"{server.address}{path}"
        return {httpx.get(url, headers=head, cookies=cookies, trust_env=False).status_code for _ in range(6)}

    made = call("POST", "keys", {"name": "tested", "scopes": ["chat"]}).json()["data"]
    until(lambda: statuses("/v1/models", made["key"]) == {200})
    assert call("DELETE", f"keys/{made['id']}").status_code == 200
    until(lambda: statuses("/v1/models", made["key"]) == {401})
    assert call("DELETE", "session").status_code == 200
    until(lambda: statuses("/api/v1/usage") == {401})


def test_all_workers_are_replaced_under_twenty_streams_and_each_comes_to_its_end(
    tmp_path: Path, upstream: SlowUpstream
) -> None:
    upstream.write_settings(tmp_path)
    with serving(tmp_path, "--port", "0", "--workers", "2") as server:
        before = children(server.process.pid)
        assert len(before) == 2
        streams = Streams(server.address)
        begin(streams, upstream, 10)
        server.send(signal.SIGHUP)
        until(lambda: len(children(server.process.pid) - before) == 2)
        begin(streams, upstream, 10)
        upstream.let_end.set()
        assert streams.join() == ["whole"] * 20
        until(lambda: not children(server.process.pid) & before)
        count = assert_all_are_one_server(server, 20)
        server.send(signal.SIGTERM)
        assert server.wait()[0] == 0
    assert records(tmp_path) == ["ok"] * count


def test_a_worker_that_is_killed_is_replaced_and_with_their_supervisor_all_end(
    tmp_path: Path, upstream: SlowUpstream
) -> None:
    upstream.write_settings(tmp_path, BUDGET)
    with serving(tmp_path, "--port", "0", "--workers", "2") as server:
        first = children(server.process.pid)
        streams = Streams(server.address)
        begin(streams, upstream, 12)
        os.kill(min(first), signal.SIGKILL)
        begin(streams, upstream, 6)  # nobody is refused: what comes now waits for who is left, or who comes
        until(lambda: len(children(server.process.pid)) == 2 and min(first) not in children(server.process.pid))
        begin(streams, upstream, 2)
        upstream.let_end.set()
        outcomes = streams.join()
        assert set(outcomes) <= {"whole", "cut"}
        assert outcomes.count("whole") >= 8  # and those of the first twelve that another worker had
        last = children(server.process.pid)
        server.send(signal.SIGKILL)
        server.process.wait()
        until(lambda: all(is_gone(worker) for worker in last))
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{server.address}/healthz", trust_env=False)
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        ends = [row[0] for row in connection.execute("SELECT outcome FROM usage")]
    assert len(ends) == 20  # the dead worker's calls were booked by those that live
    assert ends.count("Lost") <= outcomes.count("cut")


@pytest.mark.long
def test_a_second_sigterm_has_every_worker_tell_its_streams(tmp_path: Path, upstream: SlowUpstream) -> None:
    upstream.write_settings(tmp_path)
    with serving(tmp_path, "--port", "0", "--workers", "2") as server:
        streams = Streams(server.address)
        begin(streams, upstream, 8)
        server.send(signal.SIGTERM)
        server.await_line("Stopping")
        server.send(signal.SIGTERM)
        code, said = server.wait()
        assert (code, streams.join()) == (0, ["told"] * 8)
        assert said.endswith("Stopped; 8 calls were cut short.\n")
    assert records(tmp_path) == ["Cancelled"] * 8


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--database", ":memory:"), "several workers need a database that they share"),
        (("--host", "0.0.0.0"), "nobody would have to sign in"),
    ],
)
def test_what_keeps_workers_from_serving_is_said_once(
    tmp_path: Path, upstream: SlowUpstream, arguments: tuple[str, ...], said: str
) -> None:
    upstream.write_settings(tmp_path)
    command = [*POINTSMAN, "serve", "--port", "0", "--workers", "2", "--config", "pointsman.toml", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment(tmp_path), cwd=tmp_path)
    assert (ended.returncode, ended.stderr.count(said), ended.stderr.count("\n")) == (3, 1, 1)


def ask(address: str, count: int) -> list[int]:
    """The statuses of so many calls, each on a connection of its own."""
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    url = f"{address}/v1/chat/completions"
    return [httpx.post(url, json=body, timeout=GUARD, trust_env=False).status_code for _ in range(count)]


def shared_state(address: str) -> str:
    found: str = httpx.get(f"{address}/readyz", trust_env=False).json()["parts"]["shared"]["status"]
    return found


@pytest.mark.long
def test_without_redis_each_worker_counts_for_itself_and_it_is_said(tmp_path: Path, upstream: SlowUpstream) -> None:
    upstream.let_end.set()
    upstream.write_settings(tmp_path, "[limits.openai]\nrequests_per_minute = 10\nmax_wait = 0\n")
    with serving(tmp_path, "--port", "0", "--workers", "2") as server:
        assert "Each of them counts rate limits for itself" in server.said
        assert shared_state(server.address) == "not used: each process counts for itself"
        statuses = ask(server.address, 40)
        assert set(statuses) == {200, 429}
        assert 10 <= statuses.count(200) <= 20


@pytest.mark.long
@needs_redis
def test_workers_keep_one_limit_together_and_each_its_share_while_redis_is_away(
    tmp_path: Path, upstream: SlowUpstream
) -> None:
    upstream.let_end.set()
    with redis_server(tmp_path, "--requirepass", "opens it") as redis:
        settings = upstream.write_settings(tmp_path, "[limits.openai]\nrequests_per_minute = 10\nmax_wait = 0\n")
        settings.write_text(f'shared = "{redis.address}"\n{settings.read_text()}')
        more = {"POINTSMAN_SHARED_PASSWORD": "opens it"}
        with serving(tmp_path, "--port", "0", "--workers", "2", more=more) as server:
            assert "for itself" not in server.said
            until(lambda: {shared_state(server.address) for _ in range(6)} == {"shared by 2"})
            statuses = ask(server.address, 12)
            assert sorted(statuses) == [200] * 10 + [429] * 2
            redis.kill()
            until(lambda: {shared_state(server.address) for _ in range(6)} == {"away: one share of 2"})
            statuses += ask(server.address, 2)
            assert set(statuses) == {200, 429}  # nothing fails that could go on
            redis.start()
            until(lambda: {shared_state(server.address) for _ in range(6)} == {"shared by 2"})
            while statuses[-4:] != [429] * 4:  # it has forgotten all, and was told what the last minute was
                statuses += ask(server.address, 1)
            assert statuses.count(200) <= 15  # if one had used all ten before, the other had its share of five
            server.send(signal.SIGTERM)
            code, said = server.wait()
            assert (code, "opens it" in said) == (0, False)
