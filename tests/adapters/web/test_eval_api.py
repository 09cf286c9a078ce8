"""Runs of evaluations over HTTP: listed while they go, their cases, their report; and only for an administrator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pointsman.adapters.sqlite.run_store import open_run_store
from pointsman.core.effect import settle
from pointsman.core.evaluation.run_report import WholeRun
from tests.adapters.web.test_api import data, error
from tests.adapters.web.test_events import listening, until
from tests.core.evaluation.whole_runs import HOSTILE, a_run
from tests.served import Running, running

RUNS = "/api/v1/eval/runs"
ID = "20260101-120000-abcd"


async def keep(path: Path, run: WholeRun, judged: int, *, alone: bool = False) -> None:
    """Write `run` into the file `path`, as far as `judged` answers of it."""
    async with open_run_store(path, alone=alone) as opened:
        store = opened.unwrap()
        (await settle(store.begin(run.manifest, run.items))).unwrap()
        for row in run.rows[:judged]:
            (await settle(store.keep_answer(row.answer))).unwrap()
            (await settle(store.keep_verdict(row.answer.question, row.verdict))).unwrap()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("eval-api") / "home") as found:
        runs = found.home / "runs"
        runs.mkdir()
        found.portal.call(keep, runs / f"{ID}.db", a_run(id=ID), 1000)
        (runs / "20260102-broken.db").write_bytes(b"no database at all" * 100)
        yield found


@pytest.fixture
def admin(server: Running) -> Iterator[httpx.Client]:
    with server.signed_in() as client:
        yield client


def test_runs_are_listed_the_latest_first_and_one_that_cannot_be_read_says_why(admin: httpx.Client) -> None:
    broken, run = data(admin.get(RUNS))["runs"]
    assert broken["id"] == "20260102-broken"
    assert "database" in broken["problem"]
    assert (run["id"], run["running"], run["cases"], run["judged"], run["total"], run["healed"]) == (
        ID, False, 6, 18, 18, 9,
    )  # fmt: skip
    assert run["cost"] == {"amount": "0.12", "complete": False}
    assert [(model["model"], model["healed"]) for model in run["models"]] == [
        ("p/dear", 6), ("p/free", 3), ("p/unpriced", 0),
    ]  # fmt: skip


def test_a_run_says_what_it_has_found_and_how_it_is_asked_again(admin: httpx.Client) -> None:
    found = data(admin.get(f"{RUNS}/{ID}"))
    assert next((model["name"], model["healed"]) for model in found["report"]["models"]) == ("p/dear", 6)
    assert found["again"].startswith("pointsman eval run --models p/dear,p/free,p/unpriced --seed 7")
    assert found["run"]["id"] == ID


def test_cases_are_chosen_by_kind_and_by_how_they_came_out(admin: httpx.Client) -> None:
    page = data(admin.get(f"{RUNS}/{ID}/cases", params={"limit": 2, "after": 3}))
    assert (page["count"], [case["id"] for case in page["cases"]]) == (6, ["c3", "c4"])
    assert page["cases"][0]["solution"].endswith("+    return x + 1\n ")
    answers = {answer["contestant"]: answer for answer in page["cases"][0]["answers"]}
    assert answers["p/unpriced"]["text"] == HOSTILE.replace("\ud800", "?")
    assert answers["p/unpriced"]["cost"] == {"amount": "0", "complete": False}
    assert answers["p/free"]["difference"].endswith("+    return x - 2\n ")
    assert data(admin.get(f"{RUNS}/{ID}/cases", params={"kind": "name"}))["count"] == 3
    assert data(admin.get(f"{RUNS}/{ID}/cases", params={"healing": "none"})) == {"cases": [], "count": 0}
    assert "healing" in error(admin.get(f"{RUNS}/{ID}/cases", params={"healing": "x"}), 400)["message"]


def test_the_report_is_a_page_that_runs_nothing_and_only_ours_may_frame(admin: httpx.Client) -> None:
    answer = admin.get(f"{RUNS}/{ID}/report.html", params={"theme": "dark"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers.get_list("x-frame-options") == ["SAMEORIGIN"]
    (policy,) = answer.headers.get_list("content-security-policy")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "sandbox" in policy
    assert "script" not in policy
    assert '<html lang="en" data-theme="dark">' in answer.text
    assert "<script" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


def test_an_id_is_never_a_path(admin: httpx.Client) -> None:
    for id in ("nothing", "..%2F..%2Fpointsman", "%2e%2e", f"{ID}.db"):
        message = error(admin.get(f"{RUNS}/{id}/cases"), 404)["message"]
        assert message.startswith(("there is no such run", "there is no GET"))


def test_only_an_administrator_sees_runs(server: Running, admin: httpx.Client) -> None:
    key = data(admin.post("/api/v1/keys", json={"name": "reader", "scopes": ["read", "chat"]}))["key"]
    with httpx.Client(base_url=server.address, trust_env=False) as other:
        assert other.get(RUNS).status_code == 401
        reader = {"authorization": f"Bearer {key}"}
        assert [other.get(path, headers=reader).status_code for path in (RUNS, f"{RUNS}/{ID}/report.html")] == [
            403,
            403,
        ]


def test_who_listens_is_told_how_far_a_run_of_another_process_is(server: Running, admin: httpx.Client) -> None:
    run, path = a_run(id="later"), server.home / "runs" / "later.db"
    with listening(server, admin) as socket:
        socket.send(json.dumps({"subscribe": ["evaluation_progress"], "csrf": admin.headers["x-pointsman-csrf"]}))
        with server.portal.wrap_async_context_manager(open_run_store(path, alone=True)):
            server.portal.call(keep, path, run, 5)
            found: dict[str, Any] = {}
            while found.get("judged") != 3:
                found = until(socket, "evaluation_progress")[-1]["data"]
            assert found["running"]
        while found.get("running") is not False:
            found = until(socket, "evaluation_progress")[-1]["data"]
    path.unlink()
    assert (found["run"], found["judged"], found["total"], found["healed"]) == ("later", 3, 18, 2)
    assert found["cost"] == {"amount": "0.02", "complete": False}
