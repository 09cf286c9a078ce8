"""The page over two workers on PostgreSQL and Redis: whichever answers, it is one house.

A worker that is stopped accepts nobody: so each part of the test knows which one it has reached.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from pointsman.adapters.simulator.listener import serve as simulate
from pointsman.layers.simulation import simulator
from tests.adapters.postgres.server import started_server
from tests.patience import GUARD
from tests.redis_server import needs_redis, redis_server
from tests.served import SETTINGS
from tests.test_stopping import Process, serving
from tests.test_workers import children, shared_state, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.long,
    needs_redis,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium on this machine"),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning"),
]
QUESTION = {"model": "openai/sim", "messages": [{"role": "user", "content": "Which way?"}]}


@contextmanager
def two_workers(home: Path) -> Iterator[Process]:
    with (
        started_server() as database,
        redis_server(home) as redis,
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(simulate(simulator(pace=0.0))) as upstream,
    ):
        settings = SETTINGS.replace("ADDRESS", upstream.address)
        (home / "pointsman.toml").write_text(f'shared = "{redis.address}"\n{settings}')
        more = {"POINTSMAN_DATABASE": database.url("page")}
        with serving(home, "--port", "0", "--workers", "2", more=more) as server:
            until(lambda: {shared_state(server.address) for _ in range(6)} == {"shared by 2"})
            yield server


@contextmanager
def without(worker: int) -> Iterator[None]:
    """The other one takes all connections that are made meanwhile."""
    os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker, signal.SIGCONT)


class Visitor:
    """One browser, whose pages complain of nothing."""

    def __init__(self, browser: Browser, server: Process) -> None:
        self.browser, self.server = browser, server
        self.wrong: list[str] = []
        self.signed_in: BrowserContext | None = None

    @contextmanager
    def page(self, place: str) -> Iterator[Page]:
        """A page with connections of its own."""
        state = None if self.signed_in is None else self.signed_in.storage_state()
        context = self.browser.new_context(storage_state=state)
        page = context.new_page()
        page.on("console", lambda message: self.wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda problem: self.wrong.append(str(problem)))
        page.goto(f"{self.server.address}/{place}")
        yield page
        if self.signed_in is None:
            self.signed_in = context
        else:
            context.close()


def say(page: Page, text: str, words: int) -> None:
    from playwright.sync_api import expect

    box = page.get_by_role("textbox", name="Message")
    expect(box).to_be_visible()
    box.fill(text)
    box.press("Enter")
    expect(page.get_by_text(f"I counted {words} words").first).to_be_visible()


def ask_without(worker: int, address: str) -> bool:
    """Ask the other one; it tells what it did as soon as it knows that somebody listens there. False: look again."""
    with without(worker):
        answer = httpx.post(f"{address}/v1/chat/completions", json=QUESTION, timeout=GUARD, trust_env=False)
    assert answer.status_code == 200
    time.sleep(0.2)
    return False


def test_who_has_signed_in_once_is_at_home_at_each_worker_and_hears_of_the_other(tmp_path: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=GUARD * 1000)
    with two_workers(tmp_path) as server, sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        visitor = Visitor(browser, server)
        one, other = sorted(children(server.process.pid))
        with without(other), visitor.page(f"#link={server.link}") as page:
            say(page, "Which way to the station?", 5)
        for stopped, text in ((one, "And how do I get back from there?"), (other, "Is it far?")):
            with without(stopped), visitor.page("#/chat") as page:
                page.get_by_text("Which way to the station?").first.click()
                expect(page.get_by_text("I counted 5 words").first).to_be_visible()
                say(page, text, len(text.split()))
                for _ in range(3):
                    page.reload()
                    expect(page.get_by_role("main")).to_be_visible()
        with contextlib.ExitStack() as stack:
            with without(other):
                page = stack.enter_context(visitor.page("#/events"))
                expect(page.get_by_text("Connected")).to_be_visible()
            told = page.get_by_text("openai/sim")
            assert told.count() == 0
            until(lambda: told.count() > 0 or ask_without(one, server.address))
        assert visitor.wrong == []
        browser.close()
        server.send(signal.SIGTERM)
        assert server.wait()[0] == 0
