"""The page /docs in a browser: groups, a search, requests that are sent for real, and the same by curl."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from tests.patience import GUARD
from tests.served import running

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_the_api_is_searched_and_tried_out_on_its_page(browser: Browser, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    expect.set_options(timeout=GUARD * 1000)

    with running(tmp_path / "home") as server:
        page = browser.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        elsewhere: list[str] = []
        page.on("request", lambda asked: elsewhere.append(asked.url) if server.address not in asked.url else None)
        page.goto(f"{server.address}/docs")
        expect(page.get_by_role("heading", name="gateway: openai-chat")).to_be_visible()
        expect(page.get_by_role("heading", name="webhooks")).to_be_visible()
        page.get_by_label("Search").fill("ask a model openai-chat")
        expect(page.get_by_text("/v1/messages", exact=True)).to_be_hidden()
        page.get_by_label("Search").fill("nothing of the kind")
        expect(page.get_by_role("status")).to_be_visible()
        page.get_by_label("Search").fill("/v1/chat/completions")
        page.get_by_text("/v1/chat/completions", exact=True).click()
        opened = page.locator("details[open]")
        body = opened.get_by_label("Body as JSON")
        assert json.loads(body.input_value())["model"] == "provider/model"
        body.fill('{"model": "openai/sim", "messages": [{"role": "user", "content": "It\'s me"}]}')
        opened.get_by_role("button", name="Send").click()
        expect(opened.get_by_text("200 after")).to_be_visible()
        expect(opened.locator("pre").last).to_contain_text("chat.completion")
        page.get_by_label("Key").fill("pm-a-key")
        words = shlex.split(opened.locator(".curl").inner_text())
        assert words[:2] == ["curl", f"{server.address}/v1/chat/completions"]
        assert "authorization: Bearer pm-a-key" in words
        assert json.loads(words[-1])["messages"][0]["content"] == "It's me"
        assert wrong == []
        assert elsewhere == []
        page.close()
