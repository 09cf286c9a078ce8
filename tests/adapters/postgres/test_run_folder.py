"""Runs of evaluations in the database: from the command line, on every machine, and after a kill."""

from __future__ import annotations

import json
import signal
from contextlib import closing
from pathlib import Path

import attrs
import psycopg
import pytest
from returns.result import Success

from pointsman.adapters.postgres.postgres_connection import connect
from pointsman.adapters.postgres.run_folder import PostgresRunFolder
from pointsman.core.database_address import DatabaseAddress
from pointsman.core.effect import settle
from pointsman.testing.laws.run_store import HEALED, ITEMS, MANIFEST, answer, question, rows
from tests.adapters.postgres.opened import Stores
from tests.adapters.postgres.server import Server, a_schema
from tests.adapters.web.test_api import data
from tests.served import running
from tests.test_eval_run import CASES, GOOD, Line, begin, home, line, list_find_and_compare, stop_once, surroundings

__all__ = ["home", "line"]
SILENT = "UPDATE run_claim SET seen = seen - interval '1 hour'"


async def test_who_is_silent_for_too_long_loses_the_run_and_writes_nothing_more_into_it(stores: Stores) -> None:
    schema = a_schema()
    async with stores.database(schema) as mine, stores.database(schema) as yours:
        folder, other = PostgresRunFolder(mine, "", renewal=3600), PostgresRunFolder(yours, "", renewal=0.1)
        async with folder.open("one", alone=True) as opened:
            first = opened.unwrap()
            (await settle(first.begin(MANIFEST, ITEMS))).unwrap()
            (await settle(first.ask(question(), answer(question()).cost))).unwrap()
            (await yours.run(lambda connection: connection.execute(SILENT).rowcount)).unwrap()
            async with other.open("one", alone=True) as taken:
                second = taken.unwrap()
                assert await settle(second.recover()) == Success(1)
                lost = str((await settle(first.keep_answer(answer(question())))).failure())
                assert "another process has gone on with this run" in lost
                (await settle(second.keep_answer(answer(question(), "its own")))).unwrap()
                assert not isinstance(await settle(first.keep_verdict(question(), HEALED)), Success)
                assert [row.answer.text for row in await rows(second)] == ["its own"]
        (entry,) = (await settle(folder.entries())).unwrap()
        assert not entry.is_running, "who lost it takes nobody's claim away, and who had it last has let it go"


def test_runs_are_listed_found_and_compared_where_the_database_is_a_server(
    line: Line, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POINTSMAN_DATABASE", postgres.url())
    list_find_and_compare(line)
    code, _, err = line.run(*begin("file.db"))
    assert code == 0, err
    assert line("eval", "report", "file.db")[0] == 0, "a file that is named is a file all the same"
    assert len(json.loads(line("eval", "list", "--json")[1])) == 2


def test_the_servers_of_all_machines_show_them(
    line: Line, postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = postgres.url()
    monkeypatch.setenv("POINTSMAN_DATABASE", database)
    code, _, err = line.run("--models", "sim-a", "--faults", "faults.jsonl")
    assert code == 0, err
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "elsewhere"))
    with running(tmp_path / "home", database=database) as server, server.signed_in() as client:
        (run,) = data(client.get("/api/v1/eval/runs"))["runs"]
        assert (run["judged"], run["total"], run["running"]) == (CASES, CASES, False)
        (case, *_) = data(client.get(f"/api/v1/eval/runs/{run['id']}/cases"))["cases"]
        assert case["answers"]


@attrs.frozen
class Judged:
    """Looks into the tables from outside."""

    address: DatabaseAddress

    def count(self, state: str = "judged") -> int:
        with closing(connect(self.address, None).driver) as driver:
            try:
                row = driver.execute("SELECT count(*) FROM run_question WHERE state = %s", (state,)).fetchone()
            except psycopg.errors.UndefinedTable:
                return 0
        assert row is not None
        return int(str(row[0]))

    def run(self) -> str:
        with closing(connect(self.address, None).driver) as driver:
            row = driver.execute("SELECT id FROM run").fetchone()
        assert row is not None
        return str(row[0])


@pytest.mark.long
def test_a_run_whose_machine_dies_goes_on_at_another_and_asks_nothing_twice(
    line: Line, home: Path, tmp_path: Path, postgres: Server
) -> None:
    line.run(*begin("whole.db"), "--parallel", "4")
    (home / "asked").write_text("")
    url = postgres.url("gone_on")
    judged = Judged(postgres.address("gone_on"))
    one = {**surroundings(home), "POINTSMAN_DATABASE": url}
    other = {**one, "XDG_DATA_HOME": str(tmp_path / "elsewhere")}
    new = ("--models", "sim-a,sim/sim-b", "--faults", "faults.jsonl", "--parallel", "4")
    stop_once(home, one, judged.count, 5, signal.SIGKILL, *new)
    lost = judged.count("asking")
    stop_once(home, other, judged.count, 4, signal.SIGKILL, "--resume", judged.run(), "--parallel", "4")
    lost += judged.count("asking")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POINTSMAN_DATABASE", url)
        code, _, err = line.run("--resume", "latest", "--parallel", "4")
        assert code == 0, err
        line("eval", "export", "whole.db", "--out", "whole.jsonl")
        line("eval", "export", judged.run(), "--out", "gone_on.jsonl")
    assert (home / "whole.jsonl").read_bytes() == (home / "gone_on.jsonl").read_bytes()
    asked = sum("chat/completions" in row for row in (home / "asked").read_text().splitlines())
    assert asked == 2 * (CASES + GOOD) + lost
