"""`pointsman users` as a person starts it."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from pointsman.adapters.cli.users import read_user_fields
from tests.patience import GUARD
from tests.served import running
from tests.test_cli import run


def test_who_is_invited_here_signs_in_at_a_running_server_and_is_changed_and_deleted(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running(home) as server, httpx.Client(base_url=server.address, timeout=GUARD, trust_env=False) as ann:
        at = ("--database", "pointsman.db")
        code, said, note = run(home, "users", "invite", "viewer", *at)
        assert (code, said.startswith("#invite=")) == (0, True)
        word = said.strip().removeprefix("#invite=")
        assert word not in note
        body = {"invitation": word, "name": "Ann", "password": "correct horse"}
        joined = ann.post("/api/v1/session", json=body).json()["data"]
        assert joined["role"] == "viewer"
        assert run(home, "users", "set", "ann", "role=member", "budget=20", "period=day", *at)[0] == 0
        (user,) = json.loads(run(home, "users", "list", "--json", *at)[1])
        assert (user["name"], user["role"], user["budget"], user["period"]) == ("Ann", "member", "20", "day")
        assert "password" not in user
        assert run(home, "users", "delete", "Ann", *at)[0] == 0
        trail = run(home, "settings", "audit", *at)[1]
        assert [line.split("\t")[2] for line in trail.splitlines()] == [
            *("user.delete", "user.update", "user.create", "user.invite")
        ]
        code, out, err = run(home, "users", "set", "Ann", "role=admin", *at)
        assert (code, out) == (2, "")
        assert "there is no user 'Ann'" in err


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("role=root", "'root' is not one of admin, member, viewer"),
        ("period=week", "'week' is not one of hour"),
        ("enabled=perhaps", "'perhaps' is not yes or no"),
        ("password=x", "'password=x' is not FIELD=VALUE"),
    ],
)
def test_a_field_that_makes_no_sense_is_told(word: str, said: str) -> None:
    assert said in read_user_fields((word,)).failure().detail
