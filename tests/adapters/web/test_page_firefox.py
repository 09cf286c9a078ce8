"""The page in Firefox, on a real server: every view opens, and a chat is streamed, set, branched and gone back in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adapters.web.firefox import FIREFOX, Firefox, started_firefox
from tests.served import SETTINGS, Running, running

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not FIREFOX.exists(), reason=f"there is no {FIREFOX}: apt-get install firefox-esr"),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning"),
]
VIEWS = (
    *("providers", "compare", "connect", "usage", "requests", "routing", "events", "experiments", "healing"),
    *("keys", "settings", "users", "audit"),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("behind-firefox"), SETTINGS, pace=60.0) as opened:
        yield opened


@pytest.fixture(scope="module")
def firefox(server: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    with started_firefox(tmp_path_factory.mktemp("firefox") / "of-this-test") as opened:
        opened.goto(f"{server.address}/#link={server.served.site.sessions.new_link()}")
        opened.until("document.querySelector('.nav')")
        yield opened
        assert opened.problems == []


def open_view(server: Running, firefox: Firefox, address: str) -> None:
    firefox.goto(f"{server.address}/#/{address}")
    firefox.until(f"document.querySelector('.view-{address.partition('/')[0]} > *')")


def test_every_view_opens_wide_and_narrow(server: Running, firefox: Firefox) -> None:
    for width in (1440, 390):
        firefox.resize(width, 844)
        for view in VIEWS:
            open_view(server, firefox, view)
            firefox.until("document.querySelector('.view h1') && !document.querySelector('.view .skeleton')")
            assert firefox.evaluate("document.querySelectorAll('.view .error-card').length") == 0, view
            assert firefox.evaluate("document.documentElement.scrollWidth") <= width, view
    firefox.resize(1440, 900)


def test_a_chat_is_streamed_a_formula_set_and_a_branch_gone_back_from(server: Running, firefox: Firefox) -> None:
    open_view(server, firefox, "chat")
    firefox.click("textarea[aria-label=Message]")
    firefox.type("Is $E = mc^2$ so")
    firefox.press("Enter")
    firefox.until("document.querySelector('.turn-answer.streaming .answer-body .md')?.textContent.length > 0")
    firefox.until("document.querySelector('.turn-answer .turn-actions')")
    firefox.until("document.querySelector('.answer-body .math .katex math')")
    firefox.click("button", "Edit and send again")
    firefox.until("document.activeElement?.getAttribute('aria-label') === 'Edit the message'")
    firefox.type(" or not?")
    firefox.press("Enter")
    firefox.until("[...document.querySelectorAll('.branch-place')].some((each) => each.textContent === '2/2')")
    firefox.until("document.querySelector('.turn-answer .turn-actions')")
    firefox.click("button", "Previous version")
    firefox.until("[...document.querySelectorAll('.branch-place')].some((each) => each.textContent === '1/2')")
    assert "or not" not in firefox.evaluate("document.querySelector('.turn-user').textContent")


def test_a_budget_is_set_on_the_page_and_refuses_the_next_call(server: Running, firefox: Firefox) -> None:
    open_view(server, firefox, "settings/money")
    firefox.click("button", "Add to Budgets")
    firefox.click("dialog input[name=entry]")
    firefox.type("tight")
    firefox.click("dialog input[name=tokens]")
    firefox.type("1")
    firefox.click("dialog button", "Save")
    firefox.until("document.querySelector('[data-setting=budgets]')?.textContent.includes('tight')")
    with server.signed_in() as admin:
        refused = admin.post("/api/v1/chat", json={"model": "openai/sim", "text": "Hi"})
        assert refused.status_code == 402
        assert admin.delete("/api/v1/settings/budgets?entry=tight").status_code == 200
