"""What belongs to a conversation on the page: its branches, its model and parameters, its draft."""

from __future__ import annotations

from tests.adapters.web.conftest import Site

QUESTIONS, ANSWERS = "Versions of the question", "Answers to the question"


def test_an_edited_question_stands_beside_the_old_one_and_the_arrows_lead_back(site: Site) -> None:
    page = site.open("#/chat/c3")
    page.get_by_role("button", name="Edit and send again").last.click()
    page.get_by_label("Edit the message").fill("short: and the causes?")
    page.keyboard.press("Enter")
    versions = page.get_by_role("group", name=QUESTIONS).last
    versions.get_by_text("2/2").wait_for()
    assert site.asked("POST", "/api/v1/chat")[0]["after"] == "c3e2"
    assert page.locator(".turn-user").count() == 2
    assert page.url.endswith("#/chat/c3")
    assert len(site.stub.conversations) == 8, "no conversation more in the list"
    versions.get_by_role("button", name="Previous version").press("Enter")
    page.get_by_text("The report names two causes: a worn").wait_for()
    assert site.asked("PATCH", "/api/v1/conversations/c3")[-1] == {"leaf": "c3e3"}
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Next version"
    site.answered("short: go on")
    kept = site.stub.entries["c3"]
    assert kept[-2]["parent"] == "c3e4", "the chosen branch is what is gone on with"


def test_asked_again_the_answers_stand_beside_each_other_also_after_a_reload(site: Site) -> None:
    page = site.open("#/chat/c2")
    assert page.get_by_role("group", name=ANSWERS).count() == 0
    page.get_by_role("button", name="Ask again").click()
    page.get_by_role("group", name=ANSWERS).get_by_text("2/2").wait_for()
    sent = site.asked("POST", "/api/v1/chat")[0]
    assert (sent["after"], sent["text"]) == ("c2e1", "")
    page.reload()
    page.get_by_role("group", name=ANSWERS).get_by_text("2/2").wait_for()
    assert page.locator(".turn").count() == 2
    page.get_by_role("button", name="Previous version").click()
    page.get_by_text("In short: check, lock").wait_for()
    page.get_by_role("group", name=ANSWERS).get_by_text("1/2").wait_for()


def test_branches_are_switched_by_touch(phone: Site) -> None:
    page = phone.open("#/chat/c2")
    page.get_by_role("button", name="Ask again").tap()
    page.get_by_role("group", name=ANSWERS).get_by_text("2/2").wait_for()
    arrow = page.get_by_role("button", name="Previous version")
    size = arrow.bounding_box()
    assert size is not None
    assert min(size["width"], size["height"]) >= 40
    arrow.tap()
    page.get_by_role("group", name=ANSWERS).get_by_text("1/2").wait_for()


def test_model_and_parameters_belong_to_the_conversation(site: Site) -> None:
    site.stub.conversations["c2"]["parameters"] |= {"model": "home/llama3.2", "temperature": 0.2}
    page = site.open("#/chat/c3")
    site.until("document.querySelector('.composer .chip').textContent.includes('gpt-5.2')")
    page.get_by_text("Timetable as a constraint problem").first.click()
    site.until("document.querySelector('.composer .chip').textContent.includes('llama3.2')")
    site.answered("short")
    sent = site.asked("POST", "/api/v1/chat")[0]
    assert (sent["model"], sent["temperature"]) == ("home/llama3.2", 0.2)
    page.locator(".composer .chip").first.click()
    page.get_by_role("option", name="Automatic").click()
    site.answered("short")
    site.until(lambda: site.stub.conversations["c2"]["parameters"]["model"] == "auto")
    page.get_by_text("Summarise the incident report").first.click()
    site.until("document.querySelector('.composer .chip').textContent.includes('gpt-5.2')")
    page.keyboard.press("Escape")
    page.goto(f"{site.url}/#/chat")
    site.until("document.querySelector('.composer .chip').textContent.includes('Automatic')")


def test_each_conversation_has_its_draft_which_outlives_views_and_a_reload(site: Site) -> None:
    page = site.open("#/chat/c2")
    box = page.get_by_label("Message", exact=True)
    box.fill("for the timetable")
    page.locator("input[type=file]").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"})
    page.get_by_role("button", name="Remove a.txt").wait_for()
    page.goto(f"{site.url}/#/chat/c3")
    page.get_by_text("And the causes?").wait_for()
    assert (box.input_value(), page.locator(".thumbs li").count()) == ("", 0)
    page.goto(f"{site.url}/#/audit")
    page.wait_for_selector(".timeline")
    page.goto(f"{site.url}/#/chat/c2")
    page.get_by_role("button", name="Remove a.txt").wait_for()
    assert box.input_value() == "for the timetable"
    page.reload()
    page.get_by_text("In short").wait_for()
    assert box.input_value() == "for the timetable"


def test_what_could_not_be_sent_comes_back_with_its_files(site: Site) -> None:
    site.expected += ["500", "429"]
    page = site.open()
    box = page.get_by_label("Message", exact=True)
    page.locator("input[type=file]").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"})
    page.get_by_role("button", name="Remove a.txt").wait_for()
    page.route("**/api/v1/conversations", lambda route: route.fulfill(status=500, body="no"))
    box.fill("please refuse")
    box.press("Enter")
    page.locator(".toast").first.wait_for()
    page.get_by_role("button", name="Remove a.txt").wait_for()
    assert box.input_value() == "please refuse"
    page.unroute("**/api/v1/conversations")
    box.press("Enter")
    page.locator(".turn-answer .error-card").wait_for()
    page.get_by_role("button", name="Remove a.txt").wait_for()
    assert box.input_value() == "please refuse", "the server did not take it"
    box.fill("short")
    page.get_by_role("button", name="Remove a.txt").click()
    box.press("Enter")
    page.locator(".turn-answer .turn-actions").wait_for()
    assert page.locator(".turn").count() == 2, "it takes the place of what was refused"


def test_a_file_too_long_for_the_model_is_read_by_parts_after_what_that_costs_was_told(site: Site) -> None:
    site.expected.append("413")
    page = site.open()
    box = page.get_by_label("Message", exact=True)
    page.locator("input[type=file]").set_input_files({"name": "book.txt", "mimeType": "text/plain", "buffer": b"a"})
    page.get_by_role("button", name="Remove book.txt").wait_for()
    box.fill("a short word on the book")
    box.press("Enter")
    card = page.locator(".turn-answer .error-card")
    card.get_by_role("button", name="Read by parts").wait_for()
    assert "in 7 parts, by 8 requests. That should cost $0.033, and at most $0.040." in card.inner_text()
    assert "by_parts" not in site.asked("POST", "/api/v1/chat")[0]
    card.get_by_role("button", name="Read by parts").click()
    page.get_by_text("3 of 7 parts read, $0.013").wait_for()
    assert box.input_value() == ""
    site.stub.read_to_end.set()
    page.locator(".turn-answer .turn-actions").wait_for()
    assert page.locator(".turn").count() == 2
    sent = site.asked("POST", "/api/v1/chat")[1]
    assert (sent["by_parts"], sent["files"][0]["name"]) == (True, "book.txt")
