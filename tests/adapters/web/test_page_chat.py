"""The chat: streaming, stopping, asking again, images, parameters, the list of conversations."""

from __future__ import annotations

import base64

import pytest

from tests.adapters.web.conftest import Site

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
PASTE = """([data, kind]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], "pixel.png", { type: "image/png" }));
  const init = { bubbles: true, cancelable: true, clipboardData: files, dataTransfer: files };
  const target = document.querySelector(kind === "paste" ? ".composer-text" : ".chat-pane");
  if (kind === "paste") target.dispatchEvent(new ClipboardEvent("paste", init));
  else for (const name of ["dragenter", "drop"]) target.dispatchEvent(new DragEvent(name, init));
}"""


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
    assert page.locator(".chat-cost").inner_text() == "$0.0028"
    site.answered("points again")
    assert page.locator(".chat-cost").inner_text() == "$0.0056"


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


def test_a_failure_keeps_the_partial_answer_and_trying_again_forks(site: Site) -> None:
    page = site.open()
    answer = site.say("please fail")
    card = answer.get_by_role("alert")
    card.get_by_text("The model is overloaded; try again in a moment").wait_for()
    assert answer.locator(".md").inner_text().startswith("Points let a train")
    answer.get_by_text("Failed: ModelUnavailable").wait_for()
    before = page.url
    card.get_by_role("button", name="Try again").click()
    page.wait_for_url(lambda url: url != before)
    assert [fork["at"] for fork in site.asked("POST", f"/api/v1/conversations/{before.rsplit('/', 1)[1]}/fork")] == [""]


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
    assert answer.locator(".md").inner_text() == "Towards the tower."


def test_unknown_tokens_and_costs_are_not_shown_as_zero(site: Site) -> None:
    page = site.open()
    answer = site.answered("unknown short")
    assert answer.locator(".answer-facts").inner_text().replace("\n", " ") == "? in, ? out unknown"
    assert page.locator(".chat-cost").inner_text() == ""


def test_an_edited_message_is_sent_in_a_fork_before_it(site: Site) -> None:
    page = site.open("#/chat/c3")
    page.get_by_role("button", name="Edit and send again").last.click()
    page.get_by_label("Edit the message").fill("And the short causes?")
    page.keyboard.press("Enter")
    page.wait_for_url("**/#/chat/n*")
    page.locator(".bubble").get_by_text("And the short causes?").wait_for()
    assert site.asked("POST", "/api/v1/conversations/c3/fork") == [{"at": "c3e2"}]
    assert page.locator(".turn-user").count() == 2
    assert len(site.stub.entries["c3"]) == 4


def test_asking_again_sends_the_same_message_in_a_fork(site: Site) -> None:
    page = site.open("#/chat/c2")
    page.get_by_role("button", name="Ask again").click()
    page.wait_for_url("**/#/chat/n*")
    site.until(lambda: site.asked("POST", "/api/v1/chat"))
    (sent,) = site.asked("POST", "/api/v1/chat")
    assert sent["text"] == "Timetable as a constraint problem: tell me the short version."
    assert site.asked("POST", "/api/v1/conversations/c2/fork") == [{"at": ""}]


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_an_image_is_taken_shown_and_sent(site: Site, kind: str) -> None:
    page = site.open()
    page.evaluate(PASTE, [PIXEL, kind])
    page.get_by_role("img", name="pixel.png").wait_for()
    site.answered("short: what is this?")
    assert site.asked("POST", "/api/v1/chat")[0]["images"] == [{"data": PIXEL, "media_type": "image/png"}]
    assert page.locator(".bubble img").count() == 1
    assert page.locator(".thumbs img").count() == 0


def test_an_image_by_the_file_button_can_be_removed_and_other_files_are_refused(site: Site) -> None:
    page = site.open()
    chooser = page.locator("input[type=file]")
    chooser.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": base64.b64decode(PIXEL)})
    page.get_by_role("button", name="Remove a.png").click()
    assert page.locator(".thumbs img").count() == 0
    chooser.set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"hello"})
    page.locator(".toast").get_by_text("a.txt can't be sent").wait_for()


