"""The log of requests over HTTP: filtered, paged, looked at, exported, asked again, and each to who may see it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.served import SETTINGS, Running, running

REQUESTS = "/api/v1/requests"
KEEPING = "[usage]\nkeep_content = true\n[models.'openai/*']\ninput = 1\noutput = 2\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(
        tmp_path_factory.mktemp("requests") / "home", "fallback = ['gemini/sim']\n" + SETTINGS + KEEPING
    ) as found:
        yield found


@pytest.fixture(scope="module")
def admin(server: Running) -> Iterator[httpx.Client]:
    with server.signed_in() as client:
        for number in range(3):
            client.post("/api/v1/chat", json={"model": "openai/sim", "text": f"Number {number}", "tags": ["batch"]})
        client.post("/api/v1/chat", json={"model": "anthropic/sim-503", "text": "Will it fall back?", "tags": ["fell"]})
        client.post("/api/v1/chat", json={"model": "nowhere/sim", "text": "=1+1", "tags": ["=cmd()"]})
        yield client


def listed(admin: httpx.Client, **query: Any) -> list[Any]:
    found: list[Any] = admin.get(REQUESTS, params=query).json()["data"]["requests"]
    return found


def test_requests_are_filtered_by_what_they_are(admin: httpx.Client) -> None:
    assert {one["provider"] for one in listed(admin, provider="openai")} == {"openai"}
    assert {one["model"] for one in listed(admin, model="sim")} == {"sim"}
    assert len(listed(admin, tag="batch")) == 3
    assert listed(admin, tag="batc") == []
    first = listed(admin, tag="batch")[-1]["time"]
    assert len(listed(admin, tag="batch", since=first + 1e-6)) == 2
    assert len(listed(admin, tag="batch", until=first + 1e-6)) == 1


def test_usage_is_that_of_the_last_seconds_by_the_servers_clock(admin: httpx.Client) -> None:
    every = admin.get("/api/v1/usage", params={"by": "all"}).json()["data"]["rows"][0]["calls"]
    for last, calls in ((3600, every), (0, 0)):
        rows = admin.get("/api/v1/usage", params={"by": "all", "last": last}).json()["data"]["rows"]
        assert sum(row["calls"] for row in rows) == calls
        steps = admin.get("/api/v1/usage/series", params={"last": last, "steps": 3}).json()["data"]["rows"]
        assert sum(row["calls"] for row in steps) == calls
    assert every > 0


def test_pages_join_and_a_wrong_cursor_is_refused(admin: httpx.Client) -> None:
    whole = [one["id"] for one in listed(admin)]
    ids: list[str] = []
    cursor: str | None = None
    while True:
        page = admin.get(REQUESTS, params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()["data"]
        ids += [one["id"] for one in page["requests"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert ids == whole
    assert admin.get(REQUESTS, params={"cursor": "nonsense"}).status_code == 400


def test_a_request_shows_its_tries_its_route_and_its_texts(admin: httpx.Client) -> None:
    (fell,) = listed(admin, tag="fell")
    detail = admin.get(f"{REQUESTS}/{fell['id']}").json()["data"]
    assert [(one["provider"], one["error"]) for one in detail["tries"]] == [
        ("anthropic", "ModelUnavailable"),
        ("gemini", ""),
    ]
    assert detail["tries"][0]["message"]
    first, second = detail["tries"]
    assert 0 <= first["start_ms"] < first["start_ms"] + first["latency_ms"] <= second["start_ms"]
    assert second["start_ms"] + second["latency_ms"] <= detail["request"]["latency_ms"] + 1
    assert [one["model"] for one in detail["ranked"]] == ["anthropic/sim-503", "gemini/sim"]
    assert [one["said"] for one in detail["ranked"]] == [
        [{"code": "named", "fields": {}}],
        [{"code": "fallback", "fields": {}}],
    ]
    assert detail["messages"] == [{"role": "user", "text": "Will it fall back?"}]
    assert "Will it fall back?" in detail["answer"]
    assert (detail["content"], detail["replayable"]) == ("shown", True)
    assert admin.get(f"{REQUESTS}/nothing").status_code == 404


def test_a_request_is_asked_again_with_another_model_and_leaves_a_record_of_its_own(admin: httpx.Client) -> None:
    (first, *_) = listed(admin, tag="batch")
    answered = admin.post(f"{REQUESTS}/{first['id']}/replay", json={"model": "ollama/sim"}).json()["data"]
    assert answered["response"]["provider"] == "ollama"
    (again,) = listed(admin, tag=f"replay:{first['id']}")
    assert (again["provider"], again["outcome"]) == ("ollama", "ok")
    detail = admin.get(f"{REQUESTS}/{again['id']}").json()["data"]
    assert detail["messages"] == admin.get(f"{REQUESTS}/{first['id']}").json()["data"]["messages"]


def test_the_export_is_csv_or_json_lines_without_texts_or_formulas(admin: httpx.Client) -> None:
    lines = admin.get(f"{REQUESTS}/export", params={"format": "jsonl"})
    assert "attachment" in lines.headers["content-disposition"]
    ids = [json.loads(line)["id"] for line in lines.text.splitlines()]
    assert ids == [one["id"] for one in listed(admin)]
    table = admin.get(f"{REQUESTS}/export", params={"format": "csv", "tag": "=cmd()"})
    (row,) = csv.DictReader(io.StringIO(table.text))
    assert row["tags"] == "'=cmd()"
    assert row["usage_input"].isdigit() or row["usage_input"] == ""
    assert "Number 0" not in lines.text
    none = admin.get(f"{REQUESTS}/export", params={"format": "csv", "tag": "no such tag"}).text
    assert none.splitlines() == table.text.splitlines()[:1]


def test_an_observer_sees_the_figures_of_all_and_the_texts_of_nobody(server: Running, admin: httpx.Client) -> None:
    make = {"name": "watcher", "scopes": ["read", "observe", "chat"]}
    key = admin.post("/api/v1/keys", json=make).json()["data"]["key"]
    with httpx.Client(base_url=server.address, headers={"authorization": f"Bearer {key}"}, trust_env=False) as watcher:
        some = listed(watcher, tag="batch")
        assert len(some) == 3
        detail = watcher.get(f"{REQUESTS}/{some[0]['id']}").json()["data"]
        assert (detail["content"], detail["messages"], detail["answer"]) == ("hidden", [], "")
        refused = watcher.post(f"{REQUESTS}/{some[0]['id']}/replay", json={"model": "ollama/sim"})
        assert refused.status_code == 404


def test_without_kept_texts_a_request_cannot_be_asked_again_and_says_what_to_do(server: Running) -> None:
    with running(server.home.parent / "bare") as bare, bare.signed_in() as admin:
        admin.post("/api/v1/chat", json={"model": "openai/sim", "text": "secret words"})
        (only,) = listed(admin)
        admin.post("/api/v1/chat", json={"model": "gemini/sim-503", "text": "It will fail"})
        (failed,) = listed(admin, outcome="failed")
        assert failed == listed(admin, outcome="ModelUnavailable")[0]
        assert "gemini/sim-503" in failed["error"]
        detail = admin.get(f"{REQUESTS}/{only['id']}").json()["data"]
        assert (detail["content"], detail["replayable"], detail["messages"]) == ("not_kept", False, [])
        refused = admin.post(f"{REQUESTS}/{only['id']}/replay", json={"model": "openai/sim"})
        assert refused.status_code == 400
        assert "keep_content" in refused.json()["error"]["message"]


def test_a_request_is_repeated_with_its_parameters_and_all_of_its_parts_that_are_kept(admin: httpx.Client) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "tide", "arguments": '{"port": "Hull"}'}}
    asked = {
        "model": "openai/sim",
        "temperature": 0.25,
        "max_tokens": 77,
        "stop": ["END"],
        "tools": [{"type": "function", "function": {"name": "tide", "parameters": {"type": "object"}}}],
        "messages": [
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "When is high water?"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
                ],
            },
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "at six"},
        ],
    }
    key = admin.post("/api/v1/keys", json={"name": "repeater"}).json()["data"]["key"]
    sent = admin.post("/v1/chat/completions", json=asked, headers={"authorization": f"Bearer {key}"})
    assert sent.status_code == 200, sent.text
    first = listed(admin)[0]
    detail = admin.get(f"{REQUESTS}/{first['id']}").json()["data"]
    assert [one["text"] for one in detail["messages"]] == [
        "Be brief.",
        "When is high water?",
        'tide({"port": "Hull"})',
        "at six",
    ]
    expected = {"temperature": 0.25, "max_tokens": 77, "stop": ["END"], "tools": ["tide"]}
    assert (detail["parameters"], detail["left_out"]) == (expected, 1)
    answered = admin.post(f"{REQUESTS}/{first['id']}/replay", json={"model": "anthropic/sim"})
    assert answered.status_code == 200, answered.text
    (again,) = listed(admin, tag=f"replay:{first['id']}")
    repeated = admin.get(f"{REQUESTS}/{again['id']}").json()["data"]
    assert (repeated["messages"], repeated["parameters"]) == (detail["messages"], expected)
