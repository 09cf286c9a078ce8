"""Settings by the API of a real server: described by their types, saved above the file, and in effect at once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.adapters.webhooks.test_courier import receiving
from tests.patience import attempts
from tests.served import SETTINGS, Running, running

FROM_FILE = f"""{SETTINGS}
[budgets.team]
tokens = 1000000
[mcp.remote]
url = "http://127.0.0.1:9/mcp"
headers = {{ authorization = "Bearer of-the-file" }}
[cache]
ttl = 60
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("settings"), FROM_FILE) as opened:
        yield opened


@pytest.fixture(scope="module")
def admin(server: Running) -> Iterator[httpx.Client]:
    with server.signed_in() as client:
        yield client


def view(admin: httpx.Client, name: str) -> Any:
    found = admin.get("/api/v1/settings").json()["data"]["settings"]
    return next(one for one in found if one["name"] == name)


def save(admin: httpx.Client, name: str, value: object, entry: str | None = None) -> httpx.Response:
    return admin.put(f"/api/v1/settings/{name}", json={"value": value, "entry": entry})


def forget(admin: httpx.Client, name: str, entry: str | None = None) -> httpx.Response:
    return admin.delete(f"/api/v1/settings/{name}", params={} if entry is None else {"entry": entry})


def ask(admin: httpx.Client, model: str = "openai/sim", **fields: object) -> httpx.Response:
    body = {"model": model, "messages": [{"role": "user", "content": "Which way?"}], **fields}
    return admin.post("/v1/chat/completions", json=body)


def test_every_setting_is_described_by_its_type_with_its_value_and_where_it_comes_from(admin: httpx.Client) -> None:
    cache = view(admin, "cache")
    (ttl,) = (one for one in cache["field"]["fields"] if one["name"] == "ttl")
    assert (ttl["kind"], ttl["default"], ttl["doc"]) == ("number", 3600.0, "Seconds that an answer is good for.")
    assert (cache["value"]["ttl"], cache["saved"]) == (60.0, None)
    assert cache["places"]["cache.ttl"].endswith("pointsman.toml: cache.ttl")
    budgets = view(admin, "budgets")
    assert budgets["value"]["team"]["tokens"] == 1_000_000
    assert [one["name"] for one in budgets["field"]["fields"]][:2] == ["usd", "tokens"]
    assert "file" in view(admin, "database")["field"]["file_only"]


def test_a_budget_that_is_saved_refuses_the_next_call_and_stands_beside_that_of_the_file(admin: httpx.Client) -> None:
    assert ask(admin).status_code == 200
    saved = save(admin, "budgets", {"tokens": 1}, "tight")
    assert saved.status_code == 200
    assert view(admin, "budgets")["value"].keys() == {"team", "tight"}
    assert ask(admin).status_code == 402
    assert forget(admin, "budgets", "tight").status_code == 200
    assert ask(admin).status_code == 200
    trail = admin.get("/api/v1/audit").json()["data"]["entries"]
    assert [one["what"] for one in trail[:2]] == ["settings.forget", "settings.save"]
    assert trail[1]["changes"] == [{"field": "budgets.tight.tokens", "from": None, "to": "1"}]


def test_a_fallback_an_alias_and_a_cache_work_from_the_next_call_on(admin: httpx.Client) -> None:
    assert ask(admin, "openai/sim-503").status_code == 503
    assert save(admin, "fallback", ["anthropic/sim"]).status_code == 200
    assert ask(admin, "openai/sim-503").status_code == 200
    assert forget(admin, "fallback").status_code == 200
    assert save(admin, "aliases", "anthropic/sim", "clever").status_code == 200
    assert ask(admin, "clever").status_code == 200
    assert forget(admin, "aliases", "clever").status_code == 200
    assert save(admin, "cache", {"enabled": True}).status_code == 200
    assert view(admin, "cache")["value"]["ttl"] == 60.0  # still the file's
    calls = [ask(admin, seed=7, temperature=0.0).json()["id"] for _ in range(2)]
    assert calls[0] == calls[1]
    assert forget(admin, "cache").status_code == 200


@pytest.mark.parametrize(
    ("name", "entry", "value", "problem"),
    [
        ("budgets", "b", {"usd": "-1"}, "budgets.b.usd: "),
        ("budgets", "b", {}, "budgets.b: it has no limit"),
        ("cache", None, {"enabled": "yes"}, "cache.enabled: 'yes' is not true or false"),
        ("fallback", None, "x", "fallback: it is not a list"),
        ("database", None, "/tmp/other.db", "database: It is read before"),
        ("mcp", "run", {"command": "sh"}, "mcp.run.command: It runs a program"),
        ("tools", None, {"read_file": {"root": "/"}}, "tools.read_file.root: It reaches into the machine"),
        ("providers", "x", {}, "there is no setting"),
        ("nothing", None, 1, "there is no setting"),
    ],
)
def test_what_a_file_would_not_say_is_refused_at_its_field(
    admin: httpx.Client, name: str, entry: str | None, value: object, problem: str
) -> None:
    before = view(admin, "budgets")["saved"], view(admin, "cache")["saved"]
    refused = save(admin, name, value, entry)
    assert refused.status_code == 422
    assert refused.json()["error"]["problems"][0].startswith(problem)
    assert (view(admin, "budgets")["saved"], view(admin, "cache")["saved"]) == before


