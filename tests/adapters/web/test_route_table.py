"""Every route, socket and stream × everybody who may come, made from the routes: a new one is in it, or it fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from pointsman.adapters.dialects.routing import PathTable
from pointsman.adapters.web.api_endpoint import ApiEndpoint
from pointsman.adapters.web.web_app import ENDPOINTS, web_app
from pointsman.core.security.virtual_key import SCOPES, KeyScope, covers
from pointsman.layers.endpoints import DIALECT_NAMES, load_dialect
from tests.adapters.web.test_open_connections import ask_in_private, bearer, change_elsewhere
from tests.patience import GUARD
from tests.served import KEY, SETTINGS, Running, running

OPEN = {"/healthz", "/readyz", "/openapi.json", "/docs", "/", "/worker.js", "/static/v.{path:path}"}
"""Plain routes that tell nothing of anybody."""
BY_SCOPE: dict[str, KeyScope] = {"/metrics": "observe"}
SHARED = {
    ("POST", "/api/v1/chat"),
    ("POST", "/api/v1/route/explain"),
    ("POST", "/api/v1/completions"),
    ("POST", "/api/v1/embeddings"),
    ("GET", "/api/v1/models"),
    ("GET", "/api/v1/llm-providers/{name}/models"),
    ("GET", "/api/v1/prompts"),
    ("POST", "/api/v1/prompts/preview"),
    ("GET", "/api/v1/tools"),
    ("POST", "/api/v1/conversations"),
    ("POST", "/api/v1/conversations/import"),
    ("POST", "/api/v1/conversations/imports"),
    ("GET", "/api/llm/models"),
    ("GET", "/api/v1/presets"),
    ("GET", "/api/v1/llm-providers/models"),
    ("POST", "/api/v1/llm-providers/completions"),
    ("POST", "/api/v1/llm-providers/embeddings"),
    ("GET", "/api/llm/presets"),
    ("GET", "/api/v1/connect"),
    ("POST", "/api/v1/compare"),
}
"""What needs `chat` or `read` and is the same for all who have it, but for the models that a key does not open."""
OWN = {
    ("GET", "/api/v1/conversations"),
    ("GET", "/api/v1/conversations/folders"),
    ("GET", "/api/v1/conversations/{id}"),
    ("GET", "/api/v1/conversations/{id}/export"),
    ("PATCH", "/api/v1/conversations/{id}"),
    ("DELETE", "/api/v1/conversations/{id}"),
    ("POST", "/api/v1/conversations/{id}/fork"),
    ("POST", "/api/v1/conversations/{id}/title"),
    ("POST", "/api/v1/memory"),
    ("DELETE", "/api/v1/memory/{id}"),
    ("GET", "/api/v1/session/keys"),
    ("POST", "/api/v1/session/keys"),
    ("PATCH", "/api/v1/session/keys/{id}"),
    ("DELETE", "/api/v1/session/keys/{id}"),
    ("PUT", "/api/v1/session/password"),
    ("GET", "/api/v1/memory"),
    ("GET", "/api/v1/usage"),
    ("GET", "/api/v1/usage/series"),
    ("GET", "/api/v1/usage/records"),
    ("GET", "/api/v1/budgets"),
    ("GET", "/api/v1/requests"),
    ("GET", "/api/v1/requests/export"),
    ("GET", "/api/v1/requests/{id}"),
    ("POST", "/api/v1/requests/{id}/replay"),
}
"""What needs `chat` or `read` and shows to each their own."""
OF_A_SESSION = "/api/v1/session/keys"
"""What no key opens, whatever its scopes: `test_users` says who may."""
SOCKETS: dict[str, KeyScope] = {"/api/v1/events": "read", "/api/v1/chat/socket": "chat"}
STREAMED = {
    "/api/v1/chat": {"text": "Hi"},
    "/api/v1/completions": {"prompt": "Hi"},
    "/api/v1/llm-providers/completions": {"prompt": "Hi"},
}
"""A body for each endpoint that streams."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    more = (
        '[[budgets]]\nname = "house"\nusd = 900\n[[budgets]]\nname = "each"\nusd = 90\nscope = "tenant"\n'
        '[models."openai/*"]\ninput = 1\noutput = 1\n'
    )
    with running(tmp_path_factory.mktemp("table") / "home", SETTINGS + more) as found:
        yield found


@pytest.fixture(scope="module")
def admin(server: Running) -> Iterator[httpx.Client]:
    with server.signed_in() as client:
        yield client


@pytest.fixture(scope="module")
def client(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.address, timeout=GUARD, trust_env=False) as found:
        yield found


def make(admin: httpx.Client, *scopes: str, **more: Any) -> Any:
    return admin.post("/api/v1/keys", json={"name": "table", "scopes": scopes, **more}).json()["data"]


def named(endpoint: ApiEndpoint) -> tuple[str, str]:
    return endpoint.method, endpoint.path


def routes() -> list[tuple[str, str, KeyScope]]:
    """Every closed route over HTTP, with what it needs."""
    api: list[tuple[str, str, KeyScope]] = [(one.method, one.path, one.scope) for one in ENDPOINTS if one.scope]
    return [*api, *(("GET", path, scope) for path, scope in BY_SCOPE.items())]


