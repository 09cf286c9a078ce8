"""Long conversations and blocks. What is counted is nodes and listeners, never time (that is in benchmarks/page.py)."""

from __future__ import annotations

from tests.adapters.web import page_data
from tests.adapters.web.conftest import Site

EVERYTHING = "document.querySelectorAll('*').length"
GROWING = """async () => {
  const { growingMarkdown } = await import("/static/markdown-view.js");
  const view = growingMarkdown();
  const watch = new MutationObserver(() => {});
  watch.observe(view.node, { childList: true, subtree: true, characterData: true });
  const put = (text) => {
    view.append(text);
    return watch.takeRecords().reduce((all, one) => all + one.addedNodes.length + one.removedNodes.length, 0);
  };
  put("```py");
  put("thon\\n");
  const chunks = [];
  for (let number = 0; number < 500; number += 1) {
    chunks.push(put(`value_${number} = `) + put(`${number}`) + put("  # a remark\\n"));
  }
  put("```\\n\\nThat is");
  const prose = [];
  for (let number = 0; number < 200; number += 1) prose.push(put(` **all** of ${number}.\\n\\nAnd`));
  view.finish();
  const count = (what) => view.node.querySelectorAll(what).length;
  return [view.node.querySelector(".code-head span").textContent, count(".line"), count(".lines"), chunks, prose];
}"""


def fill(site: Site, messages: int) -> None:
    """Makes the first conversation a long one."""
    site.stub.entries["c1"] = [
        page_data.entry(
            f"m{number}",
            f"m{number - 1}" if number else None,
            "assistant" if number % 2 else "user",
            [{"_type": "Text", "text": f"Message {number}:\n\n| a | b |\n|---|---|\n| *x* | `y` |"}],
        )
        for number in range(messages)
    ]


def test_of_a_long_conversation_only_what_is_near_is_drawn(site: Site) -> None:
    fill(site, 500)
    page = site.open("#/chat/c1")
    page.locator(".turn table").last.wait_for()
    assert page.locator(".turn").count() == 500
    assert page.locator(".turn.undrawn").count() > 440
    assert page.evaluate(EVERYTHING) < 2500
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    counts = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    assert counts["JSEventListeners"] < 400


def test_what_is_far_can_be_found_and_is_drawn_on_approach(site: Site) -> None:
    fill(site, 120)
    page = site.open("#/chat/c1")
    page.locator(".turn table").last.wait_for()
    assert "Message 3:" in (page.locator(".turn").nth(3).text_content() or "")
    page.evaluate("document.querySelector('.log').scrollTop = 0")
    page.locator(".turn").nth(3).locator("table").wait_for()
    assert page.locator(".turn.undrawn").count() > 60
    page.locator(".turn-answer").first.get_by_role("button", name="Copy the answer").wait_for()


def test_the_end_stays_in_view_while_turns_above_take_their_height(site: Site) -> None:
    fill(site, 80)
    page = site.open("#/chat/c1")
    page.get_by_text("Message 79:").wait_for()  # an empty log is at its end, too
    log = "document.querySelector('.log')"
    site.until(f"{log}.scrollHeight - {log}.scrollTop - {log}.clientHeight < 2")
    assert page.get_by_text("Message 79:").is_visible()


def test_the_message_box_grows_without_reading_the_layout(site: Site) -> None:
    page = site.open()
    box = page.get_by_label("Message", exact=True)
    before = box.evaluate("box => box.offsetHeight")
    box.fill("one\ntwo\nthree\nfour")
    assert box.evaluate("box => box.offsetHeight") > before + 40
    assert box.evaluate("box => box.style.height") == ""


def test_a_chunk_of_a_block_costs_the_same_however_long_the_block_is(site: Site) -> None:
    language, lines, groups, chunks, prose = site.open("#/audit").evaluate(GROWING)
    assert (language, lines, groups) == ("python", 500, 13)
    assert max(chunks) <= 15, "a line is built as it is begun, as it grows and as it is ended; and a group at times"
    assert sum(chunks[400:]) <= sum(chunks[:100])
    assert max(prose) <= 6, "only the last paragraph is built again"


def held(site: Site) -> int:
    """The nodes that the browser holds, on the page or not, when what nobody holds is away."""
    session = site.page.context.new_cdp_session(site.page)
    session.send("Performance.enable")
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    counts = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return int(counts["Nodes"])


def test_one_chat_after_the_other_leaves_nothing_behind(site: Site) -> None:
    page = site.open()

    def visit(number: int) -> int:
        page.locator(f"[href='#/chat/c{number}']").first.click()
        page.locator(".row.current", has=page.locator(f"[href='#/chat/c{number}']")).wait_for()
        page.locator(".turn-answer .turn-actions").last.wait_for()
        return int(page.evaluate(EVERYTHING))

    for number in (1, 4, 5, 6, 7, 8):
        visit(number)
    first = [visit(number) for number in (2, 3)]
    before = held(site)
    for number in (4, 5, 6, 7, 8, 1, 4, 5, 6, 7, 8):
        visit(number)
    assert [visit(number) for number in (2, 3)] == first
    assert held(site) < before + 20, "a conversation that is left is held"


def test_chats_that_are_begun_leave_only_their_rows_in_the_list(site: Site) -> None:
    page = site.open()

    def begin() -> None:
        page.evaluate("location.hash = '#/chat'")
        page.locator(".welcome").wait_for()
        site.answered("short")

    def without_rows() -> int:
        page.evaluate("location.hash = '#/chat'")
        page.locator(".welcome").wait_for()
        page.get_by_label("Show", exact=True).select_option("archive")
        page.get_by_text("Nothing here").wait_for()
        counted = held(site)
        page.get_by_label("Show", exact=True).select_option("")
        page.locator(".row").first.wait_for()
        return counted

    begin()
    before = without_rows()
    for _ in range(6):
        begin()
    site.until(lambda: page.locator(".row").count() == 15)
    assert without_rows() < before + 20, "an answer that has come is held"
