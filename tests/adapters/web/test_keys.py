"""Keys are changed field by field; what was spent stays, and every change stands in the trail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.patience import GUARD
from tests.served import Running, running

ASK = {"model": "openai/gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("keys") / "home") as found:
        yield found


@pytest.fixture
def admin(server: Running) -> Iterator[httpx.Client]:
    with server.signed_in() as client:
        yield client


def make(admin: httpx.Client, **fields: Any) -> Any:
    return admin.post("/api/v1/keys", json={"name": "ann", **fields}).json()["data"]


def ask(server: Running, key: Any) -> int:
    headers = {"authorization": f"Bearer {key['key']}"}
    url = f"{server.address}/v1/chat/completions"
    return httpx.post(url, json=ASK, headers=headers, timeout=GUARD, trust_env=False).status_code


def last_change(admin: httpx.Client) -> Any:
    return admin.get("/api/v1/audit").json()["data"]["entries"][0]


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("name", "bob", "bob"),
        ("scopes", ["read", "chat"], ["chat", "read"]),
        ("models", ["anthropic/*"], ["anthropic/*"]),
        ("budget", "5.00", 5.0),
        ("period", "day", "day"),
        ("requests_per_minute", 50, 50),
        ("expires", 4102444800.0, 4102444800.0),
        ("enabled", False, False),
    ],
)
def test_each_field_is_changed_alone_and_the_trail_tells_it(
    admin: httpx.Client, field: str, value: Any, shown: Any
) -> None:
    before = make(admin, budget="1.00", models=["openai/*"], requests_per_minute=5)
    answer = admin.patch(f"/api/v1/keys/{before['id']}", json={field: value})
    assert answer.status_code == 200, answer.text
    after = answer.json()["data"]
    changed = {name for name in after if after[name] != before[name]} - {"key"}
    assert changed == {field}
    assert (float(after[field]["amount"]) if field == "budget" else after[field]) == shown
    entry = last_change(admin)
    assert (entry["what"], entry["target"], len(entry["changes"])) == ("key.update", "ann", 1)
    assert entry["changes"][0]["field"] == field
    assert [one for one in admin.get("/api/v1/keys").json()["data"]["keys"] if one["id"] == before["id"]] == [after]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"name": " "}, "name"),
        ({"name": None}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["root"]}, "scopes"),
        ({"budget": "0"}, "budget"),
        ({"budget": "1e9999999"}, "budget"),
        ({"budget": "-1"}, "budget"),
        ({"requests_per_minute": 0}, "requests_per_minute"),
        ({"requests_per_minute": 10**30}, "requests_per_minute"),
        ({"enabled": None}, "enabled"),
        ({"digest": "00"}, "digest"),
    ],
)
def test_what_makes_no_sense_changes_nothing(admin: httpx.Client, change: Any, wrong: str) -> None:
    before = make(admin)
    answer = admin.patch(f"/api/v1/keys/{before['id']}", json={"models": ["a/*"], **change})
    assert answer.status_code == 400
    assert wrong in answer.json()["error"]["message"]
    listed = admin.get("/api/v1/keys").json()["data"]["keys"]
    assert [one["models"] for one in listed if one["id"] == before["id"]] == [[]]


def test_null_takes_a_limit_away_and_put_sets_what_is_not_named_as_for_a_new_key(admin: httpx.Client) -> None:
    made = make(admin, budget="1", requests_per_minute=1, expires=4102444800.0, models=["a/*"], scopes=["read"])
    url = f"/api/v1/keys/{made['id']}"
    free = admin.patch(url, json={"budget": None, "requests_per_minute": None, "expires": None}).json()["data"]
    assert (free["budget"], free["requests_per_minute"], free["expires"], free["models"]) == (None, None, None, ["a/*"])
    whole = admin.put(url, json={"name": "new", "budget": "2"}).json()["data"]
    assert (whole["name"], whole["models"], whole["scopes"], whole["enabled"]) == ("new", [], ["chat"], True)
    assert admin.patch("/api/v1/keys/nothing", json={"name": "x"}).status_code == 404


def test_a_change_holds_from_the_next_call_on_and_what_was_spent_stays(server: Running, admin: httpx.Client) -> None:
    made = make(admin, budget="0.01", models=["anthropic/*"])
    url = f"/api/v1/keys/{made['id']}"
    assert ask(server, made) == 403
    assert admin.patch(url, json={"models": ["openai/*"]}).status_code == 200
    assert ask(server, made) == 200
    spent = admin.patch(url, json={"budget": "9"}).json()["data"]["spent"]
    assert admin.patch(url, json={"budget": "7"}).json()["data"]["spent"] == spent
    assert admin.patch(url, json={"enabled": False}).status_code == 200
    assert ask(server, made) == 401
    assert admin.patch(url, json={"enabled": True, "requests_per_minute": 1}).status_code == 200
    assert [ask(server, made), ask(server, made)] == [200, 429]
