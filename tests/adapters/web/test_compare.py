"""Comparisons over HTTP: several models are asked at once, and votes change the routing when they are many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.served import SETTINGS, Running, running

COMPARE = "/api/v1/compare"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("compare") / "home", SETTINGS) as found:
        yield found


@pytest.fixture(scope="module")
def admin(server: Running) -> Iterator[httpx.Client]:
    with server.signed_in() as client:
        yield client


def test_each_model_answers_or_says_why_not(admin: httpx.Client) -> None:
    asked = {"text": "Which way?", "models": ["gemini/sim", "openai/sim-auth", "ollama/sim"], "tags": ["side"]}
    answers = admin.post(COMPARE, json=asked).json()["data"]["answers"]
    assert [one["model"] for one in answers] == asked["models"]
    good, bad, other = answers
    assert "Which way?" in str(good["response"]["parts"])
    assert good["first_ms"] > 0
    assert good["response"]["usage"]["output"] > 0
    assert bad["error"]["tag"] == "AuthenticationFailed"
    assert other["error"] is None
    assert len(admin.get("/api/v1/requests", params={"tag": "side"}).json()["data"]["requests"]) == 3


@pytest.mark.parametrize("models", [[], ["a/b"], ["a/b", "a/b"], ["a/1", "a/2", "a/3", "a/4", "a/5"]])
def test_a_comparison_is_of_two_to_four_different_models(admin: httpx.Client, models: list[str]) -> None:
    refused = admin.post(COMPARE, json={"text": "Hi", "models": models})
    assert refused.status_code == 400
    assert "models" in refused.json()["error"]["message"]


def test_a_key_compares_only_what_it_opens_and_votes_not(server: Running, admin: httpx.Client) -> None:
    made = {"name": "narrow", "scopes": ["chat", "read"], "models": ["openai/*"]}
    key = admin.post("/api/v1/keys", json=made).json()["data"]["key"]
    with httpx.Client(base_url=server.address, headers={"authorization": f"Bearer {key}"}, trust_env=False) as narrow:
        closed = narrow.post(COMPARE, json={"text": "Hi", "models": ["openai/sim", "gemini/sim"]})
        assert closed.status_code == 403
        vote = {"models": ["openai/sim", "gemini/sim"], "winner": "gemini/sim"}
        assert narrow.post(f"{COMPARE}/votes", json=vote).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"winner": "ollama/sim"}, "winner"),
        ({"winner": "openai/sim", "tie": True}, "tie"),
        ({"winner": "openai/sim", "task": "poetry"}, "task"),
    ],
)
def test_a_vote_that_makes_no_sense_is_refused(admin: httpx.Client, wrong: dict[str, Any], said: str) -> None:
    refused = admin.post(f"{COMPARE}/votes", json={"models": ["openai/sim", "gemini/sim"], **wrong})
    assert refused.status_code == 400
    assert said in refused.json()["error"]["message"]


def test_votes_are_counted_with_intervals_and_change_the_route_once_they_are_many(admin: httpx.Client) -> None:
    def first() -> Any:
        explained = admin.post("/api/v1/route/explain", json={"model": "auto", "text": "Hi", "task": "analysis"})
        return explained.json()["data"]["ranked"][0]

    vote = {"models": ["anthropic/sim", "gemini/sim"], "winner": "gemini/sim", "task": "analysis"}
    counted = admin.post(f"{COMPARE}/votes", json=vote).json()["data"]["preferences"]
    assert [one["model"] for one in counted] == ["gemini/sim", "anthropic/sim"]
    assert counted[0]["low"] < counted[1]["high"], "one vote is not certain"
    for _ in range(8):
        admin.post(f"{COMPARE}/votes", json=vote)
    known = admin.get(f"{COMPARE}/votes", params={"task": "analysis"}).json()["data"]["preferences"]
    assert known[0]["low"] > known[1]["high"]
    assert admin.get(f"{COMPARE}/votes").json()["data"]["preferences"] == [], "another task is another matter"
    assert first()["model"] == "gemini/sim"
    assert "preferred in 9 of 9" in first()["reason"]


def test_a_vote_leaves_a_trace_of_who_gave_it_for_whom(admin: httpx.Client) -> None:
    models = ["openai/sim", "gemini/sim"]
    admin.post(f"{COMPARE}/votes", json={"models": models, "winner": "gemini/sim"})
    newest = admin.get("/api/v1/audit").json()["data"]["entries"][0]
    assert (newest["what"], newest["target"], newest["who"]) == ("vote.add", "general", "admin")
    assert {one["field"]: one["to"] for one in newest["changes"]} == {
        "models": "openai/sim, gemini/sim",
        "winner": "gemini/sim",
    }
