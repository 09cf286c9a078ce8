"""The page's work, counted in Chromium: CPU of its thread, long tasks, late frames, nodes, listeners.

    python benchmarks/page.py              # needs requirements-dev.txt and Chromium; some minutes
    python benchmarks/page.py open type    # some of them

It serves the page from the stub that the page's tests use. CPU is thread time (`Performance.getMetrics`, and a trace
for the longest task), so that what else the machine does hardly counts; frames are wall time, and grow with its load.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.adapters.web import page_answers, page_data
from tests.adapters.web.conftest import CHROMIUM, DESKTOP, serving
from tests.adapters.web.page_state import Stub

MESSAGES, TOKENS, LINES, CONVERSATIONS, CHATS = 500, 5_000, 500, 2_000, 50
PROSE = " ".join(f"word{number % 97} and" + ("\n\n" if number % 40 == 39 else "") for number in range(TOKENS // 2))
CODE = "```python\n" + "".join(
    f'    value_{number} = compute("text {number}", {number}.5)  # a remark\n' for number in range(LINES)
)
TEXTS = {"prose": PROSE, "block": f"{CODE}```\n\nThat is all.\n"}
WATCH = """() => {
  window.seen = { frames: 0, late: 0, worst: 0 };
  let last = performance.now();
  const tick = (now) => {
    seen.frames += 1;
    if (now - last > 100) seen.late += 1;
    seen.worst = Math.max(seen.worst, now - last);
    last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}"""
METRICS = ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration", "Nodes", "JSEventListeners")


def task_times(trace: bytes) -> list[float]:
    """The CPU of each task of the page's thread, in milliseconds."""
    events: list[dict[str, Any]] = json.loads(trace)["traceEvents"]
    named = [one for one in events if one["name"] == "thread_name"]
    threads = {(one["pid"], one["tid"]) for one in named if one["args"]["name"] == "CrRendererMain"}
    own = (one for one in events if one["ph"] == "X" and (one["pid"], one["tid"]) in threads)
    return [one["tdur"] / 1000 for one in own if one["name"].endswith("RunTask") and "tdur" in one]


class Counted:
    """What a piece of work costs: `with` it, then read `row`."""

    def __init__(self, page: Page, session: CDPSession) -> None:
        self.page, self.session, self.row = page, session, ""
        assert page.context.browser is not None
        self.browser = page.context.browser

    def read(self) -> dict[str, float]:
        """The browser's own counts."""
        given = {one["name"]: one["value"] for one in self.session.send("Performance.getMetrics")["metrics"]}
        return {name: given[name] for name in METRICS}

    def __enter__(self) -> Counted:
        self.page.evaluate(WATCH)
        self.before = self.read()
        self.browser.start_tracing(page=self.page, categories=["toplevel"])
        return self

    def __exit__(self, *_: object) -> None:
        tasks = task_times(self.browser.stop_tracing())
        now = self.read()
        seen: dict[str, Any] = self.page.evaluate("window.seen")
        cpu = {name: (now[name] - self.before[name]) * 1000 for name in METRICS[:4]}
        self.cpu = cpu["TaskDuration"]
        self.row = (
            f"{cpu['TaskDuration']:.0f} | {cpu['ScriptDuration']:.0f} | {cpu['LayoutDuration']:.0f} | "
            f"{cpu['RecalcStyleDuration']:.0f} | {sum(one > 50 for one in tasks)} ({max(tasks, default=0):.0f}) | "
            f"{seen['late']} ({seen['worst']:.0f}) | {now['Nodes']:.0f} | {now['JSEventListeners']:.0f}"
        )


def long_conversation(stub: Stub) -> None:
    """The first conversation, of so many messages."""
    text = page_answers.POINTS
    stub.entries["c1"] = [
        page_data.entry(
            f"m{number}",
            f"m{number - 1}" if number else None,
            "assistant" if number % 2 else "user",
            [{"_type": "Text", "text": text if number % 8 == 7 else f"Message {number}: **check**, lock, and clear."}],
        )
        for number in range(MESSAGES)
    ]


def open_long(stub: Stub, page: Page, count: Callable[[], Counted]) -> list[str]:
    """Opening a conversation of 500 messages, then typing into it."""
    long_conversation(stub)
    page.locator("[href='#/chat/c2']").click()
    page.locator(".turn").first.wait_for()
    with count() as opened:
        page.locator("[href='#/chat/c1']").click()
        page.get_by_text(f"Message {MESSAGES - 2}:").wait_for()
        page.wait_for_timeout(1500)
    box = page.get_by_label("Message", exact=True)
    box.click()
    with count() as typed:
        page.keyboard.type("a" * 40, delay=30)
    a_key = f"a key in it ({typed.cpu / 40:.1f} ms each)"
    return [f"open {MESSAGES} messages | {opened.row}", f"{a_key} | {typed.row}"]


def stream(words: str) -> Callable[[Stub, Page, Callable[[], Counted]], list[str]]:
    """An answer that comes in pieces."""

    def run(stub: Stub, page: Page, count: Callable[[], Counted]) -> list[str]:
        with count() as streamed:
            page.get_by_label("Message", exact=True).fill(words)
            page.keyboard.press("Enter")
            page.locator(".turn-answer .turn-actions").wait_for(timeout=120_000)
        return [f"stream of {words} | {streamed.row}"]

    return run


def many(stub: Stub, page: Page, count: Callable[[], Counted]) -> list[str]:
    """The list of 2,000 conversations."""
    one = stub.conversations["c2"]
    for number in range(CONVERSATIONS):
        stub.conversations[f"x{number}"] = one | {"id": f"x{number}", "title": f"Conversation {number}"}
        stub.entries[f"x{number}"] = stub.entries["c2"]
    page.goto(page.url.split("#")[0] + "#/audit")
    page.locator(".timeline").first.wait_for()
    with count() as listed:
        page.goto(page.url.split("#")[0] + "#/chat")
        page.get_by_text("Conversation 1", exact=True).first.wait_for(state="attached")
        page.wait_for_timeout(500)
    return [f"list {CONVERSATIONS} conversations | {listed.row}"]


def again(stub: Stub, page: Page, count: Callable[[], Counted]) -> list[str]:
    """50 chats opened, then 50 begun: nodes and listeners at the same place, with the list's rows and without them."""
    rows = []

    def note(when: str) -> None:
        for which, sign in (("archive", page.get_by_text("Nothing here")), ("", page.locator(".row").first)):
            page.get_by_label("Show", exact=True).select_option(which)
            sign.wait_for()
            with count() as counted:
                page.wait_for_timeout(300)
                counted.session.send("HeapProfiler.collectGarbage")
            rows.append(f"{when}, {page.locator('.row').count()} rows in the list | {counted.row}")

    def visit(number: int) -> None:
        page.locator(f"[href='#/chat/c{number}']").first.click()
        page.locator(".row.current", has=page.locator(f"[href='#/chat/c{number}']")).wait_for()
        page.locator(".turn-answer .turn-actions").last.wait_for()

    for number in range(CHATS):
        visit(number % 8 + 1)
        if number == 8:  # at the first again
            note("after 9 chats opened")
    visit(1)
    note(f"after {CHATS} chats opened")
    for _ in range(CHATS):
        page.evaluate("location.hash = '#/chat'")
        page.locator(".welcome").wait_for()
        page.get_by_label("Message", exact=True).fill("short")
        page.keyboard.press("Enter")
        page.locator(".turn-answer .turn-actions").wait_for()
    page.evaluate("location.hash = '#/chat/c1'")
    page.get_by_role("heading", name="How points lock").first.wait_for()
    page.locator(".turn-answer .turn-actions").last.wait_for()
    note(f"after {CHATS} chats begun")
    return rows


WORK: dict[str, Callable[[Stub, Page, Callable[[], Counted]], list[str]]] = {
    "open": open_long,
    "prose": stream("prose"),
    "block": stream("block"),
    "many": many,
    "again": again,
}


def main(names: list[str]) -> None:
    """Print a table."""
    plain = page_answers.text_of
    page_answers.text_of = lambda message: TEXTS.get(message) or plain(message)
    print(
        "| | CPU ms | script | layout | style | tasks > 50 ms CPU (longest) | frames > 100 ms (worst) "
        "| nodes | listeners |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        for name in names or WORK:
            stub = Stub()
            with serving(stub) as url:
                page = browser.new_page(viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
                page.goto(f"{url}/#link=one-time-token")
                page.get_by_label("Message", exact=True).wait_for()
                session = page.context.new_cdp_session(page)
                session.send("Performance.enable", {"timeDomain": "threadTicks"})
                for row in WORK[name](stub, page, partial(Counted, page, session)):
                    print(f"| {row} |", flush=True)
                page.close()
        browser.close()


if __name__ == "__main__":
    begun = time.monotonic()
    main(sys.argv[1:])
    print(f"\n{time.monotonic() - begun:.0f} s", file=sys.stderr)
