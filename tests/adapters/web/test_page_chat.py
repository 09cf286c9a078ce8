"""The chat: streaming, stopping, failures, reasoning and tools, long answers, the stream itself."""

from __future__ import annotations

from tests.adapters.web.conftest import Site


def test_an_answer_streams_in_as_markdown_with_tokens_and_cost(site: Site) -> None:
    page = site.open()
    answer = site.answered("points")
    assert answer.locator("table th").all_inner_texts() == ["Part", "Moves", "Fails as"]
    assert answer.locator("ol li").count() == 3
    assert answer.locator("blockquote").inner_text() == "A lever that moves freely is not a lever that is locked."
    assert answer.locator(".code .tok-keyword").first.inner_text() == "from"
    link = answer.get_by_role("link", name="the rule book")
    assert link.get_attribute("href") == "https://example.com/rules"
    assert "noopener" in (link.get_attribute("rel") or "")
    assert answer.locator(".answer-model").inner_text().split() == ["gpt-5.2", "openai"]
    assert answer.locator(".answer-facts").inner_text().replace("\n", " ") == "212 in, 225 out $0.0028"
    page.locator(".chat-cost").get_by_text("$0.0028").wait_for()
    site.answered("points again")
    page.locator(".chat-cost").get_by_text("$0.0056").wait_for()


def test_a_code_block_is_copied_without_its_colours(site: Site) -> None:
    page = site.open("#/chat/c1")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the code").last.click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("from dataclasses import dataclass\n\n\n@dataclass(frozen=True)\n")
    assert copied.endswith("return self.locked and self.position == wanted")


def test_escape_stops_the_answer_and_keeps_what_came(site: Site) -> None:
    page = site.open()
    answer = site.say("slow points")
    answer.locator(".md").get_by_text("Points let a train").wait_for()
    page.keyboard.press("Escape")
    answer.get_by_text("Stopped before its end").wait_for()
    kept = next(entries for id, entries in site.stub.entries.items() if id.startswith("n"))
    site.until(lambda: kept[-1]["status"] == "partial")
    assert kept[-1]["message"]["parts"][0]["text"].startswith("Points let a train")
    page.reload()
    page.get_by_text("Stopped before its end").wait_for()


def test_the_stop_button_stops_too(site: Site) -> None:
    page = site.open()
    answer = site.say("slow points")
    page.get_by_role("button", name="Stop the answer").click()
    answer.get_by_text("Stopped before its end").wait_for()
    assert page.get_by_role("button", name="Send", exact=True).is_visible()


def test_reasoning_and_tools_are_folded_and_can_be_opened(site: Site) -> None:
    site.open()
    answer = site.answered("think, then use a tool, short")
    reasoning, tool = answer.locator("details.fold").all()
    assert reasoning.locator("summary").inner_text().startswith("Thought for")
    assert not reasoning.get_by_text("The user asks about points").is_visible()
    reasoning.locator("summary").click()
    assert reasoning.get_by_text("The user asks about points").is_visible()
    assert "17 * 23" in tool.locator("summary").inner_text()
    tool.locator("summary").click()
    assert tool.locator(".code").last.inner_text().split() == ["text", "391"]


def test_a_failure_keeps_the_partial_answer_and_trying_again_stands_beside_it(site: Site) -> None:
    page = site.open()
    answer = site.say("please fail")
    card = answer.get_by_role("alert")
    card.get_by_text("The model is overloaded; try again in a moment").wait_for()
    answer.locator(".md").get_by_text("Points let a train").first.wait_for()
    answer.get_by_text("Failed: model unavailable").wait_for()
    before = page.url
    card.get_by_role("button", name="Try again").click()
    page.get_by_role("group", name="Answers to the question").get_by_text("2/2").wait_for()
    assert page.url == before
    first, second = site.asked("POST", "/api/v1/chat")
    assert (first["text"], second["text"]) == ("please fail", "")
    assert second["after"] == site.stub.entries[first["conversation"]][0]["id"]


