"""The page on the real server: the printed link signs in, a chat streams, a saved provider is shown masked."""

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
SECRET = "sk-typed-into-the-page-4321"


@pytest.mark.long
def test_from_the_first_click_to_a_provider_of_ones_own(tmp_path: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=GUARD * 1000)

    with running(tmp_path / "home", settings="") as server, sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page()
        wrong: list[str] = []
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda problem: wrong.append(str(problem)))
        page.goto(f"{server.address}/#link={server.served.link}")
        box = page.get_by_role("textbox", name="Message")
        expect(box).to_be_visible()
        assert "link=" not in page.url
        box.fill("Which way to the station?")
        box.press("Enter")
        expect(page.get_by_text("I counted 5 words").first).to_be_visible()
        expect(page.get_by_text("$0.0")).not_to_have_count(0)
        with server.signed_in() as admin:
            made = {
                "name": "mine",
                "kind": "custom",
                "base_url": f"{server.upstream.address}/v1",
                "api_key": SECRET,
                "model": "sim",
            }
            assert admin.post("/api/v1/llm-providers", json=made).status_code == 200
            assert admin.post("/api/v1/llm-providers/mine/activate").status_code == 200
        page.goto(f"{server.address}/#/providers")
        page.reload()
        expect(page.get_by_role("heading", name="mine")).to_be_visible()
        expect(page.get_by_text("sk-…4321")).not_to_have_count(0)
        assert SECRET not in page.content()
        for view in ("usage", "routing", "events", "experiments", "healing", "keys", "audit"):
            page.goto(f"{server.address}/#/{view}")
            expect(page.get_by_role("main")).to_be_visible()
        expect(page.get_by_text("provider.activate").or_(page.get_by_text("mine")).first).to_be_visible()
        page.goto(f"{server.address}/docs")
        for path in ("/api/v1/chat/socket", "/api/v1/llm-providers", "/v1/messages", "/metrics"):
            expect(page.get_by_text(path, exact=True).first).to_be_visible()
        assert wrong == []
        browser.close()