def gateway_routes() -> list[tuple[str, str]]:
    """Every method and path of every dialect, with a base path of the dialect before those that have none."""
    dialects = tuple(map(load_dialect, DIALECT_NAMES))
    table, found = PathTable(dialects), list[tuple[str, str]]()
    for dialect in dialects:
        for route in dialect.routes:
            own = route.pattern.replace("{model}", "sim")
            paths = [
                path for path in (own, *(base + own for base in dialect.bases)) if table.find(route.method, path, {})
            ]
            assert paths, own
            found.append((route.method, paths[0]))
    return list(dict.fromkeys(found))


def request(client: httpx.Client, method: str, path: str, headers: dict[str, str]) -> int:
    filled = path.replace("{name}", "nobody").replace("{id}", "nothing").replace("{user}", "nobody")
    return client.request(method, filled, headers=headers).status_code


def test_every_route_is_known_to_this_table(server: Running) -> None:
    dialects = tuple(load_dialect(name) for name in DIALECT_NAMES)
    inner = web_app(server.served.site, dialects).inner
    assert isinstance(inner, Starlette)
    plain = {one.path for one in inner.routes if isinstance(one, Route)} - {one.path for one in ENDPOINTS}
    assert plain == OPEN | BY_SCOPE.keys()
    assert {one.path for one in inner.routes if isinstance(one, WebSocketRoute)} == SOCKETS.keys()
    unclassified = {named(one) for one in ENDPOINTS if one.scope in ("chat", "read")} ^ (SHARED | OWN)
    assert not unclassified, "say whether it shows to each their own (OWN), or the same to all (SHARED)"
    assert {one.path for one in ENDPOINTS if one.streams} == STREAMED.keys()
    assert {named(one) for one in ENDPOINTS if one.scope is None} == {
        *((method, "/api/v1/session") for method in ("GET", "POST", "DELETE")),
        *(("GET", f"/api/v1/session/oidc{rest}") for rest in ("", "/callback")),
    }


@pytest.mark.parametrize("who", ["nobody", "wrong key", "wrong cookie", "expired", "disabled", "deleted"])
def test_who_has_nothing_that_opens_is_sent_away_everywhere(
    admin: httpx.Client, client: httpx.Client, server: Running, who: str
) -> None:
    key = make(admin, *SCOPES, expires=1.0 if who == "expired" else None)
    headers = bearer(key)
    if who == "nobody":
        headers = {}
    elif who.startswith("wrong"):
        headers = {"authorization": "Bearer pm-wrong"} if who == "wrong key" else {"cookie": "pointsman_session=guess"}
    elif who == "disabled":
        admin.patch(f"/api/v1/keys/{key['id']}", json={"enabled": False})
    elif who == "deleted":
        admin.delete(f"/api/v1/keys/{key['id']}")
    wrong = [(m, path) for m, path, _ in routes() if request(client, m, path, headers) != 401]
    wrong += [(m, path) for m, path in gateway_routes() if client.request(m, path, headers=headers).status_code != 401]
    assert wrong == []
    for path in SOCKETS:
        assert close_code(server, path, headers) == 4401


def close_code(server: Running, path: str, headers: dict[str, str]) -> int | None:
    with connect(server.address.replace("http", "ws") + path, additional_headers=headers, proxy=None) as socket:
        try:
            socket.recv(timeout=GUARD)
        except ConnectionClosed:
            return socket.close_code
    return None


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_opens_what_needs_it_and_nothing_else(
    admin: httpx.Client, client: httpx.Client, server: Running, scope: KeyScope
) -> None:
    headers = bearer(make(admin, scope))
    wrong = []
    for method, path, needed in routes():
        status = request(client, method, path, headers)
        if path.startswith(OF_A_SESSION):
            wrong += [(method, path, needed, status)] if status not in (403, 400) else []
        elif (status == 403) == covers([scope], needed) or status in (401, 405):
            wrong.append((method, path, needed, status))
    for method, path in gateway_routes():
        status = client.request(method, path, headers=headers).status_code
        if (status == 403) == covers([scope], "chat") or status in (401, 405):
            wrong.append((method, path, "chat", status))
    assert wrong == []
    for path, needed in SOCKETS.items():
        if needed != scope:
            assert close_code(server, path, headers) == 4401


@pytest.mark.parametrize("path", SOCKETS)
def test_a_socket_ends_with_its_key_whatever_was_said_on_it(server: Running, admin: httpx.Client, path: str) -> None:
    key = make(admin, SOCKETS[path])
    address = server.address.replace("http", "ws") + path
    with connect(address, additional_headers=bearer(key), proxy=None) as socket:
        change_elsewhere(server, key["id"])
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=GUARD)
        assert socket.close_code == 4401


@pytest.mark.parametrize("path", STREAMED)
def test_a_stream_ends_with_its_key(server: Running, admin: httpx.Client, client: httpx.Client, path: str) -> None:
    key = make(admin, "chat")
    body = {**STREAMED[path], "model": "openai/sim-stall", "stream": True}
    with client.stream("POST", path, json=body, headers=bearer(key)) as answer:
        assert answer.status_code == 200
        change_elsewhere(server, key["id"])
        assert "there is no such key" in answer.read().decode()


