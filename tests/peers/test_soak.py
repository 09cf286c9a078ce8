"""Two workers on PostgreSQL and Redis under the vendors' own packages, while a worker and both servers are killed."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import anthropic
import anyio
import attrs
import ollama
import openai
import pytest
from anyio.from_thread import start_blocking_portal
from google import genai
from google.genai import types as genai_types

from pointsman import CallOptions, Settings, settle
from pointsman.adapters.simulator.listener import serve as simulate
from pointsman.core.money.budget import Budget, accounts
from pointsman.core.money.settlement import Amount
from pointsman.layers.simulation import simulator
from pointsman.layers.stores import by_settings
from tests.adapters.postgres.server import Server, started_server
from tests.patience import GUARD
from tests.redis_server import RedisProcess, needs_redis, redis_server
from tests.served import SETTINGS
from tests.services.test_bill import booked_for
from tests.test_stopping import Process, serving
from tests.test_workers import children, until

CALLS = int(os.environ.get("POINTSMAN_CALLS", "400"))
KILLS = int(os.environ.get("POINTSMAN_KILLS", "1"))
"""Of workers, evenly among the calls; with each tenth, and with the first, the database and Redis are killed too."""
EACH = 2
"""Threads of each package; each has one call under way at most."""
KEPT = """
[usage]
keep_content = true
[limits.openai]
requests_per_minute = 1000000
concurrent = 64
[[budgets]]
name = "all"
tokens = 1000000000000
period = "total"
"""
Ask = Callable[[str, bool], str]
"""Says the text, as a stream or whole, and gives the answer."""
_CUT = ("connection", "Connection", "disconnected", "peer closed", "another answer")
"""What packages say of an answer whose connection broke with the worker; some end a stream without a word."""


def ask_openai(client: openai.OpenAI, text: str, streams: bool) -> str:
    asked: Any = {"model": "openai/sim", "messages": [{"role": "user", "content": text}]}
    if not streams:
        return client.chat.completions.create(**asked).choices[0].message.content or ""
    chunks = client.chat.completions.create(stream=True, **asked)
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def ask_anthropic(client: anthropic.Anthropic, text: str, streams: bool) -> str:
    asked: Any = {"model": "anthropic/sim", "max_tokens": 100, "messages": [{"role": "user", "content": text}]}
    if not streams:
        return "".join(part.text for part in client.messages.create(**asked).content if part.type == "text")
    with client.messages.stream(**asked) as events:
        return "".join(events.text_stream)


def ask_gemini(client: genai.Client, text: str, streams: bool) -> str:
    if not streams:
        return client.models.generate_content(model="gemini/sim", contents=text).text or ""
    return "".join(one.text or "" for one in client.models.generate_content_stream(model="gemini/sim", contents=text))


def ask_ollama(client: ollama.Client, text: str, streams: bool) -> str:
    asked: Any = {"model": "ollama/sim", "messages": [{"role": "user", "content": text}]}
    if not streams:
        return client.chat(**asked).message.content or ""
    return "".join(one.message.content or "" for one in client.chat(stream=True, **asked))


@contextmanager
def asking(address: str) -> Iterator[list[Ask]]:
    """What asks, by package; no package tries again by itself what has failed."""
    options = genai_types.HttpOptions(base_url=address)
    with (
        openai.OpenAI(api_key="any", base_url=f"{address}/v1", max_retries=0, timeout=GUARD) as first,
        anthropic.Anthropic(api_key="any", base_url=address, max_retries=0, timeout=GUARD) as second,
        genai.Client(api_key="any", http_options=options) as third,
    ):
        fourth = ollama.Client(host=address, timeout=GUARD)
        yield [
            lambda text, streams: ask_openai(first, text, streams),
            lambda text, streams: ask_anthropic(second, text, streams),
            lambda text, streams: ask_gemini(third, text, streams),
            lambda text, streams: ask_ollama(fourth, text, streams),
        ]
        fourth._client.close()


@attrs.define(eq=False)
class Soak:
    """Calls that are made one after the other by each thread, and how they ended."""

    answered: list[str] = attrs.field(factory=list)
    failed: dict[str, str] = attrs.field(factory=dict)
    limit: int = CALLS
    """So many may end: those who ask do not run ahead of what is killed."""
    _changed: threading.Condition = attrs.field(factory=threading.Condition)

    @property
    def ended(self) -> int:
        return len(self.answered) + len(self.failed)

    def run(self, ask: Ask, name: str, count: int) -> None:
        for number in range(count):
            text = f"call {name}-{number}."
            with self._changed:
                assert self._changed.wait_for(lambda: self.ended < self.limit, GUARD)
            try:
                problem = None if text in ask(text, number % 2 == 0) else "another answer"
            except Exception as raised:  # whatever the package raises
                problem = f"{type(raised).__name__}: {raised}"
            with self._changed:
                if problem is None:
                    self.answered.append(text)
                else:
                    self.failed[text] = problem
                self._changed.notify_all()

    def go_on_until(self, count: int) -> None:
        with self._changed:
            self.limit = count
            self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        """Until so many have ended."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.ended >= count, GUARD)