def test_a_refused_message_is_sent_again_in_its_place(site: Site) -> None:
    site.expected.append("429")
    page = site.open()
    answer = site.say("refuse")
    answer.get_by_text("try again in 12 seconds").wait_for()
    answer.get_by_role("button", name="Try again").click()
    site.until("document.querySelectorAll('.turn-answer .error-card').length === 1")
    assert page.locator(".turn").count() == 2
    site.until("!document.querySelector('.streaming')")
    assert [body["text"] for body in site.asked("POST", "/api/v1/chat")] == ["refuse", "refuse"]


def test_lines_of_a_stream_end_at_lf_cr_and_crlf_wherever_the_network_cuts(site: Site) -> None:
    page = site.open("#/audit")
    stream = "event: A\r\ndata: one\r\n\r\n: ping\ndata: two\u2028still\ndata:\n\nevent:B\rdata: three\r\rdata: lost"
    read = """async ([text, sizes]) => {
      const { lineSplitter, eventReader } = await import("/static/sse.js");
      return sizes.map((size) => {
        const [split, read] = [lineSplitter(), eventReader()];
        const lines = [];
        for (let at = 0; at < text.length; at += size) lines.push(...split(text.slice(at, at + size)));
        return [...lines, ...split("", true)].map(read).filter(Boolean).map(({ name, data }) => [name, data]);
      });
    }"""
    whole = [["A", "one"], ["message", "two\u2028still\n"], ["B", "three"]]
    assert page.evaluate(read, [stream, list(range(1, 40))]) == [whole] * 39


def test_a_stream_without_an_end_is_a_failure(site: Site) -> None:
    site.open()
    answer = site.say("cut")
    answer.get_by_text("The answer was cut off before its end; try again.").wait_for()


def test_a_restart_drops_what_was_shown(site: Site) -> None:
    site.open()
    answer = site.answered("restart short")
    assert answer.locator(".md").text_content() == "Towards the tower."  # also before it is laid out


def test_unknown_tokens_and_costs_are_not_shown_as_zero(site: Site) -> None:
    page = site.open()
    answer = site.answered("unknown short")
    assert answer.locator(".answer-facts").inner_text().replace("\n", " ") == "? in, ? out cost unknown"
    assert page.locator(".chat-cost").inner_text() == ""


def test_finished_blocks_of_a_long_answer_are_built_once(site: Site) -> None:
    page = site.open()
    answer = site.say("long")
    answer.locator(".md > h4").nth(1).wait_for()
    page.evaluate("document.querySelector('.turn-answer .md').firstChild.kept = true")
    answer.locator(".turn-actions").wait_for()
    assert page.evaluate("document.querySelector('.turn-answer .md').firstChild.kept") is True
    assert answer.locator(".md > h4").count() == 109
    assert page.evaluate("document.querySelector('.log').scrollTop") > 20_000


def test_the_view_follows_the_answer_until_the_reader_scrolls_up_a_little(site: Site) -> None:
    page = site.open()
    answer = site.say("long slow")
    log = "document.querySelector('.log')"
    site.until(f"{log}.scrollHeight > 1800")
    site.until(f"{log}.scrollHeight - {log}.scrollTop - {log}.clientHeight < 2")
    page.locator(".log").hover()
    page.mouse.wheel(0, -30)
    page.get_by_role("button", name="To the newest message").wait_for()
    at = page.evaluate(f"{log}.scrollTop")
    tall = page.evaluate(f"{log}.scrollHeight")
    site.until(f"{log}.scrollHeight > {tall}")
    assert page.evaluate(f"{log}.scrollTop") == at
    page.get_by_role("button", name="To the newest message").click()
    site.until(f"{log}.scrollTop > {tall} - {log}.clientHeight")
    page.keyboard.press("Escape")
    answer.get_by_text("Stopped before its end").wait_for()


def test_an_answer_goes_on_while_another_view_is_shown(site: Site) -> None:
    page = site.open()
    site.say("slow tool points")
    page.get_by_role("link", name="Audit").click()
    page.wait_for_selector(".timeline")
    page.go_back()
    answer = page.locator(".turn-answer").last
    answer.get_by_text("Points let a train").wait_for()
    page.keyboard.press("Escape")
    answer.get_by_text("Stopped before its end").wait_for()
