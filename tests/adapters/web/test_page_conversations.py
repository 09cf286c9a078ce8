"""Conversations: images and files, parameters, the list, memories."""

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


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_an_image_is_taken_shown_and_sent(site: Site, kind: str) -> None:
    page = site.open()
    page.evaluate(PASTE, [PIXEL, kind])
    page.get_by_role("img", name="pixel.png").wait_for()
    site.answered("short: what is this?")
    assert site.asked("POST", "/api/v1/chat")[0]["images"] == [{"data": PIXEL, "media_type": "image/png"}]
    assert page.locator(".bubble img").count() == 1
    assert page.locator(".thumbs img").count() == 0


def test_an_image_by_the_file_button_can_be_removed_and_other_images_are_refused(site: Site) -> None:
    page = site.open()
    chooser = page.locator("input[type=file]")
    chooser.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": base64.b64decode(PIXEL)})
    page.get_by_role("button", name="Remove a.png").click()
    assert page.locator(".thumbs img").count() == 0
    chooser.set_input_files({"name": "a.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"})
    page.locator(".toast").get_by_text("a.svg can't be sent").wait_for()


def test_a_file_is_sent_under_its_name_and_shown_by_that(site: Site) -> None:
    page = site.open()
    chooser = page.locator("input[type=file]")
    chooser.set_input_files({"name": "gone.csv", "mimeType": "text/csv", "buffer": b"a"})
    page.get_by_role("button", name="Remove gone.csv").wait_for()
    chooser.set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"hello"})
    page.get_by_role("button", name="Remove notes.txt").wait_for()
    page.get_by_role("button", name="Remove gone.csv").click()
    site.answered("short: what is this?")
    sent = site.asked("POST", "/api/v1/chat")[0]
    assert sent["files"] == [{"data": base64.b64encode(b"hello").decode(), "name": "notes.txt"}]
    assert sent["images"] == []
    assert page.locator(".bubble .part-file").all_text_contents() == ["notes.txt"]
    assert page.locator(".thumbs li").count() == 0


def test_what_was_read_of_a_file_is_shown_by_its_name_and_sent_again_as_it_was_read(site: Site) -> None:
    frame = '<document name="a.pdf" pages="1">\n[page 1]\nLong, long text.\n</document>\n'
    entry = site.stub.entries["c2"][0]["message"]["parts"]
    entry[:] = [{"_type": "Text", "text": frame}, {"_type": "Text", "text": "What is it?"}]
    page = site.open("#/chat/c2")
    page.locator(".bubble").first.scroll_into_view_if_needed()  # what is off the screen has no `inner_text`
    assert page.locator(".bubble").first.inner_text().split() == ["a.pdf", "What", "is", "it?"]
    page.get_by_role("button", name="Edit and send again").first.click()
    page.get_by_label("Edit the message").fill("Who wrote it?")
    page.keyboard.press("Enter")
    site.until(lambda: site.asked("POST", "/api/v1/chat"))
    assert site.asked("POST", "/api/v1/chat")[0]["text"] == f"{frame}\n\nWho wrote it?"


def test_the_chosen_model_and_the_parameters_are_sent(site: Site) -> None:
    page = site.open()
    page.get_by_role("button", name="Model: Default of openai").click()
    page.get_by_role("option", name="llama3.2").wait_for()  # of which nobody says that it is for chats
    page.get_by_role("option", name="Automatic").click()
    page.get_by_role("button", name="Parameters", exact=True).click()
    page.get_by_label("From a template").select_option("terse")
    page.get_by_label("Temperature").press("ArrowRight")
    page.get_by_label("Max tokens").fill("300")
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
    kept = next(one for id, one in site.stub.conversations.items() if id.startswith("n"))
    assert (kept["parameters"]["model"], kept["parameters"]["temperature"], kept["system"]) == ("auto", None, "")


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
