"""`pointsman keys` as a person starts it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pointsman.adapters.cli.keys import read_fields
from tests.test_cli import run


def listed(home: Path) -> list[Any]:
    code, out, _ = run(home, "keys", "list", "--json", "--database", "p.db")
    assert code == 0
    found: list[Any] = json.loads(out)
    return found


def test_a_key_is_made_changed_and_deleted_and_the_trail_tells_it(tmp_path: Path) -> None:
    code, key, note = run(
        tmp_path, "keys", "create", "ann", "scopes=chat,read", "budget=1.50", "expires=30d", "--database", "p.db"
    )
    assert (code, key[:3]) == (0, "pm-")
    assert "not shown again" in note
    assert key.strip() not in note
    (one,) = listed(tmp_path)
    assert (one["name"], one["scopes"], one["budget"]) == ("ann", ["chat", "read"], "1.50")
    assert round(one["expires"] - one["created"]) == 30 * 86400
    changed = ("budget=", "models=openai/*, local/*", "requests_per_minute=5", "enabled=no", "expires=")
    assert run(tmp_path, "keys", "set", "ann", *changed, "--database", "p.db")[0] == 0
    (after,) = listed(tmp_path)
    assert (after["budget"], after["models"], after["expires"]) == (None, ["openai/*", "local/*"], None)
    assert (after["requests_per_minute"], after["enabled"], after["id"]) == (5, False, one["id"])
    assert run(tmp_path, "keys", "delete", one["id"], "--database", "p.db")[0] == 0
    assert listed(tmp_path) == []
    audit = run(tmp_path, "settings", "audit", "--database", "p.db")[1]
    assert [line.split("\t")[2] for line in audit.splitlines()] == ["key.delete", "key.update", "key.create"]
    assert key.strip().encode() not in (tmp_path / "p.db").read_bytes()


def test_a_key_may_be_named_as_its_other_fields_are_set(tmp_path: Path) -> None:
    assert run(tmp_path, "keys", "create", "name=ann", "budget=1", "--database", "p.db")[0] == 0
    assert [one["name"] for one in listed(tmp_path)] == ["ann"]


def test_a_key_that_is_not_there_or_not_the_only_one_of_its_name_is_one_sentence(tmp_path: Path) -> None:
    for _ in range(2):
        assert run(tmp_path, "keys", "create", "ann", "--database", "p.db")[0] == 0
    for words, said in (
        (("set", "bob", "budget=1"), "there is no key 'bob'"),
        (("delete", "ann"), "2 keys are called 'ann'"),
        (("set", "ann"), "keys set KEY"),
    ):
        code, out, err = run(tmp_path, "keys", *words, "--database", "p.db")
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert said in err


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("scopes=root", "'root' is not one of chat, read"),
        ("period=week", "'week' is not one of hour"),
        ("expires=soon", "'soon' is not a moment"),
        ("requests_per_minute=many", "'many' is not a whole number"),
        ("enabled=perhaps", "'perhaps' is not yes or no"),
        ("digest=00", "'digest=00' is not FIELD=VALUE"),
        ("budget", "'budget' is not FIELD=VALUE"),
    ],
)
def test_a_field_that_makes_no_sense_is_told(word: str, said: str) -> None:
    assert said in read_fields((word,), 0.0).failure().detail