def test_secrets_are_kept_encrypted_never_told_and_go_to_no_other_address(server: Running, admin: httpx.Client) -> None:
    hook = {"url": "https://example.org/hook", "events": ["retry"], "secret": "s3cret-of-a-webhook"}
    assert save(admin, "webhooks", hook, "chat").status_code == 200
    shown = view(admin, "webhooks")
    assert shown["value"]["chat"]["secret"] == shown["saved"]["chat"]["secret"] == {"is_set": True}
    assert "s3cret" not in json.dumps(admin.get("/api/v1/settings").json())
    assert "of-the-file" not in json.dumps(admin.get("/api/v1/settings").json())
    assert "s3cret" not in json.dumps(admin.get("/api/v1/audit").json())
    with closing(sqlite3.connect(server.home / "pointsman.db")) as connection:
        assert not any("s3cret" in str(row) for row in connection.execute("SELECT * FROM provider"))
    again = {**shown["saved"]["chat"], "retries": 2}
    assert save(admin, "webhooks", again, "chat").status_code == 200
    with server.served.running.lease() as app:
        (kept,) = app.settings.webhooks
    assert (kept.secret.reveal(), kept.retries) == ("s3cret-of-a-webhook", 2)
    moved = save(admin, "webhooks", {**again, "url": "https://elsewhere.example/hook"}, "chat")
    assert moved.json()["error"]["problems"] == [
        "webhooks.chat.secret: it was given for another address; give it again"
    ]
    assert forget(admin, "webhooks", "chat").status_code == 200


def test_a_saved_server_does_not_get_the_headers_that_the_file_has_for_another(
    server: Running, admin: httpx.Client
) -> None:
    assert save(admin, "mcp", {"url": "http://127.0.0.1:7/mcp"}, "remote").status_code == 200
    with server.served.running.lease() as app:
        (kept,) = app.settings.mcp
    assert (kept.url, dict(kept.headers)) == ("http://127.0.0.1:7/mcp", {})
    assert forget(admin, "mcp", "remote").status_code == 200


def test_a_template_has_versions_that_chats_can_name(admin: httpx.Client) -> None:
    versions = [{"text": "Hello {{name}}"}, {"text": "Good day {{name}}", "defaults": {"name": "you"}}]
    assert save(admin, "templates", versions, "greet").status_code == 200
    prompts = admin.get("/api/v1/prompts").json()["data"]["prompts"]
    found = [(one["version"], one["text"]) for one in prompts if one["name"] == "greet"]
    assert sorted(found) == [(1, "Hello {{name}}"), (2, "Good day {{name}}")]
    wrong = save(admin, "templates", [{"text": "{{"}], "greet")
    assert "version 1: text: a {{ does not begin" in wrong.json()["error"]["message"]


def test_a_template_is_tried_before_it_is_saved(admin: httpx.Client) -> None:
    draft = {"system": "Be {{tone}}.", "text": "Hello {{name}}", "values": {"tone": "kind", "name": "Ada"}}
    made = admin.post("/api/v1/prompts/preview", json=draft).json()["data"]["messages"]
    assert made == [{"role": "system", "text": "Be kind."}, {"role": "user", "text": "Hello Ada"}]
    lacking = admin.post("/api/v1/prompts/preview", json={**draft, "values": {"tone": "kind"}})
    assert "name: it must be given" in lacking.json()["error"]["message"]


def test_a_webhook_is_sent_a_test_and_says_whether_it_was_taken(server: Running, admin: httpx.Client) -> None:
    with server.portal.wrap_async_context_manager(receiving(204)) as receiver:
        hook = {"url": f"http://127.0.0.1:{receiver.port}/", "events": ["retry"], "secret": "0123456789abcdef"}
        refused = save(admin, "webhooks", hook, "here")
        assert "its url is not https" in refused.json()["error"]["problems"][0]
        hook["allow_private"] = True  # type: ignore[assignment]
        assert save(admin, "webhooks", hook, "here").status_code == 200
        assert admin.post("/api/v1/webhooks/here/test").status_code == 200
        ((headers, body),) = receiver.got
        assert json.loads(body)["type"] == "test"
        assert headers["webhook-signature"].startswith("v1,")
    assert "did not take the test" in admin.post("/api/v1/webhooks/here/test").json()["error"]["message"]
    assert forget(admin, "webhooks", "here").status_code == 200


def test_tools_follow_the_settings(admin: httpx.Client) -> None:
    def names() -> list[str]:
        return [one["name"] for one in admin.get("/api/v1/tools").json()["data"]["tools"]]

    assert "fetch" not in names()
    assert save(admin, "tools", {"fetch": {"allowed_hosts": ["example.org"]}}).status_code == 200
    for _ in attempts():
        if "fetch" in names():
            break
    assert "fetch" in names()
    assert forget(admin, "tools").status_code == 200


def test_only_an_admin_sees_or_saves_settings(server: Running, admin: httpx.Client) -> None:
    key = admin.post("/api/v1/keys", json={"name": "reader", "scopes": ["read"]}).json()["data"]
    with httpx.Client(base_url=server.address, headers={"authorization": f"Bearer {key['key']}"}) as reader:
        assert reader.get("/api/v1/settings").status_code == 403
        assert reader.put("/api/v1/settings/fallback", json={"value": []}).status_code == 403
    admin.delete(f"/api/v1/keys/{key['id']}")
