"""Eight processes on one database, of which seven are killed: the vendors' bill, the ledger and the records agree."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import attrs
import pytest

from pointsman import open_app
from pointsman.core.money.settlement import Amount
from pointsman.core.settings import Settings
from pointsman.layers.live import live
from pointsman.layers.settings.found import load_settings
from pointsman.layers.settings.sources import Arguments
from tests.adapters.postgres.server import Server, a_schema, started_server
from tests.billing_upstream import BillingUpstream, billing_upstream
from tests.patience import GUARD, attempts
from tests.redis_server import RedisProcess, needs_redis, redis_server
from tests.services.test_bill import DOLLARS, VENDORS, check_books

ROOT = Path(__file__).parents[1]
PROCESSES = 8
CALLS = 8
"""That are begun at least between two kills."""
TEXT = """
default_provider = "one"
fallback = ["two/m"]
[retries]
max_retries = 1
base_delay = 0.0
resend_unanswered = true
[breaker]
failures = 1000000
"""
VENDOR = """
[providers.NAME]
kind = "openai"
base_url = "ADDRESS/NAME/v1"
api_key = "sk-1"
model = "m"
when_left = "LEFT"
[models."NAME/m"]
input = DOLLARS
output = DOLLARS
"""
BUDGETS = """
[[budgets]]
name = "all"
usd = 1000
period = "total"
[[budgets]]
name = "each"
usd = 0.3
period = "total"
scope = "tenant"
[[budgets]]
name = "vendor"
usd = 1000
period = "total"
scope = "provider"
[[budgets]]
name = "tag"
tokens = 6000
period = "total"
scope = "tag"
"""
LIMITS = """
[limits.one]
requests_per_minute = 100000
concurrent = 64
"""


@attrs.frozen
class Common:
    """What the processes have in common: a database, what counts rows of it, and perhaps a server of Redis."""

    database: str
    number_of: Callable[[str], int]
    shared: RedisProcess | None = None

    def disturb(self) -> None:
        """Kill the server of Redis, or start it again."""
        if self.shared is not None:
            (self.shared.kill if self.shared.is_running else self.shared.start)()


def in_file(home: Path) -> Common:
    def number_of(question: str) -> int:
        with contextlib.closing(sqlite3.connect(home / "stores.db")) as connection:
            return int(connection.execute(question).fetchone()[0])

    return Common(str(home / "stores.db"), number_of)


def in_server(server: Server, redis: RedisProcess) -> Common:
    schema = a_schema()

    def number_of(question: str) -> int:
        import psycopg

        place = f"-c search_path={schema}"
        with psycopg.connect(server.started.get_uri(), options=place) as connection:
            return int(connection.execute(question.encode()).fetchall()[0][0])

    return Common(server.url(schema), number_of, redis)


def write_settings(home: Path, address: str, common: Common) -> Path:
    vendors = (
        VENDOR.replace("NAME", name).replace("ADDRESS", address).replace("LEFT", left)
        for name, left in zip(VENDORS, ("unknown", "goes_on"), strict=True)
    )
    file = home / "pointsman.toml"
    whole = f'database = "{common.database}"' + TEXT + "".join(vendors).replace("DOLLARS", str(DOLLARS)) + BUDGETS
    if common.shared is not None:
        whole = f'shared = "{common.shared.address}"\n{whole}{LIMITS}'
    file.write_text(whole)
    file.chmod(0o600)
    return file


@contextlib.contextmanager
def calling(config: Path, seed: int) -> Iterator[list[subprocess.Popen[str]]]:
    """So many processes that have begun to call, half of them on trio."""
    with contextlib.ExitStack() as stack:
        processes: list[subprocess.Popen[str]] = []
        for number in range(PROCESSES):
            backend = ("asyncio", "trio")[number % 2]
            command = [sys.executable, "-m", "tests.calling", str(config), f"{seed}-{number}", backend]
            pipe = subprocess.PIPE
            process = stack.enter_context(subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True))
            stack.callback(process.kill)
            processes.append(process)
        for process in processes:
            await_line(process, "ready")
        yield processes


def await_line(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == f"{line}\n"


def say_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


ALIVE = f"SELECT count(*) FROM process WHERE number < {2**62}"
"""How many processes nobody has taken over."""


def run_history(home: Path, upstream: BillingUpstream, seed: int, common: Common) -> Settings:
    """All call; all but one are killed one after another; the last ends as it should, having noticed the dead."""
    config, number_of = write_settings(home, upstream.address, common), common.number_of
    with calling(config, seed) as processes:
        random.Random(seed).shuffle(processes)
        *dying, last = processes
        for process in dying:
            upstream.wait_for(upstream.begun + CALLS)
            process.kill()
            process.wait(GUARD)
            common.disturb()
        say_on(last)
        await_line(last, "idle")
        for _ in attempts():
            if number_of(ALIVE) == 1:
                break
            time.sleep(0.05)
        assert number_of("SELECT count(DISTINCT process) FROM lease") <= 1, "what the dead held is given back"
        assert number_of(ALIVE) == 1
        say_on(last)
        assert last.wait(GUARD) == 0
    assert number_of("SELECT count(*) FROM lease") == 0
    return attrs.evolve(load_settings(Arguments(), str(config), {}).unwrap(), shared=None)


async def check(settings: Settings, upstream: BillingUpstream) -> None:
    def tokens(count: int) -> Amount:
        return Amount(count * DOLLARS * 10**6, count)

    async with open_app(live, settings) as opened:
        bills = {vendor: tokens(upstream.billed.get(vendor, 0)) for vendor in VENDORS}
        records = await check_books(opened.unwrap(), settings.budgets, bills, tokens(upstream.above))
    assert "Lost" in {record.outcome for record in records}, "somebody was killed in the middle of a call"


def rounds() -> Iterator[int]:
    """A round takes some ten seconds; CI tries one, and `POINTSMAN_ROUNDS` says otherwise."""
    yield from range(int(os.environ.get("POINTSMAN_ROUNDS", "1")))


@pytest.mark.long
def test_whoever_is_killed_the_bill_is_covered_and_the_books_agree(tmp_path: Path) -> None:
    for seed in rounds():
        home = tmp_path / str(seed)
        home.mkdir()
        with billing_upstream(seed) as upstream:
            anyio.run(check, run_history(home, upstream, seed, in_file(home)), upstream)


@pytest.mark.long
@needs_redis
def test_on_a_server_while_redis_comes_and_goes_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with started_server() as server, redis_server(tmp_path) as redis:
        for seed in rounds():
            home = tmp_path / str(seed)
            home.mkdir()
            monkeypatch.setenv("XDG_DATA_HOME", str(home))
            with billing_upstream(seed) as upstream:
                anyio.run(check, run_history(home, upstream, seed, in_server(server, redis)), upstream)
