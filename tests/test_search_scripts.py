"""Conversations in Hindi, Thai, Arabic and Chinese are found by a word: on the page, by the API, on the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.served import SETTINGS, running
from tests.test_cli import run

CHROMIUM = Path("/usr/bin/chromium")
SAID = {
    "रेलगाड़ी": "यह रेलगाड़ी कब चलेगी?",
    "สถานี": "ฉันรอรถไฟที่สถานี",
    "العربية": "أتعلّم العَرَبِيَّة في القطار",
    "信号": "火车正在等待信号",
}


@pytest.mark.long
@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium on this machine")
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_conversations_of_four_scripts_are_found_by_a_word_wherever_they_are_looked_for(
    tmp_path: Path, encrypted: bool
) -> None:
    from playwright.sync_api import expect, sync_playwright

    home = tmp_path / "home"
    more = f'encrypted = true\nkey_file = "{home / "keys"}"\n' if encrypted else ""
    with running(home, more + SETTINGS) as server, sync_playwright() as browsers:
        with server.signed_in() as admin:
            for text in SAID.values():
                made = admin.post("/api/v1/conversations", json={"title": ""}).json()["data"]
                asked = {"text": text, "model": "openai/sim", "conversation": made["id"]}
                assert admin.post("/api/v1/chat", json=asked).status_code == 200
            for word, text in SAID.items():
                found = admin.get("/api/v1/conversations", params={"search": word}).json()["data"]["conversations"]
                assert [one["title"] for one in found] == [text]
        browser = browsers.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{server.address}/#link={server.served.site.sessions.new_link()}")
        titles = page.locator(".chat-list .row-title")
        expect(titles).to_have_count(len(SAID))
        for word, text in SAID.items():
            page.get_by_label("Search conversations").fill(word)
            expect(titles).to_have_text([text])
        browser.close()
    settings = {"POINTSMAN_DATABASE": str(home / "pointsman.db"), "POINTSMAN_ENCRYPTED": str(encrypted).lower()}
    settings["POINTSMAN_KEY_FILE"] = str(home / "keys")
    assert (SAID["信号"].encode() in (home / "pointsman.db").read_bytes()) is not encrypted
    for word, text in SAID.items():
        code, out, _ = run(home, "conversations", "search", word, "--json", more=settings)
        assert (code, [one["title"] for one in json.loads(out)]) == (0, [text])
