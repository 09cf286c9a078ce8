"""The list of conversations: groups, pin, folder, archive, titles by a model, marks, more by scrolling; and waiting."""

from __future__ import annotations

from tests.adapters.web import page_data as data
from tests.adapters.web.conftest import Site


def choose(site: Site, title: str, action: str) -> None:
    site.page.get_by_role("button", name=f"More about {title}").click()
    site.page.get_by_role("menuitem", name=action).click()


def heading_of(site: Site, title: str) -> str:
    row = site.page.locator(".row-group", has=site.page.get_by_role("link", name=title))
    return row.locator("h3").inner_text()


def test_conversations_stand_under_their_days(site: Site) -> None:
    page = site.open("#/audit")
    groups = """async () => {
      const { dayGroup } = await import("/static/chat-list.js");
      const now = new Date(2026, 2, 15, 0, 30);
      const moments = [[2026, 2, 15, 0, 10], [2026, 2, 14, 23, 50], [2026, 2, 14, 0, 0], [2026, 2, 8, 0, 0]];
      return [...moments, [2026, 2, 7, 23, 59], [2025, 11, 31]]
        .map((moment) => dayGroup(new Date(...moment) / 1000, now));
    }"""
    week = "Previous 7 days"
    assert page.evaluate(groups) == ["Today", "Yesterday", "Yesterday", week, "March 2026", "December 2025"]


def test_a_pinned_one_stands_at_the_top_until_it_is_unpinned(site: Site) -> None:
    site.open("#/chat")
    title = "Names for a shunting engine"
    choose(site, title, "Pin")
    site.until("document.querySelector('.row-group h3').textContent === 'Pinned'")
    assert heading_of(site, title) == "Pinned"
    assert site.stub.conversations["c8"]["pinned"] is True
    choose(site, title, "Unpin")
    site.until("document.querySelector('.row-group h3').textContent !== 'Pinned'")


def test_a_folder_and_the_archive_are_chosen_above_the_list(site: Site) -> None:
    page = site.open("#/chat")
    choose(site, "How points lock", "Move to a folder…")
    page.get_by_label("Folder", exact=True).fill("Rail")
    page.keyboard.press("Enter")
    which = page.get_by_label("Show", exact=True)
    which.locator("option", has_text="Folder: Rail").wait_for(state="attached")
    choose(site, "Compare three embeddings", "Archive")
    site.until("document.querySelectorAll('.row').length === 7")
    which.select_option("Folder: Rail")
    site.until("document.querySelectorAll('.row').length === 1")
    assert page.locator(".row-title").text_content() == "How points lock"
    which.select_option("Archive")
    page.get_by_role("link", name="Compare three embeddings").wait_for()
    choose(site, "Compare three embeddings", "Take out of the archive")
    page.get_by_text("Nothing here").wait_for()
    which.select_option("All conversations")
    site.until("document.querySelectorAll('.row').length === 8")
    choose(site, "How points lock", "Take out of “Rail”")
    site.until(lambda: site.stub.conversations["c1"]["folder"] == "")


def test_a_folder_is_offered_whose_conversations_are_not_on_the_page_and_goes_with_the_last_of_them(site: Site) -> None:
    old = site.stub.conversations["c2"]
    for number in range(60):
        site.stub.conversations[f"x{number}"] = old | {"id": f"x{number}", "folder": ""}
    old |= {"folder": "Archaeology", "updated": 1.0}
    page = site.open()
    which = page.get_by_label("Show", exact=True)
    site.until("document.querySelectorAll('.row').length >= 40")
    site.until("document.querySelector('.list-which').innerText.includes('Archaeology')")
    assert page.locator(".row", has_text="Archaeology").count() == 0
    which.select_option("folder:Archaeology")
    site.until("document.querySelectorAll('.row').length === 1")
    old["folder"] = ""
    choose(site, old["title"], "Pin")
    site.until("!document.querySelector('.list-which').innerText.includes('Archaeology')")


def test_a_pin_is_set_by_touch(phone: Site) -> None:
    page = phone.open("#/chat/c2")
    page.get_by_role("button", name="More about this conversation").tap()
    page.get_by_role("menuitem", name="Pin", exact=True).tap()
    phone.until(lambda: phone.stub.conversations["c2"]["pinned"])
    page.get_by_role("button", name="More about this conversation").tap()
    page.get_by_role("menuitem", name="Unpin").wait_for()


