"""The page as a whole: signing in, the keyboard, the theme, the phone."""

from __future__ import annotations

import pytest

from tests.adapters.web.conftest import Site
from tests.adapters.web.page_state import PASSWORD

VIEWS = ("chat", "providers", "usage", "routing", "events", "experiments", "healing", "keys", "audit")


def test_the_one_time_link_signs_in_and_leaves_the_address_bar(site: Site) -> None:
    site.page.goto(f"{site.url}/#link=one-time-token")
    site.page.wait_for_selector(".nav")
    assert site.page.url == f"{site.url}/#/chat"
    assert site.asked("POST", "/api/v1/session") == [{"link": "one-time-token"}]


def test_a_used_link_says_so_and_the_password_still_opens(site: Site) -> None:
    site.expected.append("401")
    page = site.page
    page.goto(f"{site.url}/#link=old")
    page.get_by_text("This link was used or is too old").wait_for()
    assert page.get_by_text("printed in the terminal").is_visible()
    field = page.get_by_label("Password", exact=True)
    field.fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("This is not the password.").wait_for()
    field.fill(PASSWORD)
    assert field.get_attribute("type") == "password"
    page.get_by_role("button", name="Show what is typed").click()
    assert field.get_attribute("type") == "text"
    page.keyboard.press("Tab")
    field.press("Enter")
    page.wait_for_selector(".nav")


def test_without_a_password_only_the_link_is_offered(site: Site) -> None:
    site.stub.password_set = False
    site.page.goto(site.url)
    site.page.get_by_text("Open the link that").wait_for()
    assert site.page.get_by_label("Password").count() == 0


def test_signing_out_and_setting_a_password(site: Site) -> None:
    site.expected.append("422")
    page = site.open()
    page.get_by_role("button", name="admin").click()
    page.get_by_role("menuitem", name="Change the password").click()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Set the password").click()
    page.get_by_text("at least 8 characters").last.wait_for()
    page.get_by_label("New password").fill("long enough to keep")
    page.get_by_role("button", name="Set the password").click()
    page.get_by_text("The password is set.").first.wait_for()
    assert site.asked("PUT", "/api/v1/session/password")[-1] == {"password": "long enough to keep", "old": PASSWORD}
    page.get_by_role("button", name="admin").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.wait_for_selector(".gate-card")
    assert site.asked("DELETE", "/api/v1/session") == [{}]


def test_a_session_that_ended_brings_the_sign_in_page(site: Site) -> None:
    site.expected.append("401")
    page = site.open("#/keys")
    page.wait_for_selector(".key-table")
    page.wait_for_selector(".budgets")
    page.context.clear_cookies()
    page.get_by_role("link", name="Audit").click()
    page.get_by_text("You were signed out; sign in again.").wait_for()


def test_a_server_that_is_gone_is_told_in_a_sentence_with_a_way_to_try_again(site: Site) -> None:
    site.expected.append("ERR_FAILED")
    page = site.open("#/keys")
    page.route("**/api/v1/audit**", lambda route: route.abort())
    page.get_by_role("link", name="Audit").click()
    page.get_by_text("see whether `pointsman serve` is still running").wait_for()
    page.unroute("**/api/v1/audit**")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector(".timeline")


def test_every_view_opens_by_its_keys(site: Site) -> None:
    page = site.open("#/audit")
    page.locator("h1").wait_for()
    for key, view in zip("cpurexhka", VIEWS, strict=True):
        page.locator("body").press("Escape")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("g")
        page.keyboard.press(key)
        page.wait_for_selector(f".view-{view} > *", state="attached")
        assert page.locator(f".nav-link[data-view={view}]").get_attribute("aria-current") == "page"


def test_the_sheet_of_shortcuts_opens_and_gives_the_focus_back(site: Site) -> None:
    page = site.open("#/audit")
    page.get_by_role("button", name="Keyboard shortcuts").focus()
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keyboard shortcuts").is_visible()
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Keyboard shortcuts"


def test_the_palette_finds_views_and_conversations(site: Site) -> None:
    page = site.open("#/usage")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search and commands").fill("rout")
    page.keyboard.press("Enter")
    page.wait_for_selector(".view-routing")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search and commands").fill("parish")
    page.get_by_role("option", name="Letter to the parish council").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/#/chat/c5")


def test_the_keyboard_alone_asks_a_question_and_opens_its_tool(site: Site) -> None:
    page = site.open("#/chat")
    page.get_by_label("Message", exact=True).blur()
    page.keyboard.press("/")
    page.keyboard.type("short tool")
    page.keyboard.press("Enter")
    page.locator(".turn-answer .turn-actions").wait_for()
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.closest('.fold-tool') !== null"):
            break
    page.keyboard.press("Enter")
    page.get_by_text("391").first.wait_for()


def test_the_skip_link_leads_past_the_navigation(site: Site) -> None:
    page = site.open("#/audit")
    page.reload()  # as who comes here first: nothing has had the focus
    page.wait_for_selector(".timeline")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"


def test_the_theme_is_kept_and_set_before_the_first_paint(site: Site) -> None:
    page = site.open("#/audit")
    for wanted in ("light", "dark"):
        page.get_by_role("button", name="Theme:").click()
        assert page.locator("html").get_attribute("data-theme") == wanted
    page.reload(wait_until="commit")
    page.wait_for_selector(".nav")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


@pytest.mark.parametrize("view", VIEWS)
def test_no_view_is_wider_than_a_phone(phone: Site, view: str) -> None:
    page = phone.open(f"#/{view}")
    page.wait_for_load_state("networkidle") if view != "events" else page.wait_for_selector(".event-row")
    sizes = page.evaluate("[document.documentElement.scrollWidth, document.querySelector('main').scrollWidth]")
    assert sizes == [390, 390]
    bar = page.locator(".nav").bounding_box()
    assert bar is not None
    assert bar["y"] + bar["height"] == 844


def test_the_phone_has_the_other_views_behind_more(phone: Site) -> None:
    page = phone.open("#/usage")
    page.get_by_role("button", name="More", exact=True).tap()
    page.get_by_role("menuitem", name="Audit").tap()
    page.wait_for_selector(".timeline")


def test_the_phone_slides_the_conversations_in(phone: Site) -> None:
    page = phone.open("#/chat")
    assert not page.get_by_role("link", name="Letter to the parish council").is_visible()
    page.get_by_role("button", name="Conversations", exact=True).tap()
    page.get_by_role("link", name="Letter to the parish council").tap()
    page.wait_for_selector(".turn-answer")
    page.get_by_role("link", name="Letter to the parish council").wait_for(state="hidden")
