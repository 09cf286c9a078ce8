"""The whole walk of a newcomer, with nothing configured: on a desktop, on a phone by touch, and by the keyboard alone.

A provider is added and asked for its models before it is saved; a chat has a formula, an Arabic answer and a PDF; a
branch is left and gone back to; two models are compared; a budget and a fallback are set; the openai package is
connected by the lines that are shown; its call is found in the log, and asked again of another model.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from pointsman.adapters.simulator.scenario import FixedAnswer, Match, Rule, Scenario
from tests.adapters.extract.samples import pdf
from tests.adapters.web.conftest import DESKTOP, PHONE, REPORT_VIOLATIONS
from tests.adapters.web.page_hands import Hands, Way
from tests.patience import GUARD
from tests.served import Running, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning"),
]
ARABIC = "مرحبا. القطار يصل **غدا**.\n\n- أولا\n- ثانيا"
ANSWERS = Scenario(
    rules=(
        Rule(match=Match(contains="formula"), action=FixedAnswer(text="It is $$\\int_0^1 x^2\\,dx = \\tfrac13$$")),
        Rule(match=Match(contains="Arabic"), action=FixedAnswer(text=ARABIC)),
    )
)
FIRST_KEY = "laptop"


@attrs.frozen
class Walk:
    """Somebody on the page of a server of theirs."""

    server: Running
    page: Page
    hands: Hands

    def add_a_provider(self) -> None:
        hands, page = self.hands, self.page
        hands.go("Providers")
        hands.press(page.get_by_role("button", name="Add a provider").first)
        form = page.locator("dialog[open]")
        hands.write(form.get_by_label("Name"), "mine")
        hands.write(form.get_by_label("API key"), "sk-typed-by-a-newcomer-1357")
        hands.write(form.get_by_label("Address"), f"{self.server.upstream.address}/v1")
        hands.press(form.get_by_role("button", name="Fetch models"))
        hands.pick("sim-reasoning")
        hands.until("document.querySelector('dialog input[name=model]').value === 'sim-reasoning'")
        hands.write(form.get_by_label("Default model"), "sim")
        hands.press(form.get_by_role("button", name="Add", exact=True))
        page.locator(".card", has=page.get_by_role("heading", name="mine", exact=True)).wait_for()

    def chat(self, tmp_path: Path) -> None:
        hands, page = self.hands, self.page
        hands.go("Chat")
        self.say("Show me a formula")
        page.locator(".answer-body .math .katex").first.wait_for()
        self.say("Now something Arabic")
        page.locator(".answer-body li[dir=rtl], .answer-body [dir=rtl]").first.wait_for()
        report = tmp_path / "report.pdf"
        report.write_bytes(pdf(["The points at Hull were replaced."]))
        with page.expect_file_chooser() as chosen:
            hands.press(page.get_by_role("button", name="Attach files"))
        chosen.value.set_files(report)
        page.locator(".composer .part-file", has_text="report.pdf").wait_for()
        self.say("What does the report say?")
        assert "replaced" in page.locator(".turn-answer").last.inner_text()
        page.locator(".turn-user .part-file", has_text="report.pdf").wait_for()

    def say(self, text: str) -> None:
        page = self.page
        answers = page.locator(".turn-answer .turn-actions")
        before = answers.count()
        self.hands.write(page.get_by_label("Message", exact=True), text)
        if self.hands.way == "touch":
            self.hands.press(page.get_by_role("button", name="Send", exact=True))
        else:
            page.keyboard.press("Enter")
        answers.nth(before).wait_for()

    def branch_and_go_back(self) -> None:
        hands, page = self.hands, self.page
        hands.press(page.get_by_role("button", name="Edit and send again").last)
        hands.write(page.get_by_label("Edit the message"), "What did it not say?")
        hands.press(page.locator(".edit-box").get_by_role("button", name="Send", exact=True))
        versions = page.get_by_role("group", name="Versions of the question").last
        versions.get_by_text("2/2").wait_for()
        page.locator(".turn-answer .turn-actions").nth(2).wait_for()
        hands.press(versions.get_by_role("button", name="Previous version"))
        versions.get_by_text("1/2").wait_for()
        page.get_by_text("What does the report say?").first.wait_for()

    def compare(self) -> None:
        hands, page = self.hands, self.page
        hands.go("Compare")
        while page.locator(".compare-chip").count() < 2:
            hands.press(page.get_by_role("button", name="Add a model"))
            hands.pick("mine/sim-reasoning" if page.locator(".compare-chip").count() else "mine/sim")
        hands.write(page.get_by_label("Prompt", exact=True), "Which way to the sea?")
        hands.press(page.get_by_role("button", name="Ask all"))
        page.get_by_text("Which answer is best?").wait_for()
        hands.press(page.get_by_role("button", name="is best").first)
        page.get_by_text("preferred", exact=True).first.wait_for()

    def set_a_budget_and_a_fallback(self) -> None:
        hands, page = self.hands, self.page
        hands.go("Settings")
        hands.press(page.get_by_role("button", name="Add to Budgets"))
        sheet = page.locator("dialog[open]")
        hands.write(sheet.get_by_label("Name", exact=True), "month")
        hands.write(sheet.get_by_label("Limit in tokens"), "5000000")
        hands.press(sheet.get_by_role("button", name="Save", exact=True))
        page.locator("[data-setting=budgets]", has_text="month").wait_for()
        hands.press(page.locator(".setting-tabs").get_by_role("link", name="Models"))
        hands.press(page.get_by_role("button", name="Change Fallbacks"))
        hands.write(page.get_by_role("textbox", name="Fallbacks"), "mine/sim")
        hands.press(page.locator("dialog[open]").get_by_role("button", name="Save", exact=True))
        page.locator("[data-setting=fallback]").get_by_text("saved here").wait_for()

    def connect(self, tmp_path: Path) -> None:
        hands, page = self.hands, self.page
        hands.go("Connect")
        hands.press(page.get_by_role("button", name="New key"))
        hands.write(page.locator("dialog[open]").get_by_label("Name"), FIRST_KEY)
        hands.press(page.get_by_role("button", name="Create the key"))
        key = page.locator(".key-once code").inner_text()
        hands.press(page.get_by_role("button", name="Done"))
        hands.until(f"document.querySelector('[role=tabpanel]').innerText.includes({key!r})")
        hands.write(page.get_by_label("Model"), "mine/sim-503")
        hands.until("document.querySelector('[role=tabpanel]').innerText.includes('mine/sim-503')")
        (tmp_path / "ask.py").write_text(page.locator("[role=tabpanel] pre").last.inner_text())
        self.ask(tmp_path)

    def ask(self, tmp_path: Path) -> None:
        """Runs the lines that were shown."""
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "NO_PROXY": "*"}
        command = [sys.executable, "ask.py"]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=GUARD, check=False
        )
        assert "Why do trains need points?" in done.stdout, done.stderr

    def find_the_call(self) -> None:
        hands, page = self.hands, self.page
        hands.go("Requests")
        hands.write(page.get_by_role("searchbox", name="Key"), FIRST_KEY)
        rows = page.locator(".request-table tbody tr")
        names = "[...document.querySelectorAll('.request-table tbody tr')].map(row => row.innerText)"
        hands.until(f"{names}.every(words => words.includes({FIRST_KEY!r}))")
        hands.press(rows.first.get_by_role("link"))
        timing = page.get_by_role("region", name="Timing")
        timing.locator(".fall-bad").first.wait_for()
        timing.locator(".fall-ok").wait_for()

    def keep_texts_and_replay(self, tmp_path: Path) -> None:
        hands, page = self.hands, self.page
        hands.press(page.get_by_role("button", name="Keep texts from now on"))
        sheet = page.locator("dialog[open]")
        hands.tick(sheet.get_by_label("Keep content"))
        hands.press(sheet.get_by_role("button", name="Save", exact=True))
        page.get_by_text("Those of calls from now on are.").wait_for()
        self.ask(tmp_path)
        hands.press(page.get_by_role("button", name="All requests"))
        hands.until("document.querySelectorAll('.request-table tbody tr').length === 2")
        hands.press(page.locator(".request-table tbody tr").first.get_by_role("link"))
        hands.press(page.get_by_role("button", name="Ask another model"))
        hands.pick("mine/sim-reasoning")
        dialog = page.get_by_role("dialog", name="The same, asked again")
        dialog.get_by_role("heading", name="mine/sim-reasoning").wait_for()
        assert "Why do trains need points?" in dialog.inner_text()
        hands.press(dialog.get_by_role("button", name="Close").last)


def visit(browser: Browser, server: Running, way: Way) -> Page:
    width, height = PHONE if way == "touch" else DESKTOP
    options: dict[str, Any] = {"has_touch": True, "is_mobile": True} if way == "touch" else {}
    size = {"width": width, "height": height}
    context = browser.new_context(viewport=size, reduced_motion="reduce", **options)  # type: ignore[arg-type]
    context.set_default_timeout(GUARD * 1000)
    context.add_init_script(REPORT_VIOLATIONS)
    page = context.new_page()
    page.goto(f"{server.address}/#link={server.served.site.sessions.new_link()}")
    page.wait_for_selector(".nav")
    return page


@pytest.mark.parametrize("way", ["mouse", "touch", "keys"])
def test_a_newcomer_walks_from_nothing_to_a_replayed_call(browser: Browser, tmp_path: Path, way: Way) -> None:
    with running(tmp_path / "home", "", scenario=ANSWERS) as server:
        page = visit(browser, server, way)
        wrong: list[str] = []
        page.on("pageerror", lambda problem: wrong.append(str(problem)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        walk = Walk(server, page, Hands(page, way))
        walk.add_a_provider()
        walk.chat(tmp_path)
        walk.branch_and_go_back()
        walk.compare()
        walk.set_a_budget_and_a_fallback()
        walk.connect(tmp_path)
        walk.find_the_call()
        walk.keep_texts_and_replay(tmp_path)
        page.context.close()
    assert wrong == []
