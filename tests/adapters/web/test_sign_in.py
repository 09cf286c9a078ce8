"""Sign-in by OpenID Connect, with a strict provider on a real socket: who comes in, who does not, and what is whose."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from pointsman.core.security.identity import RENEWED_SECONDS
from pointsman.core.security.virtual_key import digest_of
from tests.adapters.oidc.strict_provider import CLIENT, SECRET, StrictProvider, strict_provider
from tests.adapters.web.test_users import data
from tests.patience import GUARD
from tests.served import SETTINGS, Running, running

HERE = "/api/v1/session/oidc"
FAULTS = (
    *("alg none", "HS256", "nonce", "no nonce", "audience", "audiences", "issuer", "expired", "tampered"),
    *("other key", "no subject"),
)


@pytest.fixture(scope="module")
def provider() -> Iterator[StrictProvider]:
    with strict_provider() as made:
        yield made


@pytest.fixture(scope="module")
def server(provider: StrictProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    oidc = (
        f'[oidc]\nissuer = "{provider.issuer}"\nclient_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n'
        'title = "the house"\n[oidc.roles]\nstaff = "member"\nguests = "viewer"\n'
        '[models."openai/*"]\ninput = 1\noutput = 1\n'
    )
    with running(tmp_path_factory.mktemp("oidc") / "home", SETTINGS + oidc) as found:
        yield found


@pytest.fixture(autouse=True)
def as_it_was(provider: StrictProvider) -> None:
    provider.subject, provider.claims, provider.fault = "ann", {"groups": ["staff"]}, ""


def browser(server: Running) -> httpx.Client:
    return httpx.Client(base_url=server.address, headers={"accept": "text/html"}, timeout=GUARD, trust_env=False)


def bring_back(client: httpx.Client) -> str:
    """Go to the provider; the address by which it sends the browser back."""
    left = client.get(HERE)
    assert left.status_code == 303, left.text
    asked = httpx.get(left.headers["location"], timeout=GUARD, trust_env=False)
    return str(asked.headers["location"])


def sign_in(client: httpx.Client) -> httpx.Response:
    """All of it; the page that the person sees."""
    answer = client.get(bring_back(client))
    if answer.status_code == 303:
        assert str(answer.url.join(answer.headers["location"])) == f"{str(client.base_url).rstrip('/')}/"
        client.headers["x-pointsman-csrf"] = data(client.get("/api/v1/session"))["csrf"]
    return answer


@contextmanager
def as_user(server: Running, provider: StrictProvider, subject: str, **claims: Any) -> Iterator[httpx.Client]:
    provider.subject, provider.claims = subject, {"groups": ["staff"], **claims}
    with browser(server) as client:
        answer = sign_in(client)
        assert answer.status_code == 303, answer.text
        yield client


def test_two_users_sign_in_and_neither_sees_bills_or_continues_what_is_the_others(
    server: Running, provider: StrictProvider
) -> None:
    mail = {"email": "one@same.example", "name": "Kim"}
    with as_user(server, provider, "1", **mail) as one, as_user(server, provider, "2", **mail) as two:
        first, second = (data(client.get("/api/v1/session")) for client in (one, two))
        assert (first["user"], first["role"], first["sign_in_by"]) == ("Kim", "member", "the house")
        assert second["user"].startswith("Kim ")
        talk = data(one.post("/api/v1/conversations", json={"title": "plums"}))["id"]
        asked = {"model": "openai/sim", "text": "plum", "conversation": talk}
        assert one.post("/api/v1/chat", json=asked).status_code == 200
        memory = data(one.post("/api/v1/memory", json={"text": "likes plums"}))["id"]
        key = data(one.post("/api/v1/session/keys", json={"name": "k", "scopes": ["chat"]}))
        assert two.post("/api/v1/chat", json=asked).status_code == 404
        assert two.get(f"/api/v1/conversations/{talk}").status_code == 404
        assert two.delete(f"/api/v1/session/keys/{key['id']}").status_code == 404
        assert data(two.delete(f"/api/v1/memory/{memory}"))["forgotten"] is False
        for path in ("conversations", "memory", "usage", "usage/records", "budgets", "session/keys"):
            assert "plum" not in two.get(f"/api/v1/{path}").text, path
        assert data(two.get("/api/v1/usage?by=all"))["rows"] == []
        assert data(one.get("/api/v1/usage?by=all"))["rows"][0]["calls"] == 1
        with as_user(server, provider, "1", name="Another name", groups=["guests"]) as again:
            now = data(again.get("/api/v1/session"))
            assert (now["user"], now["role"]) == ("Kim", "viewer")  # it is the subject that counts; the role is new
            assert talk in again.get("/api/v1/conversations").text
            assert one.post("/api/v1/chat", json=asked).status_code == 403  # in the other browser, too
            assert one.delete("/api/v1/session").status_code == 200
            assert one.get("/api/v1/conversations").status_code == 401
            assert again.get("/api/v1/conversations").status_code == 200


@pytest.mark.parametrize("fault", FAULTS)
def test_a_token_with_a_fault_signs_nobody_in(server: Running, provider: StrictProvider, fault: str) -> None:
    provider.fault, provider.subject = fault, "faulty"
    with browser(server) as client:
        answer = sign_in(client)
        assert (answer.status_code, "has not signed you in: its token" in answer.text) == (401, True), answer.text
        assert "pointsman_session" not in client.cookies
        assert SECRET not in answer.text
        assert data(client.get("/api/v1/session"))["authenticated"] is False


def test_a_code_is_good_once_in_the_browser_that_asked_for_it(server: Running, provider: StrictProvider) -> None:
    with browser(server) as mine, browser(server) as other, browser(server) as third:
        back = bring_back(mine)
        other.get(HERE)  # it has a word of its own
        for client in (other, third):
            stolen = client.get(back)
            assert (stolen.status_code, "another browser" in stolen.text) == (401, True)
        cookie = mine.cookies["pointsman_sign_in"]
        assert mine.get(back).status_code == 303
        assert "pointsman_sign_in" not in mine.cookies
        again = httpx.get(back, headers={"cookie": f"pointsman_sign_in={cookie}"}, timeout=GUARD, trust_env=False)
        assert (again.status_code, "invalid_grant" in again.text) == (401, True), again.text


def test_a_code_with_another_verifier_is_refused_by_the_provider(server: Running, provider: StrictProvider) -> None:
    with browser(server) as mine, browser(server) as other:
        code = parse_qs(urlsplit(bring_back(mine)).query)["code"][0]
        state = parse_qs(urlsplit(bring_back(other)).query)["state"][0]
        injected = other.get(f"{HERE}/callback", params={"code": code, "state": state})
        assert (injected.status_code, "invalid_grant" in injected.text) == (401, True), injected.text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"error": "access_denied"}, "you have declined"),
        ({"error": "<script>", "error_description": "call +1 555"}, "the provider has refused"),
        ({"code": "x", "iss": "https://another.example"}, "is another provider"),
        ({}, "has sent no code"),
    ],
)
def test_what_the_provider_sends_instead_of_a_code_is_one_sentence(
    server: Running, query: dict[str, str], said: str
) -> None:
    with browser(server) as client:
        state = parse_qs(urlsplit(client.get(HERE).headers["location"]).query)["state"][0]
        answer = client.get(f"{HERE}/callback", params={**query, "state": state})
        assert (answer.status_code, answer.headers["content-type"]) == (401, "text/html; charset=utf-8")
        assert said in answer.text
        assert not re.search("script|555", answer.text)


@pytest.mark.parametrize(
    "claims", [{}, {"groups": []}, {"groups": "others"}, {"groups": {"staff": 1}}, {"role": "staff"}]
)
def test_who_has_no_role_is_nobody(server: Running, provider: StrictProvider, claims: dict[str, Any]) -> None:
    provider.subject, provider.claims = "stranger", claims
    with browser(server) as client, server.signed_in() as admin:
        answer = sign_in(client)
        assert (answer.status_code, "has no role here" in answer.text) == (403, True)
        assert "stranger" not in admin.get("/api/v1/users").text
        assert data(client.get("/api/v1/session"))["authenticated"] is False


def test_who_loses_the_role_is_out_with_their_keys_until_an_admin_says_otherwise(
    server: Running, provider: StrictProvider
) -> None:
    with as_user(server, provider, "leaver", name="Lea") as lea, server.signed_in() as admin:
        key = data(lea.post("/api/v1/session/keys", json={"name": "k", "scopes": ["chat", "read"]}))["key"]
        provider.claims = {"groups": []}
        with browser(server) as later:
            assert sign_in(later).status_code == 403
            assert lea.get("/api/v1/conversations").status_code == 401
            bearer = {"authorization": f"Bearer {key}"}
            assert httpx.get(f"{server.address}/v1/models", headers=bearer, trust_env=False).status_code == 401
            provider.claims = {"groups": ["staff"]}
            assert sign_in(later).status_code == 403
            id = next(one["id"] for one in data(admin.get("/api/v1/users"))["users"] if one["name"] == "Lea")
            assert admin.patch(f"/api/v1/users/{id}", json={"enabled": True}).status_code == 200
            assert sign_in(later).status_code == 303


def test_a_session_by_the_provider_ends_after_a_while_so_that_it_is_asked_again(
    server: Running, provider: StrictProvider
) -> None:
    with as_user(server, provider, "long") as client:
        answer = client.put("/api/v1/session/password", json={"password": "of their own making"})
        assert (answer.status_code, "by a provider" in answer.text) == (403, True)
        digest = digest_of(client.cookies["pointsman_session"])
        assert client.get("/api/v1/conversations").status_code == 200
        with closing(sqlite3.connect(server.home / "pointsman.db", timeout=GUARD)) as database, database:
            database.execute("UPDATE session SET began = began - ? WHERE digest = ?", (RENEWED_SECONDS, digest))
        server.served.site.authority.forget()
        assert client.get("/api/v1/conversations").status_code == 401


def test_the_secret_of_the_client_is_shown_nowhere(server: Running) -> None:
    with server.signed_in() as admin:
        for path in ("/api/v1/session", "/openapi.json", "/api/v1/audit", "/api/llm/settings", HERE):
            answer = admin.get(path)
            assert SECRET not in answer.text + str(answer.headers), path
    assert SECRET not in repr(server.served.site)


def test_a_provider_that_is_not_there_is_one_sentence(tmp_path_factory: pytest.TempPathFactory) -> None:
    oidc = '[oidc]\nissuer = "http://127.0.0.1:9"\nclient_id = "x"\n'
    with running(tmp_path_factory.mktemp("gone") / "home", SETTINGS + oidc) as found, browser(found) as client:
        answer = client.get(HERE)
        assert (answer.status_code, "the sign-in provider cannot be used" in answer.text) == (502, True)
    with running(tmp_path_factory.mktemp("none") / "home") as found, browser(found) as client:
        assert client.get(HERE).status_code == 404
        assert data(client.get("/api/v1/session"))["sign_in_by"] is None