def run_soak(address: str, disturbances: list[Callable[[], None]]) -> Soak:
    """All calls, among which the disturbances come at even distances."""
    soak = Soak()
    with asking(address) as all_:
        count = CALLS // (EACH * len(all_))
        threads = [
            threading.Thread(target=soak.run, args=(ask, f"{number}-{one}", count), daemon=True)
            for number, ask in enumerate(all_)
            for one in range(EACH)
        ]
        # so many before each, and at most so many, and one more of each thread, while it lasts
        between = max(1, CALLS // (2 * len(disturbances) + 1) - len(threads))
        soak.limit = between
        for thread in threads:
            thread.start()
        for disturb in disturbances:
            before = soak.ended + between
            soak.go_on_until(before + between)
            soak.wait_for(before)  # no thread is waiting for leave, however long the last one has lasted
            disturb()
        soak.go_on_until(CALLS + 1)
        soak.wait_for(count * len(threads))
    return soak


def restart_database(database: Server, soak_goes_on: threading.Event) -> None:
    """It dies as in a crash, and is away for a second."""
    database.stop("immediate")
    soak_goes_on.wait(1.0)
    database.start()


def restart_redis(redis: RedisProcess, soak_goes_on: threading.Event) -> None:
    redis.kill()
    soak_goes_on.wait(1.0)
    redis.start()


def born(process: int) -> int:
    """When it began; a higher number need not be a later process."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19])


def replace_one(server: Process) -> None:
    """Kill the worker that has lived longest, and wait until there is another."""
    before = children(server.process.pid)
    os.kill(min(before, key=born), signal.SIGKILL)
    until(lambda: len(children(server.process.pid) - before) == 1)


@pytest.mark.long
@needs_redis
@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::UserWarning")
def test_whatever_is_killed_what_was_answered_is_booked_once_and_what_could_wait_has(tmp_path: Path) -> None:
    """`POINTSMAN_CALLS` says how many calls there are, `POINTSMAN_KILLS` how many workers are killed."""
    with ExitStack() as stack:
        database = stack.enter_context(started_server())
        redis = stack.enter_context(redis_server(tmp_path))
        portal = stack.enter_context(start_blocking_portal())
        upstream = stack.enter_context(portal.wrap_async_context_manager(simulate(simulator(pace=0.0))))
        settings = SETTINGS.replace("ADDRESS", upstream.address) + KEPT
        (tmp_path / "pointsman.toml").write_text(f'shared = "{redis.address}"\n{settings}')
        more = {"POINTSMAN_DATABASE": database.url("soak")}
        server = stack.enter_context(serving(tmp_path, "--port", "0", "--workers", "2", more=more))
        never = threading.Event()
        disturbances = list[Callable[[], None]]()
        for number in range(KILLS):
            disturbances.append(lambda: replace_one(server))
            if number % 10 == 0:
                disturbances += [lambda: restart_database(database, never), lambda: restart_redis(redis, never)]
        soak = run_soak(server.address, disturbances)
        server.send(signal.SIGTERM)
        code, said = server.wait()
        assert code == 0, said
        assert len(soak.failed) <= EACH * 4 * KILLS, soak.failed  # those that a killed worker had under way
        refused = [why for why in soak.failed.values() if not any(word in why for word in _CUT)]
        assert refused == [], "what could wait has"
        anyio.run(check_books, database.url("soak"), soak)
        print(f"{len(soak.answered)} answered, {len(soak.failed)} cut: {soak.failed}")


async def check_books(database: str, soak: Soak) -> None:
    """Each answer was booked once, a call that was cut once at most, and the ledger has spent what the records say."""
    budget = Budget(name="all", tokens=10**12, period="total")
    async with by_settings(Settings(database=database)) as opened:
        stores = opened.unwrap()
        records = (await settle(stores.usage_log.read())).unwrap()
        (account,) = accounts((budget,), CallOptions(), "openai", "sim", 0.0)
        (balance,) = (await settle(stores.ledger.balances([account.key], 0.0))).unwrap()
    booked = Counter(record.prompt for record in records if record.outcome != "Lost")  # which tells no prompt
    outcomes = {record.prompt: record.outcome for record in records}
    assert {one for one in soak.answered if outcomes.get(f"user: {one}") != "ok"} == set()
    assert [text for text, count in booked.items() if count > 1] == []
    assert len(records) <= soak.ended
    assert balance.reserved == Amount()
    assert balance.spent.tokens == booked_for(account, records).tokens