def test_the_chosen_model_and_the_parameters_are_sent(site: Site) -> None:
    page = site.open()
    page.get_by_role("button", name="Model: Default of openai").click()
    page.get_by_role("option", name="Automatic").click()
    page.get_by_role("button", name="Parameters", exact=True).click()
    page.get_by_label("From a kept prompt").select_option("terse")
    page.get_by_label("Temperature").press("ArrowRight")
    page.get_by_label("Most tokens of the answer").fill("300")
    page.get_by_text("High", exact=True).click()
    page.get_by_label("calculator").check()
    page.get_by_label("Memory").check()
    answer = site.answered("short")
    sent = site.asked("POST", "/api/v1/chat")[0]
    assert sent["model"] == "auto"
    assert sent["system"] == "Answer in one sentence."
    assert (sent["temperature"], sent["max_tokens"], sent["reasoning_effort"]) == (1.05, 300, "high")
    assert (sent["tools"], sent["memory"]) == (["calculator"], True)
    assert "claude-haiku-4-5" in answer.locator(".answer-model").inner_text()
    page.get_by_role("button", name="Reset all").click()
    site.answered("short")
    assert set(site.asked("POST", "/api/v1/chat")[1]) == {"conversation", "model", "text", "images", "stream"}


def test_enter_sends_shift_enter_breaks_and_composing_does_neither(site: Site) -> None:
    page = site.open()
    box = page.get_by_label("Message", exact=True)
    box.press_sequentially("short")
    box.press("Shift+Enter")
    box.press_sequentially("two")
    compose = "new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, isComposing: true})"
    page.evaluate(f"document.querySelector('.composer-text').dispatchEvent({compose})")
    assert box.input_value() == "short\ntwo"
    box.press("Enter")
    page.locator(".turn-answer .turn-actions").wait_for()
    assert site.asked("POST", "/api/v1/chat")[0]["text"] == "short\ntwo"


def test_finished_blocks_of_a_long_answer_are_built_once(site: Site) -> None:
    page = site.open()
    answer = site.say("long")
    answer.locator(".md > h4").nth(1).wait_for()
    page.evaluate("document.querySelector('.turn-answer .md').firstChild.kept = true")
    answer.locator(".turn-actions").wait_for(timeout=60_000)
    assert page.evaluate("document.querySelector('.turn-answer .md').firstChild.kept") is True
    assert answer.locator(".md > h4").count() == 109
    assert page.evaluate("document.querySelector('.log').scrollTop") > 20_000


def test_the_view_stays_where_the_reader_scrolled_to(site: Site) -> None:
    page = site.open()
    answer = site.say("long slow")
    site.until("document.querySelector('.log').scrollHeight > 1800")
    page.locator(".log").hover()
    page.mouse.wheel(0, -900)
    page.get_by_role("button", name="To the newest message").wait_for()
    at = page.evaluate("document.querySelector('.log').scrollTop")
    tall = page.evaluate("document.querySelector('.log').scrollHeight")
    site.until(f"document.querySelector('.log').scrollHeight > {tall}")
    assert page.evaluate("document.querySelector('.log').scrollTop") == at
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


def test_conversations_are_searched_renamed_forked_exported_and_deleted(site: Site) -> None:
    page = site.open("#/chat/c5")
    page.get_by_label("Search conversations").fill("parish")
    site.until("document.querySelectorAll('.row').length === 1")
    more = page.get_by_role("button", name="More about Letter to the parish council")
    more.click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_label("Title").fill("Parish letter")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Parish letter").wait_for()
    page.get_by_role("button", name="More about this conversation").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Export as Markdown").click()
    assert download.value.suggested_filename.endswith(".md")
    page.get_by_role("button", name="More about this conversation").click()
    page.get_by_role("menuitem", name="Fork").click()
    page.wait_for_url("**/#/chat/n*")
    page.get_by_role("button", name="More about this conversation").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("button", name="Cancel").click()
    assert len(site.stub.conversations) == 9
    page.get_by_role("button", name="More about this conversation").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_text("Where shall it go?").wait_for()
    assert len(site.stub.conversations) == 8


def test_memories_are_listed_added_and_forgotten(site: Site) -> None:
    page = site.open()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Parameters", exact=True).click()
    page.get_by_role("button", name="Manage memories").click()
    page.get_by_text("The team writes British English.").wait_for()
    page.get_by_label("New memory").fill("Trains run left.")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Forget: Trains run left.").wait_for()
    page.get_by_role("button", name="Forget: The team writes British English.").click()
    site.until("document.querySelectorAll('.memory-list li').length === 1")
    assert [each["text"] for each in site.stub.memories] == ["Trains run left."]
