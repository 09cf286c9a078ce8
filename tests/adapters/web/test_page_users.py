"""Users on the page of the real server: invited by a link, shown what their role may do, and changed by an admin."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.patience import GUARD
from tests.served import running

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium on this machine"),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning"),
]


@pytest.mark.long
def test_who_is_invited_comes_in_and_sees_what_a_member_may_do(tmp_path: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=GUARD * 1000)

    with running(tmp_path / "home") as server, sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        owner, ann = browser.new_context().new_page(), browser.new_context().new_page()
        wrong: list[str] = []
        for page in (owner, ann):
            page.on("pageerror", lambda problem: wrong.append(str(problem)))
            page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        owner.goto(f"{server.address}/#link={server.served.link}")
        owner.get_by_role("navigation").get_by_role("link", name="Users").click()
        owner.get_by_role("button", name="Invite").first.click()
        owner.get_by_role("button", name="Make a link").click()
        link = owner.locator(".invitation").inner_text()
        ann.goto(link)
        ann.get_by_label("Name").fill("Ann")
        ann.get_by_label("New password").fill("correct horse")
        ann.get_by_role("button", name="Come in").click()
        box = ann.get_by_role("textbox", name="Message")
        expect(box).to_be_visible()
        assert "invite=" not in ann.url
        box.fill("Which way?")
        box.press("Enter")
        expect(ann.locator(".turn-answer .turn-actions")).to_be_visible()
        views = [one.get_attribute("data-view") for one in ann.locator(".nav-link[data-view]").all()]
        assert views == ["chat", "compare", "connect", "usage", "requests", "events", "keys"]
        for view in views:
            ann.goto(f"{server.address}/#/{view}")
            expect(ann.get_by_role("main").get_by_role("heading").first).to_be_visible()
        ann.get_by_role("button", name="New key").first.click()
        assert ann.locator("fieldset .check-row").count() == 2
        ann.get_by_label("Name").fill("laptop")
        ann.get_by_role("button", name="Create the key").click()
        expect(ann.get_by_text("pm-").first).to_be_visible()
        owner.keyboard.press("Escape")
        role = owner.get_by_label("Role of Ann")
        expect(role).to_be_visible()
        role.select_option("viewer")
        expect(owner.get_by_text("Ann is changed.").first).to_be_visible()
        ann.reload()
        expect(ann.locator(".nav-link[data-view=experiments]")).to_be_visible()
        assert [one.get_attribute("data-view") for one in ann.locator(".nav-link[data-view]").all()] == [
            *("usage", "requests", "events", "experiments")
        ]
        with server.signed_in() as admin:
            assert admin.put("/api/v1/session/password", json={"password": "battery staple"}).status_code == 200
        owner.reload()
        owner.get_by_label("User", exact=True).fill("Ann")
        owner.get_by_label("Password", exact=True).fill("correct horse")
        owner.get_by_role("button", name="Sign in").click()
        expect(owner.locator(".nav-user-name")).to_contain_text("Ann")
        assert [one for one in wrong if "401" not in one] == []
        browser.close()