def test_what_is_anothers_is_seen_by_nobody_else(server: Running, admin: httpx.Client, client: httpx.Client) -> None:
    ann, bob = (make(admin, "chat", "read", budget="9.99") for _ in range(2))
    chief = make(admin, "chat", "read", "admin")
    mine = ask_in_private(server, bearer(bob), "fig-of-bob")
    theirs = ask_in_private(server, bearer(ann), "plum-of-ann")
    calls = [client.get("/api/v1/requests", headers=bearer(one)).json()["data"]["requests"] for one in (bob, ann)]
    assert (
        client.post("/api/v1/memory", json={"text": "it is secret-of-chief"}, headers=bearer(chief)).status_code == 200
    )
    told = client.post("/api/v1/memory", json={"text": "it is plum-of-ann"}, headers=bearer(ann)).json()["data"]
    for method, path in sorted(OWN):
        if path == "/api/v1/memory/{id}":
            client.request(method, path.replace("{id}", told["id"]), headers=bearer(bob))
            left = client.get("/api/v1/memory", headers=bearer(ann)).json()["data"]["memories"]
            assert [one["id"] for one in left] == [told["id"]], "nobody forgets what another has said"
        if path.startswith("/api/v1/requests/{id}"):
            body = {"model": "openai/sim"} if method == "POST" else None
            other = client.request(method, path.replace("{id}", calls[1][0]["id"]), headers=bearer(bob), json=body)
            assert other.status_code == 404
            continue
        if path.startswith("/api/v1/conversations/{id}"):
            body = {"title": "mine"} if method == "PATCH" else None
            other = client.request(method, path.replace("{id}", theirs), headers=bearer(bob), json=body)
            assert other.status_code == 404
        if method == "GET" and "{id}" in path:
            assert client.get(path.replace("{id}", mine), headers=bearer(bob)).status_code == 200
        if method != "GET" or "{id}" in path or path.startswith(OF_A_SESSION):
            continue
        answer = client.get(path, headers=bearer(bob))
        assert answer.status_code == 200, path
        shown = [word for word in ("plum", theirs, ann["id"], "secret-of-chief", "house|") if word in answer.text]
        assert shown == [], path
    sums = [client.get("/api/v1/usage?by=all", headers=bearer(one)).json()["data"]["rows"] for one in (bob, chief)]
    assert sums[0][0]["calls"] == 1
    assert sums[1][0]["calls"] > 1
    figures = client.get("/api/v1/usage/series?steps=1", headers=bearer(bob)).json()["data"]["rows"]
    assert sum(one["calls"] for one in figures) == 1
    accounts = [one["account"] for one in client.get("/api/v1/budgets", headers=bearer(bob)).json()["data"]["budgets"]]
    assert sorted(one.partition("|")[0] for one in accounts) == ["each", f"key-{bob['id']}"]
    watcher = make(admin, "observe")
    for path in ("/api/v1/usage", "/api/v1/budgets", "/api/v1/conversations", "/api/v1/usage/records"):
        assert client.get(path, headers=bearer(watcher)).status_code == 403
    everybodys = bearer(make(admin, "read", "observe"))
    assert client.get("/api/v1/usage?by=all", headers=everybodys).json()["data"]["rows"][0]["calls"] > 1
    assert client.get("/api/v1/usage/records", headers=everybodys).json()["data"]["records"] == []
    assert client.get("/api/v1/conversations", headers=everybodys).json()["data"]["conversations"] == []
    assert KEY not in client.get("/api/v1/llm-providers", headers=bearer(watcher)).text


MODEL_LISTS = ("/v1/models", "/v1beta/models", "/api/tags", "/api/v1/models")


def test_a_list_of_models_shows_those_that_the_key_opens(admin: httpx.Client, client: httpx.Client) -> None:
    narrow, wide = make(admin, "chat", "read", models=["anthropic/*"]), make(admin, "chat", "read")
    for path in MODEL_LISTS:
        shown, every = (client.get(path, headers=bearer(one)).text for one in (narrow, wide))
        assert "anthropic/" in shown, path
        assert "openai/sim" in every, path
        assert "openai/sim" not in shown, path
        assert '"auto' not in shown, path
    one = "/v1/models/openai/sim"
    assert [client.get(one, headers=bearer(key)).status_code for key in (narrow, wide)] == [404, 200]
    listed = client.get("/api/v1/llm-providers/openai/models", headers=bearer(narrow)).json()["data"]["models"]
    assert listed == []
    assert "sim" in client.get("/api/llm/models", headers=bearer(wide)).text
    assert "sim" not in client.get("/api/llm/models", headers=bearer(narrow)).text
    explained = client.post("/api/v1/route/explain", json={"text": "Hi", "model": "openai/sim"}, headers=bearer(narrow))
    assert explained.status_code == 403
    assert json.loads(explained.text)["error"]["tag"] == "AuthenticationFailed"
