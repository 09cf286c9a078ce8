"""A provider's key goes to no other address than the one it was given for, whoever asks, and tests leave a trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import attrs
import httpx
import pytest

from pointsman.core.security.key_destination import destination_of, moved_secrets
from pointsman.core.security.secret import Secret
from pointsman.core.settings import ProviderSettings
from pointsman.layers.settings.parse import parse_settings
from pointsman.layers.settings.sources import Arguments
from pointsman.services.ports.settings_store import StoredSettings
from tests.served import KEY, Running, running

SAVED = "sk-saved-in-the-database-0123456789"


@contextmanager
def trap() -> Iterator[tuple[str, list[str]]]:
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(str(self.headers))
            self.send_response(404)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", heard
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("destination") / "home") as found:
        yield found


@pytest.fixture
def admin(server: Running) -> Iterator[httpx.Client]:
    with server.signed_in() as client:
        yield client


def trail(admin: httpx.Client) -> list[Any]:
    entries: list[Any] = admin.get("/api/v1/audit").json()["data"]["entries"]
    return entries


def test_no_door_sends_a_key_that_it_does_not_show_to_another_address(server: Running, admin: httpx.Client) -> None:
    url = "/api/v1/llm-providers"
    made = {"name": "saved", "kind": "openai", "base_url": f"{server.upstream.address}/v1", "api_key": SAVED}
    assert admin.post(url, json={**made, "headers": {"x-team": "a secret of its own"}}).status_code == 200
    masked = admin.get(f"{url}/saved").json()["data"]["api_key"]
    assert SAVED not in masked
    with trap() as (elsewhere, heard):
        tries = [
            admin.post(f"{url}/saved/test", json={"base_url": elsewhere}),
            admin.post(f"{url}/saved/test", json={"base_url": elsewhere, "api_key": masked}),
            admin.patch(f"{url}/saved", json={"base_url": elsewhere}),
            admin.put(f"{url}/saved", json={"base_url": elsewhere, "api_key": masked}),
            admin.post("/api/llm/settings", json={"provider": "saved", "base_url": elsewhere}),
            # of the settings file, too, whose key nobody has saved
            admin.post(f"{url}/openai/test", json={"base_url": elsewhere}),
            admin.patch(f"{url}/openai", json={"base_url": elsewhere}),
            # with the key, but not with the header that is as secret
            admin.post(f"{url}/saved/test", json={"base_url": elsewhere, "api_key": "sk-new-0123456789"}),
        ]
        for answer in tries:
            assert answer.status_code == 400, answer.text
            problem = answer.json()["error"]["message"]
            assert "give it again to send it to" in problem
            assert SAVED not in problem
        assert heard == []
        new = {"base_url": elsewhere, "api_key": "sk-new-0123456789", "headers": {"x-team": None}}
        told = admin.post(f"{url}/saved/test", json=new)
        assert told.status_code == 200
        assert "sk-new-0123456789" in heard[0]
        assert not [one for one in heard if SAVED in one or KEY in one or "a secret of its own" in one]
    same = f"{server.upstream.address.upper().replace('HTTP', 'http')}/v1/"
    assert admin.patch(f"{url}/saved", json={"base_url": same, "temperature": 0.5}).status_code == 200
    assert admin.patch(f"{url}/saved", json={"api_key": None, "headers": {"x-team": None}}).status_code == 200
    assert admin.patch(f"{url}/saved", json={"base_url": "http://127.0.0.1:9/v1"}).status_code == 200


def test_a_test_of_a_provider_stands_in_the_trail_before_it_is_made(server: Running, admin: httpx.Client) -> None:
    url = "/api/v1/llm-providers"
    with trap() as (elsewhere, _):
        new = {"base_url": elsewhere, "api_key": "sk-new-0123456789"}
        assert admin.post(f"{url}/openai/test", json=new).status_code == 200
        entry = trail(admin)[0]
        assert (entry["what"], entry["target"], entry["who"]) == ("provider.test", "openai", "admin")
        changed = {one["field"]: one["to"] for one in entry["changes"]}
        assert changed["base_url"] == elsewhere
        assert "sk-new" not in str(entry)
    assert admin.post(f"{url}/openai/test", json={}).status_code == 200
    assert [one["field"] for one in trail(admin)[0]["changes"]] == ["base_url"]


OLD = ProviderSettings(name="a", kind="openai", api_key=Secret("k"), headers={"h": Secret("s")})


@pytest.mark.parametrize(
    ("change", "is_moved"),
    [
        ({"base_url": "https://api.openai.com/v2"}, False),
        ({"base_url": "https://API.openai.com:443"}, False),
        ({"model": "m"}, False),
        ({"proxy": "http://p:1"}, False),
        ({"base_url": "http://api.openai.com/v1"}, True),
        ({"base_url": "https://api.openai.com:444/v1"}, True),
        ({"base_url": "https://api.openai.com.evil.example"}, True),
        ({"base_url": "https://api.openai.com@evil.example"}, True),
        ({"base_url": "https://["}, True),
        ({"kind": "anthropic"}, True),
        ({"verify_tls": False}, True),
        ({"proxy": "http://p:1", "verify_tls": False}, True),
    ],
)
def test_an_address_is_another_by_scheme_host_port_or_by_who_can_listen(change: Any, is_moved: bool) -> None:
    usual = {"openai": "https://api.openai.com/v1", "anthropic": "https://api.anthropic.com"}
    new = attrs.evolve(OLD, **change)
    both = (usual["openai"], usual[new.kind])
    assert bool(moved_secrets(OLD, new, change.keys(), (), both)) is is_moved
    assert moved_secrets(OLD, new, {*change, "api_key"}, ("h",), both) == ()
    assert len(moved_secrets(OLD, new, {*change, "api_key"}, (), both)) == int(is_moved)


def test_a_proxy_of_a_connection_that_it_can_read_is_part_of_the_address() -> None:
    one = ProviderSettings(name="a", base_url="http://10.0.0.1/v1", api_key=Secret("k"))
    assert destination_of(one, None) != destination_of(attrs.evolve(one, proxy="http://p:1"), None)


@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_saved_address_does_not_get_the_key_of_environment_or_file(where: str) -> None:
    environment = {"OPENAI_API_KEY": "sk-env"} if where == "environment" else {}
    files = [] if environment else [("p.toml", b'[providers.openai]\napi_key = "sk-env"\nheaders = {x-h = "s"}\n')]

    def read(**saved: Any) -> ProviderSettings | None:
        stored = StoredSettings(providers={"openai": ProviderSettings(name="openai", **saved)})
        found = parse_settings(environment, files, Arguments(), stored)
        return found.unwrap().providers.get("openai") if found.value_or(None) else None

    same = read(model="gpt-4o")
    assert same is not None
    assert same.api_key == Secret("sk-env")
    assert (moved := read(base_url="http://evil.example/v1")) is None or (moved.api_key, moved.headers) == (None, {})
    own = read(base_url="http://other.example/v1", api_key=Secret("sk-own"))
    assert own is not None
    assert (own.api_key, own.headers) == (Secret("sk-own"), {})


def test_the_secret_of_this_server_goes_to_no_other_provider_of_identities(admin: httpx.Client) -> None:
    one = {"issuer": "http://127.0.0.1:9", "client_id": "x", "client_secret": "a secret of its own"}
    path = "/api/v1/settings/oidc"
    assert admin.put(path, json={"value": one}).status_code == 200
    kept = {**one, "client_secret": {"is_set": True}}
    assert admin.put(path, json={"value": {**kept, "title": "Us"}}).status_code == 200
    moved = admin.put(path, json={"value": {**kept, "issuer": "http://127.0.0.1:7"}})
    assert (moved.status_code, "give it again" in moved.text) == (422, True), moved.text
    anew = {**one, "issuer": "http://127.0.0.1:7"}
    assert admin.put(path, json={"value": anew}).status_code == 200


def test_a_saved_issuer_does_not_get_the_secret_of_the_file() -> None:
    file = b'[oidc]\nissuer = "https://one.example"\nclient_id = "x"\nclient_secret = "s"\n'

    def read(**saved: str) -> Secret | None:
        stored = StoredSettings(values={"oidc": dict(saved)})
        return parse_settings({}, [("p.toml", file)], Arguments(), stored).unwrap().oidc.client_secret

    assert read(title="Us") == read(issuer="https://one.example") == Secret("s")
    assert read(issuer="https://evil.example") is None
    assert read(issuer="https://evil.example", client_secret="own") == Secret("own")
