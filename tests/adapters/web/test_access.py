"""The front door: the gateway's keys, other hosts and pages, sign-in, bodies. Who may ask what: `test_route_table`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pointsman.core.security.virtual_key import SCOPES
from tests.patience import GUARD
from tests.served import Running, running

OPEN = ("/healthz", "/readyz", "/openapi.json", "/docs", "/", "/static/docs.js")
GATEWAY = (
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/responses"),
    ("POST", "/v1/completions"),
    ("POST", "/v1/embeddings"),
    ("POST", "/v1/audio/transcriptions"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/openai/sim"),
    ("POST", "/v1/messages"),
    ("POST", "/v1/messages/count_tokens"),
    ("POST", "/v1beta/models/openai/sim:generateContent"),
    ("POST", "/v1beta/models/openai/sim:countTokens"),
    ("GET", "/v1beta/models"),
    ("POST", "/api/chat"),
    ("POST", "/api/generate"),
    ("POST", "/api/embed"),
    ("GET", "/api/tags"),
    ("POST", "/api/show"),
    ("GET", "/api/ps"),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("access") / "home") as found:
        yield found


@pytest.fixture(scope="module")
def keys(server: Running) -> dict[str, str]:
    """A key for each scope."""
    with server.signed_in() as admin:
        return {
            scope: admin.post("/api/v1/keys", json={"name": scope, "scopes": [scope]}).json()["data"]["key"]
            for scope in SCOPES
        }


def call(server: Running, method: str, path: str, **headers: str) -> httpx.Response:
    """One request without any body that would make sense."""
    filled = path.replace("{name}", "nobody").replace("{id}", "nothing")
    return httpx.request(method, server.address + filled, headers=headers, timeout=GUARD, trust_env=False)


@pytest.mark.parametrize(("method", "path"), GATEWAY)
def test_the_gateway_wants_a_key_once_one_was_given_out(
    server: Running, keys: dict[str, str], method: str, path: str
) -> None:
    assert call(server, method, path).status_code == 401
    assert call(server, method, path, authorization="Bearer sk-other").status_code == 401
    assert call(server, method, path, **{"x-api-key": keys["read"]}).status_code == 403
    for header in ({"authorization": f"Bearer {keys['chat']}"}, {"x-api-key": keys["chat"]}):
        assert call(server, method, path, **header).status_code not in (401, 403, 405)
    assert call(server, method, f"{path}?key={keys['chat']}").status_code not in (401, 403, 405)


def test_without_any_key_the_gateway_is_open_on_loopback_and_nothing_else_is(tmp_path: Path) -> None:
    with running(tmp_path / "home") as fresh:
        assert call(fresh, "GET", "/v1/models").status_code == 200
        assert call(fresh, "GET", "/api/v1/usage").status_code == 401
        assert call(fresh, "GET", "/v1/models", authorization="Bearer sk-whatever").status_code == 200
        assert call(fresh, "GET", "/v1/models", authorization="Bearer pm-nonsense").status_code == 401


@pytest.mark.parametrize("path", OPEN)
def test_what_tells_nothing_is_open(server: Running, path: str) -> None:
    answer = call(server, "GET", path)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"


def test_metrics_are_for_who_may_look_at_the_whole_house(server: Running, keys: dict[str, str]) -> None:
    told = call(server, "GET", "/metrics", authorization=f"Bearer {keys['observe']}")
    assert "# TYPE pointsman_calls_total counter" in told.text


@pytest.mark.parametrize("path", ["/v1/models", "/api/v1/session", "/", "/api/tags"])
def test_other_names_and_other_pages_are_refused(server: Running, path: str) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example:80"):
        assert call(server, "GET", path, host=host).status_code == 421
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1"):
        assert call(server, "GET", path, origin=origin).status_code == 403
    assert call(server, "GET", path, origin=server.address).status_code != 403


def test_a_change_by_cookie_needs_the_word_of_the_page(server: Running) -> None:
    with server.signed_in() as admin:
        right = admin.headers["x-pointsman-csrf"]
        assert admin.delete("/api/v1/cache").status_code == 200
        for word in ("", "wrong", right[:-1]):
            answer = admin.delete("/api/v1/cache", headers={"x-pointsman-csrf": word})
            assert answer.status_code == 403
        assert admin.get("/api/v1/cache", headers={"x-pointsman-csrf": ""}).status_code == 200


def test_a_link_works_once_and_wrong_ones_are_slowed_down(tmp_path: Path) -> None:
    with (
        running(tmp_path / "home") as fresh,
        httpx.Client(base_url=fresh.address, timeout=GUARD, trust_env=False) as client,
    ):
        link = fresh.served.link
        assert client.post("/api/v1/session", json={"link": link}).status_code == 200
        cookie = client.cookies["pointsman_session"]
        assert client.get("/api/v1/session").json()["data"]["authenticated"] is True
        client.cookies.clear()
        assert client.post("/api/v1/session", json={"link": link}).status_code == 401
        statuses = [client.post("/api/v1/session", json={"password": "guess"}).status_code for _ in range(6)]
        assert statuses == [401, 401, 401, 401, 401, 429]
        client.cookies.set("pointsman_session", cookie)
        answer = client.get("/api/v1/session")
        assert answer.json()["data"]["authenticated"] is True


def test_the_cookie_is_for_this_page_alone(server: Running) -> None:
    link = server.served.site.sessions.new_link()
    answer = httpx.post(f"{server.address}/api/v1/session", json={"link": link}, timeout=GUARD, trust_env=False)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_a_password_is_set_asked_for_and_changed(tmp_path: Path) -> None:
    with running(tmp_path / "home") as fresh:
        with fresh.signed_in() as admin, fresh.signed_in() as other:
            url = "/api/v1/session/password"
            assert admin.put(url, json={"password": "short"}).status_code == 400
            assert admin.put(url, json={"password": "correct horse"}).status_code == 200
            assert admin.get("/api/v1/session").json()["data"]["password_set"] is True
            assert other.get("/api/v1/usage").status_code == 401
            assert admin.put(url, json={"password": "battery staple", "old": "wrong"}).status_code == 400
            assert admin.put(url, json={"password": "battery staple", "old": "correct horse"}).status_code == 200
            assert admin.delete("/api/v1/session").status_code == 200
            assert admin.get("/api/v1/usage").status_code == 401
        for password, status in (("correct horse", 401), ("battery staple", 200)):
            answer = httpx.post(
                f"{fresh.address}/api/v1/session", json={"password": password}, timeout=GUARD, trust_env=False
            )
            assert answer.status_code == status
        database = (tmp_path / "home" / "pointsman.db").read_bytes()
        assert b"battery staple" not in database


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/chat/completions", b"{" + b" " * (33 * 2**20) + b"}", 413),
        ("/v1/chat/completions", b"\xff\xfe", 400),
        ("/v1/chat/completions", b"[" * 100_000, 400),
        ("/api/v1/session", b"{" + b" " * (33 * 2**20) + b"}", 413),
        ("/api/v1/session", b"[1", 400),
        ("/api/v1/session", b'{"nobody": 1}', 400),
    ],
)
def test_odd_and_large_bodies_are_refused(
    server: Running, keys: dict[str, str], path: str, body: bytes, status: int
) -> None:
    headers = {"authorization": f"Bearer {keys['chat']}"}
    answer = httpx.post(server.address + path, content=body, headers=headers, timeout=GUARD, trust_env=False)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_headers_without_end_are_refused(server: Running) -> None:
    answer = call(server, "GET", "/healthz", **{f"x-{number}": "y" * 1000 for number in range(90)})
    assert answer.status_code == 431


def test_a_server_for_others_does_not_start_without_anybody_having_to_sign_in(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="set a password"), running(tmp_path / "home", host="0.0.0.0"):
        pass
    with running(tmp_path / "home") as fresh, fresh.signed_in() as admin:
        assert admin.put("/api/v1/session/password", json={"password": "correct horse"}).status_code == 200
    with running(tmp_path / "home", host="0.0.0.0") as reachable:
        port = reachable.address.rpartition(":")[2]
        answer = httpx.get(f"http://127.0.0.1:{port}/v1/models", timeout=GUARD, trust_env=False)
        assert answer.status_code == 401
        assert reachable.served.link is None


def test_an_id_that_the_client_gives_comes_back_and_an_odd_one_does_not(server: Running) -> None:
    assert call(server, "GET", "/healthz", **{"x-request-id": "abc-1.2_3"}).headers["x-request-id"] == "abc-1.2_3"
    made = call(server, "GET", "/healthz", **{"x-request-id": "a b\"'<"}).headers["x-request-id"]
    assert made.startswith("req_")
    assert len({call(server, "GET", "/healthz").headers["x-request-id"] for _ in range(3)}) == 3
