"""What a user might take from another, or a stranger from the house: by a name, an id, a proxy, a picture's address."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.adapters.chat_exports.samples import CHATGPT, write_logs
from tests.adapters.web.test_users import close_browsers, data, invite, join
from tests.patience import GUARD
from tests.served import SETTINGS, Running, running

TIGHT = '[models."openai/*"]\ninput = 1\noutput = 1\n[budgets.tight]\nusd = 0.0001\nscope = "tag"\nonly = "key:tight"\n'
ASK = {"model": "openai/sim", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 5}
_ = close_browsers  # by its name every test gets it


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("advantage") / "home", SETTINGS + TIGHT) as found:
        yield found


@pytest.fixture(scope="module")
def admin(server: Running) -> Iterator[httpx.Client]:
    with server.signed_in() as client:
        yield client


def tight(admin: httpx.Client) -> Any:
    every = data(admin.get("/api/v1/budgets"))["budgets"]
    return next((one["spent"] for one in every if one["name"] == "tight"), None)


def test_a_users_key_called_like_one_of_the_house_spends_nothing_of_its_budget(
    server: Running, admin: httpx.Client
) -> None:
    ida = join(server, admin, "Ida")
    own = data(ida.post("/api/v1/session/keys", json={"name": "tight", "scopes": ["chat"]}))["key"]
    before = tight(admin)
    url = f"{server.address}/v1/chat/completions"
    by_key = {"authorization": f"Bearer {own}"}
    claims = {**by_key, "x-pointsman-tags": "user:Bob/laptop,key:tight,mine"}
    for headers in (by_key, claims):
        assert httpx.post(url, json=ASK, headers=headers, timeout=GUARD, trust_env=False).status_code == 200
    assert tight(admin) == before
    tags = {row["group"] for row in data(admin.get("/api/v1/usage?by=tag"))["rows"]}
    assert "user:Ida/tight" in tags
    assert not tags & {"key:tight", "user:Bob/laptop"}


@pytest.mark.parametrize("name", ["key:tight", "user:1", "ａｄｍｉｎ", "anonymous", "cli", "erased"])
def test_nobody_takes_a_name_that_stands_for_something_else_in_the_trail(
    server: Running, admin: httpx.Client, name: str
) -> None:
    body = {"invitation": invite(admin), "name": name, "password": "correct horse"}
    answer = httpx.post(f"{server.address}/api/v1/session", json=body, timeout=GUARD, trust_env=False)
    assert (answer.status_code, "name:" in answer.text) == (400, True), answer.text


def test_an_export_is_taken_though_somebody_else_has_a_conversation_of_its_id(
    server: Running, admin: httpx.Client
) -> None:
    jo, kim = join(server, admin, "Jo"), join(server, admin, "Kim")
    talk = data(jo.post("/api/v1/conversations", json={"title": "mine"}))["id"]
    export = jo.get(f"/api/v1/conversations/{talk}/export").content
    taken = data(kim.post("/api/v1/conversations/import", content=export))
    assert taken["id"] != talk
    assert data(kim.get(f"/api/v1/conversations/{taken['id']}"))["conversation"]["title"] == "mine"
    assert kim.get(f"/api/v1/conversations/{talk}").status_code == 404


def test_an_export_of_another_program_is_kept_once_for_each_who_sends_it(server: Running, admin: httpx.Client) -> None:
    jo, kim = join(server, admin, "Jo Import"), join(server, admin, "Kim Import")
    ids = set[str]()
    for person in (jo, kim):
        made = data(person.post("/api/v1/conversations/imports", json=[*CHATGPT, {}]))
        ids.add(made.pop("first"))
        assert made == {"source": "ChatGPT", "new": 3, "messages": 9, "grown": 0, "present": 0, "unread": 1}
        again = data(person.post("/api/v1/conversations/imports", json=CHATGPT))
        assert (again["new"], again["present"], again["first"] in ids) == (0, 3, True)
    assert len(ids) == 2
    (of_kim,) = [id for id in ids if kim.get(f"/api/v1/conversations/{id}").status_code == 200]
    assert jo.get(f"/api/v1/conversations/{of_kim}").status_code == 404
    refused = kim.post("/api/v1/conversations/imports", content=b"[{}]")
    assert (refused.status_code, "not an exported conversation of" in refused.text) == (400, True)


def test_an_archive_and_a_database_are_taken_as_they_are(
    server: Running, admin: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pointsman.adapters.web.api_conversation_imports._MOST_UNPACKED", 2**20)
    lee = join(server, admin, "Lee Import")
    write_logs(tmp_path / "logs.db")
    archive, bomb = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("conversations.json", json.dumps(CHATGPT))
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("conversations.json", bytes(2**20 + 1))

    told = [
        lee.post("/api/v1/conversations/imports", content=content)
        for content in (archive.getvalue(), (tmp_path / "logs.db").read_bytes(), bomb.getvalue(), b"PK")
    ]

    assert [(data(one)["source"], data(one)["new"]) for one in told[:2]] == [("ChatGPT", 3), ("llm", 2)]
    assert [one.status_code for one in told[2:]] == [413, 400]
    assert told[2].json()["error"]["tag"] == "InvalidRequest"
    assert "more than 1 MB" in told[2].text
    kinds = admin.get("/openapi.json").json()["paths"]["/api/v1/conversations/imports"]["post"]["requestBody"]
    assert set(kinds["content"]) == {"application/json", "application/zip", "application/vnd.sqlite3"}


def test_who_comes_by_a_proxy_is_asked_for_a_key_though_none_was_given_out(tmp_path: Path) -> None:
    with running(tmp_path / "home", allow_hosts=("models.example",)) as fresh:

        def status(method: str, path: str, **headers: str) -> int:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            url = fresh.address + path
            return httpx.request(method, url, headers=given, timeout=GUARD, trust_env=False).status_code

        assert status("GET", "/v1/models") == 200
        for headers in (
            {"host": "models.example"},
            {"x_forwarded_for": "203.0.113.7"},
            {"forwarded": "for=203.0.113.7"},
            {"x_real_ip": "203.0.113.7"},
        ):
            for method, path in (("GET", "/v1/models"), ("GET", "/api/llm/settings"), ("POST", "/api/llm/settings")):
                assert status(method, path, **headers) == 401, (path, headers)


def test_a_page_of_another_site_asks_nothing_by_an_address_of_a_picture(server: Running) -> None:
    for site in ("cross-site", "same-site"):
        for path in ("/api/llm/test", "/v1/models", "/api/v1/session"):
            headers = {"sec-fetch-site": site, "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
            answer = httpx.get(server.address + path, headers=headers, timeout=GUARD, trust_env=False)
            assert answer.status_code == 403, path
        followed = {"sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
        assert httpx.get(server.address, headers=followed, timeout=GUARD, trust_env=False).status_code == 200
        framed = {**followed, "sec-fetch-dest": "iframe"}
        test = f"{server.address}/api/llm/test"
        assert httpx.get(test, headers=framed, timeout=GUARD, trust_env=False).status_code == 403


@pytest.mark.parametrize("scope", ["chat", "read", "observe"])
def test_no_key_becomes_the_owner_by_giving_them_a_password(server: Running, admin: httpx.Client, scope: str) -> None:
    """Where nobody has set one yet, no old one is asked for."""
    key = data(admin.post("/api/v1/keys", json={"name": "k", "scopes": ["read", scope]}))["key"]
    headers, given = {"authorization": f"Bearer {key}"}, {"password": "by a key, not by hand"}
    with httpx.Client(base_url=server.address, timeout=GUARD, trust_env=False) as client:
        assert client.put("/api/v1/session/password", json=given, headers=headers).status_code == 403
        assert not data(client.get("/api/v1/session"))["password_set"]
