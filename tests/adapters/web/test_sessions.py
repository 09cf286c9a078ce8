"""Who is signed in is so in every process, also after a restart; and who guesses passwords locks out nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pointsman.core.security.passwords import MOST_OF_ONE, name_guesser
from tests.adapters.web.test_open_connections import CHAT, EVENTS, cookie, opened, read_to_close
from tests.patience import GUARD
from tests.served import Running, running

PASSWORD = "correct horse"


def at(server: Running, cookies: Any = None) -> httpx.Client:
    return httpx.Client(base_url=server.address, timeout=GUARD, trust_env=False, cookies=cookies)


def is_signed_in(server: Running, cookies: Any) -> bool:
    with at(server, cookies) as client:
        return bool(client.get("/api/v1/session").json()["data"]["authenticated"])


def try_password(client: httpx.Client, password: str) -> httpx.Response:
    return client.post("/api/v1/session", json={"password": password})


def token_of(client: httpx.Client) -> dict[str, str]:
    return {"pointsman_session": client.cookies["pointsman_session"]}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sessions") / "home"


@pytest.fixture(scope="module")
def pair(home: Path) -> Iterator[tuple[Running, Running]]:
    with running(home) as one, running(home) as other:
        yield one, other


def test_a_session_outlives_a_restart_and_stands_in_the_file_as_a_digest(tmp_path: Path) -> None:
    with running(tmp_path / "home") as server, server.signed_in() as admin:
        cookies, csrf = token_of(admin), admin.headers["x-pointsman-csrf"]
    with running(tmp_path / "home") as again, at(again, cookies) as client:
        assert client.get("/api/v1/usage").status_code == 200
        assert client.get("/api/v1/session").json()["data"]["csrf"] == csrf
        assert client.delete("/api/v1/cache").status_code == 403
        assert client.delete("/api/v1/cache", headers={"x-pointsman-csrf": csrf}).status_code == 200
    for file in (tmp_path / "home").glob("pointsman.db*"):
        data = file.read_bytes()
        assert cookies["pointsman_session"].encode() not in data
        assert csrf.encode() not in data


@pytest.mark.parametrize("path", [EVENTS, CHAT])
def test_signing_out_or_a_new_password_ends_sessions_and_their_sockets_in_every_process(
    pair: tuple[Running, Running], path: str
) -> None:
    one, other = pair
    with one.signed_in() as admin:
        token = token_of(admin)
        assert is_signed_in(other, token)
        with opened(other, path, cookie(admin), admin.headers["x-pointsman-csrf"]) as socket:
            admin.delete("/api/v1/session")
            assert read_to_close(socket)[1:] == (4401, "the session is over; sign in again")
        assert not is_signed_in(other, token)
    with one.signed_in() as stays, other.signed_in() as goes:
        old = {"old": PASSWORD} if stays.get("/api/v1/session").json()["data"]["password_set"] else {}
        with opened(other, path, cookie(goes), goes.headers["x-pointsman-csrf"]) as socket:
            changed = stays.put("/api/v1/session/password", json={"password": PASSWORD, **old})
            assert changed.status_code == 200
            assert read_to_close(socket)[1] == 4401
        assert not is_signed_in(other, token_of(goes))
        assert is_signed_in(one, token_of(stays))
        assert is_signed_in(other, token_of(stays))


def test_guesses_at_the_same_time_in_two_processes_are_all_counted_before_one_is_tried(tmp_path: Path) -> None:
    with running(tmp_path / "home") as one, running(tmp_path / "home") as other:
        with one.signed_in() as admin:
            assert admin.put("/api/v1/session/password", json={"password": PASSWORD}).status_code == 200
        statuses: list[int] = []

        def guess(server: Running) -> None:
            with at(server) as client:
                statuses.append(try_password(client, "a wrong guess").status_code)

        threads = [threading.Thread(target=guess, args=((one, other)[number % 2],)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [401] * MOST_OF_ONE + [429] * (16 - MOST_OF_ONE)
        with at(one) as client:
            refused = try_password(client, PASSWORD)
            assert refused.status_code == 429
            assert 0 < int(refused.headers["retry-after"]) <= 60


def test_who_has_signed_in_before_gets_in_while_strangers_guess_from_the_same_address(tmp_path: Path) -> None:
    with running(tmp_path / "home") as server:
        with server.signed_in() as admin:
            assert admin.put("/api/v1/session/password", json={"password": PASSWORD}).status_code == 200
        with at(server) as owner, at(server) as stranger:
            signed_in = try_password(owner, PASSWORD)
            assert signed_in.status_code == 200
            mark = next(one for one in signed_in.headers.get_list("set-cookie") if one.startswith("pointsman_known="))
            assert "httponly" in mark.lower()
            assert "samesite=strict" in mark.lower()
            for _ in range(MOST_OF_ONE):
                assert try_password(stranger, "a wrong guess").status_code == 401
            assert try_password(stranger, PASSWORD).status_code == 429
            assert (
                owner.delete(
                    "/api/v1/session", headers={"x-pointsman-csrf": signed_in.json()["data"]["csrf"]}
                ).status_code
                == 200
            )
            stranger.cookies.set("pointsman_known", "made up")
            assert try_password(stranger, PASSWORD).status_code == 429
            assert try_password(owner, "a slip").status_code == 401
            assert try_password(owner, PASSWORD).status_code == 200
            # a link that was printed opens, whoever guesses
            link = server.served.site.sessions.new_link()
            assert stranger.post("/api/v1/session", json={"link": link}).status_code == 200
            # who knows only the mark of the browser knows nothing
            owner.cookies.delete("pointsman_session")
            assert owner.get("/api/v1/usage").status_code == 401
            wrong = [try_password(owner, "a wrong guess").status_code for _ in range(MOST_OF_ONE + 1)]
            assert wrong == [401] * (MOST_OF_ONE - 1) + [429] * 2  # the slip counts, too


def test_the_old_password_is_no_oracle_for_who_has_a_session(pair: tuple[Running, Running]) -> None:
    one, _ = pair
    with one.signed_in() as admin:
        if not admin.get("/api/v1/session").json()["data"]["password_set"]:
            assert admin.put("/api/v1/session/password", json={"password": PASSWORD}).status_code == 200
        body = {"password": "battery staple", "old": "a wrong guess"}
        statuses = [admin.put("/api/v1/session/password", json=body).status_code for _ in range(MOST_OF_ONE + 1)]
        assert statuses == [400] * MOST_OF_ONE + [429]


def test_a_key_that_is_changed_in_one_process_is_so_in_the_other(pair: tuple[Running, Running]) -> None:
    one, other = pair
    ask = {"model": "openai/sim", "messages": [{"role": "user", "content": "Hi"}]}
    with one.signed_in() as admin, at(other) as client:
        key = admin.post("/api/v1/keys", json={"name": "k", "models": ["anthropic/*"]}).json()["data"]
        headers = {"authorization": f"Bearer {key['key']}"}

        def status() -> int:
            return client.post("/v1/chat/completions", json=ask, headers=headers).status_code

        assert status() == 403
        for change, expected in (({"models": []}, 200), ({"enabled": False}, 401), ({"enabled": True}, 200)):
            assert admin.patch(f"/api/v1/keys/{key['id']}", json=change).status_code == 200
            deadline = time.monotonic() + GUARD
            while status() != expected:  # it looks four times a second
                assert time.monotonic() < deadline
                time.sleep(0.05)


def test_an_address_of_ipv6_guesses_for_its_whole_network() -> None:
    assert name_guesser("2001:db8::1") == name_guesser("2001:db8::ffff:1") != name_guesser("2001:db8:0:1::1")
    assert name_guesser("::ffff:10.0.0.1") == name_guesser("10.0.0.1") != name_guesser("10.0.0.2")
    assert name_guesser("fe80::1%eth0") == name_guesser("fe80::2")
    assert name_guesser("") != name_guesser("testclient")