def test_a_title_is_made_when_asked_and_unasked_only_where_that_is_switched_on(site: Site) -> None:
    page = site.open()
    site.answered("short one")
    assert not any(path.endswith("/title") for _, path, _ in site.stub.asked)
    page.get_by_role("button", name="More about this conversation").click()
    page.get_by_role("menuitem", name="Have a model write a title").click()
    page.get_by_role("heading", name="A title by a model").wait_for()
    page.get_by_role("button", name="Parameters", exact=True).click()
    page.get_by_label("Titles by a model").check()
    page.keyboard.press("Escape")
    page.goto(f"{site.url}/#/chat")
    page.get_by_text("Where shall it go?").wait_for()
    site.answered("short two")
    site.until(lambda: sum(path.endswith("/title") for _, path, _ in site.stub.asked) == 2)
    site.answered("short three")
    assert sum(path.endswith("/title") for _, path, _ in site.stub.asked) == 2


def test_a_search_that_came_to_its_bounds_goes_on_by_itself_and_says_so_meanwhile(site: Site) -> None:
    page = site.open()
    site.stub.searches_in_parts = True
    page.get_by_label("Search conversations").fill("parish")
    page.get_by_text("only the newest have been searched so far").wait_for(state="attached")
    site.stub.searches_in_parts = False
    page.locator(".row mark").wait_for()
    site.until("!document.querySelector('.list-rows').textContent.includes('searched so far')")


def test_what_was_searched_is_marked_in_the_list_and_in_the_conversation(site: Site) -> None:
    page = site.open()
    page.get_by_label("Search conversations").fill("parish (")
    page.get_by_text("Nothing found").wait_for()
    page.get_by_label("Search conversations").fill("parish")
    page.locator(".row mark").wait_for()
    assert page.locator(".row mark").all_inner_texts() == ["parish"]
    page.locator(".row a").click()
    site.until("CSS.highlights.get('searched')?.size === 1")
    page.get_by_label("Search conversations").fill("")
    site.until("document.querySelectorAll('.row').length === 8")
    assert page.locator(".row mark").count() == 0


def test_more_conversations_come_by_scrolling(site: Site) -> None:
    for number in range(90):
        made = site.stub.conversations["c8"] | {"id": f"x{number}", "title": f"Old {number}", "updated": data.NOW - 1e7}
        site.stub.conversations[f"x{number}"] = made
    page = site.open("#/chat")
    site.until("document.querySelectorAll('.row').length >= 40")
    for _ in range(2):
        page.evaluate("document.querySelector('.list-rows').scrollTo(0, 1e6)")
        page.wait_for_timeout(50)
    site.until(
        "document.querySelector('.list-rows').scrollTo(0, 1e6) ?? document.querySelectorAll('.row').length === 98"
    )


def test_an_answer_that_stalls_says_since_when(site: Site) -> None:
    page = site.page
    page.clock.install()
    site.open()
    site.stub.silent = True
    answer = site.say("points")
    answer.locator(".answer-wait").wait_for()
    page.clock.fast_forward(2000)
    assert "no data" not in answer.locator(".answer-foot").inner_text()
    page.clock.fast_forward(9000)
    answer.get_by_text("no data for").wait_for()
    page.keyboard.press("Escape")
    answer.get_by_text("Stopped before its end").wait_for()
    assert "no data" not in answer.locator(".answer-foot").inner_text()


def test_the_card_of_the_tool_switches_the_calculator_on(site: Site) -> None:
    page = site.open()
    page.get_by_role("button", name="Use a tool").click()
    site.until(lambda: site.asked("POST", "/api/v1/chat"))
    assert site.asked("POST", "/api/v1/chat")[0]["tools"] == ["calculator"]


def test_without_a_calculator_there_is_no_card_for_it(site: Site) -> None:
    page = site.page
    page.route("**/api/v1/tools", lambda route: route.fulfill(json={"success": True, "data": {"tools": []}}))
    site.open()
    page.get_by_role("button", name="Draft a text").wait_for()
    page.wait_for_load_state("networkidle")
    assert not page.get_by_role("button", name="Use a tool").is_visible()
