"""Users: invited by a link, each with what is theirs, and no more than their role allows, in every process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from tests.adapters.web.test_open_connections import CHAT, cookie, opened, read_to_close
from tests.patience import GUARD
from tests.served import SETTINGS, Running, running

PASSWORD = "correct horse"
PRICES = '[models."openai/*"]\ninput = 1\noutput = 1\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("users") / "home", SETTINGS + PRICES) as found:
        yield found


@pytest.fixture(scope="module")
def admin(server: Running) -> Iterator[httpx.Client]:
    with server.signed_in() as client:
        yield client


def invite(admin: httpx.Client, role: str = "member") -> str:
    answer = admin.post("/api/v1/users/invitations", json={"role": role})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["invitation"])


_browsers = ExitStack()


@pytest.fixture(autouse=True)
def close_browsers() -> Iterator[None]:
    with _browsers:
        yield


def client_of(server: Running, **body: Any) -> tuple[httpx.Client, httpx.Response]:
    """A browser that signs in."""
    client = _browsers.enter_context(httpx.Client(base_url=server.address, timeout=GUARD, trust_env=False))
    answer = client.post("/api/v1/session", json=body)
    if answer.status_code == 200:
        client.headers["x-pointsman-csrf"] = answer.json()["data"]["csrf"]
    return client, answer


def join(server: Running, admin: httpx.Client, name: str, role: str = "member") -> httpx.Client:
    client, answer = client_of(server, invitation=invite(admin, role), name=name, password=PASSWORD)
    assert answer.status_code == 200, answer.text
    return client


def data(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def find_user(admin: httpx.Client, name: str) -> Any:
    return next(one for one in data(admin.get("/api/v1/users"))["users"] if one["name"] == name)


def last_change(admin: httpx.Client) -> tuple[str, str, str]:
    entry = data(admin.get("/api/v1/audit"))["entries"][0]
    return entry["who"], entry["what"], entry["target"]


def test_an_invitation_makes_one_user_who_signs_in_by_a_password_from_then_on(
    server: Running, admin: httpx.Client
) -> None:
    word = invite(admin)
    _, short = client_of(server, invitation=word, name="Ann", password="short")
    _, nameless = client_of(server, invitation=word, name=" ", password=PASSWORD)
    _, owner = client_of(server, invitation=word, name="Admin", password=PASSWORD)
    assert [one.status_code for one in (short, nameless, owner)] == [400, 400, 400]
    ann, joined = client_of(server, invitation=word, name="Ann", password=PASSWORD)
    assert (data(joined)["user"], data(joined)["role"], data(joined)["scopes"]) == ("Ann", "member", ["chat", "read"])
    _, twice = client_of(server, invitation=word, name="Bea", password=PASSWORD)
    assert twice.status_code == 401
    _, taken = client_of(server, invitation=invite(admin), name="ANN", password=PASSWORD)
    assert taken.status_code == 400
    assert "another user has it" in taken.text
    assert ann.delete("/api/v1/session").status_code == 200
    assert ann.get("/api/v1/conversations").status_code == 401
    again, signed_in = client_of(server, name="ann", password=PASSWORD)
    assert data(signed_in)["user"] == "Ann"
    _, wrong = client_of(server, name="Ann", password="a wrong guess")
    _, unknown = client_of(server, name="nobody", password=PASSWORD)
    assert [one.status_code for one in (wrong, unknown)] == [401, 401]
    new = {"password": "battery staple", "old": PASSWORD}
    assert again.put("/api/v1/session/password", json={**new, "old": "wrong"}).status_code == 400
    assert again.put("/api/v1/session/password", json=new).status_code == 200
    assert client_of(server, name="Ann", password=PASSWORD)[1].status_code == 401
    assert client_of(server, name="Ann", password="battery staple")[1].status_code == 200
    assert admin.get("/api/v1/usage").status_code == 200  # the owner was signed out by none of it
    for file in server.home.glob("pointsman.db*"):
        if file.is_file():
            assert word.encode() not in file.read_bytes()
            assert b"battery staple" not in file.read_bytes()


def test_neither_of_two_users_sees_bills_or_continues_what_is_the_others(server: Running, admin: httpx.Client) -> None:
    cid, dot = join(server, admin, "Cid"), join(server, admin, "Dot")
    talk = data(cid.post("/api/v1/conversations", json={"title": "plums of Cid"}))["id"]
    asked = {"model": "openai/sim", "text": "plum", "conversation": talk}
    assert cid.post("/api/v1/chat", json=asked).status_code == 200
    memory = data(cid.post("/api/v1/memory", json={"text": "Cid likes plums"}))["id"]
    assert dot.post("/api/v1/chat", json=asked).status_code == 404
    for path in (f"/api/v1/conversations/{talk}", f"/api/v1/conversations/{talk}/export"):
        assert dot.get(path).status_code == 404
        assert cid.get(path).status_code == 200
    assert dot.patch(f"/api/v1/conversations/{talk}", json={"title": "mine"}).status_code == 404
    assert dot.post(f"/api/v1/conversations/{talk}/fork", json={}).status_code == 404
    assert dot.delete(f"/api/v1/conversations/{talk}").status_code == 404
    assert data(dot.delete(f"/api/v1/memory/{memory}"))["forgotten"] is False
    for path in ("conversations", "memory", "usage", "usage/series", "usage/records", "budgets", "session/keys"):
        assert "plum" not in (told := dot.get(f"/api/v1/{path}").text), path
        assert talk not in told
    assert data(dot.get("/api/v1/usage?by=all"))["rows"] == []
    assert data(cid.get("/api/v1/usage?by=all"))["rows"][0]["calls"] == 1
    assert talk in admin.get("/api/v1/conversations").text
    assert data(cid.delete(f"/api/v1/memory/{memory}"))["forgotten"] is True
    assert cid.delete(f"/api/v1/conversations/{talk}").status_code == 200


def test_a_budget_of_a_user_holds_on_the_page_and_for_all_their_keys(server: Running, admin: httpx.Client) -> None:
    eve = join(server, admin, "Eve")
    id = find_user(admin, "Eve")["id"]
    key = data(eve.post("/api/v1/session/keys", json={"name": "laptop", "scopes": ["chat", "read"]}))
    bearer = {"authorization": f"Bearer {key['key']}"}
    ask = {"model": "openai/sim", "messages": [{"role": "user", "content": "Hi"}]}

    def by_key() -> int:
        url = f"{server.address}/v1/chat/completions"
        return httpx.post(url, json=ask, headers=bearer, timeout=GUARD, trust_env=False).status_code

    assert by_key() == 200
    spent = data(admin.patch(f"/api/v1/users/{id}", json={"budget": "0.000000000001"}))["spent"]
    assert spent is not None
    assert last_change(admin) == ("admin", "user.update", "Eve")
    assert by_key() == 402
    assert eve.post("/api/v1/chat", json={"model": "openai/sim", "text": "Hi"}).status_code == 402
    assert data(admin.patch(f"/api/v1/users/{id}", json={"budget": "5"}))["budget"]["amount"] == "5"
    assert by_key() == 200
    own = httpx.get(f"{server.address}/api/v1/usage?by=all", headers=bearer, timeout=GUARD, trust_env=False)
    assert data(own)["rows"] == data(eve.get("/api/v1/usage?by=all"))["rows"]
    assert admin.patch(f"/api/v1/keys/{key['id']}", json={"budget": "0.000000000001"}).status_code == 200
    assert by_key() == 402
    assert eve.post("/api/v1/chat", json={"model": "openai/sim", "text": "Hi"}).status_code == 200


def test_keys_of_ones_own_open_no_more_than_the_role_and_are_nobody_elses(server: Running, admin: httpx.Client) -> None:
    fay, gus = join(server, admin, "Fay"), join(server, admin, "Gus")
    refused = fay.post("/api/v1/session/keys", json={"name": "k", "scopes": ["chat", "admin"]})
    assert refused.status_code == 400
    assert "your role does not open 'admin'" in refused.text
    key = data(fay.post("/api/v1/session/keys", json={"name": "k", "scopes": ["chat"]}))
    url = f"/api/v1/session/keys/{key['id']}"
    assert [one["id"] for one in data(fay.get("/api/v1/session/keys"))["keys"]] == [key["id"]]
    assert data(gus.get("/api/v1/session/keys"))["keys"] == []
    assert gus.patch(url, json={"enabled": False}).status_code == 404
    assert gus.delete(url).status_code == 404
    assert fay.patch(url, json={"scopes": ["observe"]}).status_code == 400
    assert data(fay.patch(url, json={"name": "renamed"}))["name"] == "renamed"
    bearer = {"authorization": f"Bearer {key['key']}"}
    by_key = _browsers.enter_context(
        httpx.Client(base_url=server.address, headers=bearer, timeout=GUARD, trust_env=False)
    )
    assert by_key.post("/api/v1/session/keys", json={"name": "x", "scopes": ["chat"]}).status_code == 403
    assert by_key.put("/api/v1/session/password", json={"password": PASSWORD}).status_code == 403
    assert admin.get("/api/v1/session/keys").status_code == 403
    assert fay.delete(url).status_code == 200
    assert by_key.get("/api/v1/models").status_code == 401


@pytest.mark.parametrize(
    ("role", "allowed", "closed"),
    [
        ("viewer", ("usage", "metrics", "llm-providers", "cache"), ("users", "keys", "audit", "models")),
        ("member", ("usage", "conversations", "models", "prompts"), ("users", "keys", "audit", "cache")),
        ("admin", ("users", "keys", "audit", "cache", "usage", "models"), ()),
    ],
)
def test_a_role_opens_what_it_says(
    server: Running, admin: httpx.Client, role: str, allowed: tuple[str, ...], closed: tuple[str, ...]
) -> None:
    user = join(server, admin, f"the {role}", role)
    paths = {name: "/metrics" if name == "metrics" else f"/api/v1/{name}" for name in (*allowed, *closed)}
    assert [user.get(paths[name]).status_code for name in allowed] == [200] * len(allowed)
    assert [user.get(paths[name]).status_code for name in closed] == [403] * len(closed)
    assert user.post("/api/v1/chat", json={"text": "Hi"}).status_code == (403 if role == "viewer" else 200)
    assert user.post("/api/v1/users/invitations", json={}).status_code == (200 if role == "admin" else 403)


def test_whoever_is_disabled_or_deleted_is_out_with_all_that_is_open(server: Running, admin: httpx.Client) -> None:
    for how in ("disable", "delete", "viewer"):
        user = join(server, admin, f"to {how}")
        id = find_user(admin, f"to {how}")["id"]
        key = data(user.post("/api/v1/session/keys", json={"name": "k", "scopes": ["chat"]}))
        with (
            opened(server, CHAT, cookie(user), user.headers["x-pointsman-csrf"]) as by_page,
            opened(server, CHAT, {"authorization": f"Bearer {key['key']}"}) as by_key,
        ):
            change = {"disable": {"enabled": False}, "viewer": {"role": "viewer"}}.get(how)
            url = f"/api/v1/users/{id}"
            assert (admin.patch(url, json=change) if change else admin.delete(url)).status_code == 200
            assert read_to_close(by_page)[1] == 4401
            assert read_to_close(by_key)[1] == 4401
        assert user.post("/api/v1/chat", json={"text": "Hi"}).status_code == (403 if how == "viewer" else 401)
        if how != "viewer":
            assert client_of(server, name=f"to {how}", password=PASSWORD)[1].status_code == 401
    assert last_change(admin)[1] == "user.update"


def test_who_may_not_make_sense_of_a_user_is_told_so(admin: httpx.Client, server: Running) -> None:
    join(server, admin, "Hal")
    id = find_user(admin, "Hal")["id"]
    for change, wrong in (
        ({"role": "root"}, "role"),
        ({"role": None}, "role"),
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"budget": "-1"}, "budget"),
        ({"enabled": None}, "enabled"),
        ({"password": "x"}, "password"),
    ):
        answer = admin.patch(f"/api/v1/users/{id}", json=change)
        assert answer.status_code == 400, change
        assert wrong in answer.json()["error"]["message"]
    assert admin.patch("/api/v1/users/nobody", json={"role": "member"}).status_code == 404
    assert admin.post("/api/v1/users/invitations", json={"days": 31}).status_code == 400
