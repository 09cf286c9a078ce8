"""Backup, restore, sweep and erase as a person uses them, beside a server that runs and after it has gone."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

from tests.served import running
from tests.test_cli import run

STORAGE, REQUEST = 16, 10


def test_a_running_server_is_backed_up_somebody_is_erased_and_the_backup_brings_them_back(tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = {"POINTSMAN_DATABASE": str(home / "pointsman.db")}

    def told(*line: str) -> Any:
        code, out, err = run(home, *line, "--json", more=settings)
        assert code == 0, err
        return json.loads(out)

    with running(home) as server, server.signed_in() as admin:
        key = admin.post("/api/v1/keys", json={"name": "guest"}).json()["data"]
        asked = {"model": "openai/sim", "messages": [{"role": "user", "content": "Which way?"}]}
        headers = {"authorization": f"Bearer {key['key']}"}
        assert admin.post("/v1/chat/completions", json=asked, headers=headers).status_code == 200
        made = told("backup", str(tmp_path / "copy.db"))
        assert made["calls"] == 1, "what was answered a moment ago is in it"
        assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
        code, _, err = run(home, "backup", str(tmp_path / "copy.db"), more=settings)
        assert (code, "--force" in err) == (STORAGE, True)
        code, _, err = run(home, "restore", str(tmp_path / "copy.db"), more=settings)
        assert (code, "stop what uses it" in err) == (STORAGE, True)
        assert run(home, "erase", "--key", key["id"], more=settings)[0] == REQUEST, "it asks first"
        proof = told("erase", "--key", key["id"], "--yes")
        assert proof["tables"]["usage"] == {"before": 1, "after": 0}
        assert proof["tables"]["virtual_key"] == {"before": 1, "after": 0}
        assert proof["left"] == 0
        assert admin.get("/api/v1/keys").json()["data"]["keys"] == []
    assert told("usage", "--by", "all", "--since", "1h")["total"]["calls"] == 1, "the sums stay"
    restored = told("restore", str(tmp_path / "copy.db"))
    assert Path(restored["old"]).exists()
    proof = told("erase", "--key", key["id"], "--yes")
    assert proof["tables"]["virtual_key"] == {"before": 1, "after": 0}


def test_wrong_lines_are_one_sentence_and_nothing_to_sweep_is_said(tmp_path: Path) -> None:
    settings = {"POINTSMAN_DATABASE": str(tmp_path / "a.db")}
    for line, code, said in (
        (("erase", "--yes"), REQUEST, "say whom"),
        (("erase", "--key", "a", "--user", "b", "--yes"), REQUEST, "say whom"),
        (("backup", "x.db"), STORAGE, "no such database"),
        (("restore", "no.db"), STORAGE, "no such file"),
        (("sweep",), 0, "[keep]"),
    ):
        found = run(tmp_path, *line, more=settings)
        assert (found[0], said in found[2]) == (code, True), found
    swept = run(tmp_path, "sweep", more={**settings, "POINTSMAN_KEEP__USAGE": "400d"})
    assert swept[1] == "Deleted: 0 of usage.\n"
    wrong = run(tmp_path, "sweep", more={**settings, "POINTSMAN_KEEP__USAGE": "soon"})
    assert (wrong[0], "POINTSMAN_KEEP__USAGE: it is no time" in wrong[2]) == (3, True)
