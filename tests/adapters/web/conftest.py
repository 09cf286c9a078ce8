"""A browser on the stub server: each test gets its own state, its own address and its own page."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from tests.patience import GUARD, attempts

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Locator, Page

    from tests.adapters.web.page_state import Stub

CHROMIUM = Path("/usr/bin/chromium")
DESKTOP, PHONE = (1440, 900), (390, 844)
BLOCKED = "Service Worker registration blocked by Playwright"  # one would keep files from test to test
REPORT_VIOLATIONS = "addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective))"


@attrs.define
class Site:
    """The page under test, the server's state, and what the browser complained of."""

    page: Page
    stub: Stub
    url: str
    problems: list[str] = attrs.field(factory=list)
    expected: list[str] = attrs.field(factory=list)

    def complain(self, text: str) -> None:
        """Keeps a complaint that no test expects."""
        if not any(word in text for word in (*self.expected, BLOCKED)):
            self.problems.append(text)

    def hear(self, message: ConsoleMessage) -> None:
        """Listens to the console."""
        if message.type in ("error", "warning"):
            self.complain(message.text)

    def open(self, address: str = "#/chat") -> Page:
        """Signs in by the link, and goes to an address."""
        self.page.goto(f"{self.url}/#link=one-time-token")
        self.page.wait_for_selector(".nav")
        self.page.goto(f"{self.url}/{address}")
        self.page.wait_for_selector(".view > *", state="attached")
        return self.page

    def until(self, condition: str | Callable[[], object]) -> None:
        """Waits for a condition, here or in the page, whose policy forbids Playwright's own way, which is `eval`."""
        for _ in attempts():
            if self.page.evaluate(condition) if isinstance(condition, str) else condition():
                return
            self.page.wait_for_timeout(20)
        raise AssertionError(f"it never came to: {condition}")

    def say(self, text: str) -> Locator:
        """Sends a message, and gives the answer that comes."""
        answers = self.page.locator(".turn-answer")
        before = answers.count()
        self.page.get_by_label("Message", exact=True).fill(text)
        self.page.keyboard.press("Enter")
        answers.nth(before).wait_for(state="attached")
        return answers.last

    def answered(self, text: str) -> Locator:
        """Sends a message, and waits for the end of the answer."""
        answer = self.say(text)
        answer.locator(".turn-actions").wait_for()
        return answer

    def asked(self, method: str, path: str) -> list[dict[str, Any]]:
        """The bodies of the requests to a path."""
        return [body for verb, where, body in self.stub.asked if (verb, where) == (method, path)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    if not CHROMIUM.exists():
        pytest.skip(f"the page is tested in a real browser, and there is no {CHROMIUM}: apt-get install chromium")
    with driver.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield started
        started.close()


@contextmanager
def serving(stub: Stub) -> Iterator[str]:
    """The stub server on a free port, in a thread."""
    uvicorn = pytest.importorskip("uvicorn", reason="uvicorn is not installed: pip install uvicorn")
    from tests.adapters.web.page_server import make_app

    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(make_app(stub), log_level="warning", ws="websockets-sansio", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join()
        listener.close()


@contextmanager
def visiting(browser: Browser, size: tuple[int, int], **options: Any) -> Iterator[Site]:
    """A page on a fresh server; at its end nothing may have been complained of."""
    pytest.importorskip("starlette", reason="starlette is not installed: pip install starlette")
    from tests.adapters.web.page_state import Stub

    stub = Stub()
    viewport = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=viewport, reduced_motion="reduce", service_workers="block", **options)  # type: ignore[arg-type]
    context.set_default_timeout(GUARD * 1000)
    context.add_init_script(REPORT_VIOLATIONS)
    with serving(stub) as url:
        site = Site(context.new_page(), stub, url)
        site.page.on("console", lambda message: site.hear(message))
        site.page.on("pageerror", lambda error: site.complain(str(error)))
        yield site
        context.close()
    assert site.problems == []


@pytest.fixture
def site(browser: Browser) -> Iterator[Site]:
    """The page on a desktop."""
    with visiting(browser, DESKTOP) as opened:
        yield opened


@pytest.fixture
def phone(browser: Browser) -> Iterator[Site]:
    """The page on a phone."""
    with visiting(browser, PHONE, has_touch=True, is_mobile=True) as opened:
        yield opened
