"""What the API says of a provider: never asked, answered, failed; and its models before it is saved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from pointsman.core.money.call_trace import CallTrace, TracedTry
from pointsman.core.money.provider_outcome import ProviderOutcome, last_outcomes
from pointsman.core.money.usage_record import CANCELLED, UsageRecord
from tests.served import Running, running

PROVIDERS = "/api/v1/llm-providers"
TYPED = "sk-typed-but-not-saved-98765"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("states") / "home") as found:
        yield found


@pytest.fixture(scope="module")
def admin(server: Running) -> Iterator[httpx.Client]:
    with server.signed_in() as client:
        yield client


def last(admin: httpx.Client, name: str) -> Any:
    return admin.get(f"{PROVIDERS}/{name}").json()["data"]["last"]


def test_a_provider_is_untried_until_it_was_asked_and_then_says_how_it_did(admin: httpx.Client) -> None:
    assert last(admin, "gemini") is None
    asked = admin.post("/api/v1/chat", json={"model": "gemini/sim", "text": "Hi"})
    assert asked.status_code == 200
    answered = last(admin, "gemini")
    assert (answered["ok"], answered["error"]) == (True, None)
    admin.post("/api/v1/chat", json={"model": "gemini/sim-auth", "text": "Hi"})
    failed = last(admin, "gemini")
    assert failed["ok"] is False
    assert "API key" in failed["error"]
    assert failed["time"] > answered["time"]
    listed = admin.get(PROVIDERS).json()["data"]["providers"]
    assert {one["name"]: one["last"] for one in listed}["gemini"] == failed


def test_a_test_of_what_is_saved_counts_and_one_of_other_fields_does_not(admin: httpx.Client) -> None:
    assert last(admin, "ollama") is None
    wrong = {"base_url": "http://127.0.0.1:1", "api_key": TYPED}
    assert admin.post(f"{PROVIDERS}/ollama/test", json=wrong).json()["data"]["ok"] is False
    assert last(admin, "ollama") is None
    tested = admin.post(f"{PROVIDERS}/ollama/test", json={}).json()["data"]
    assert (tested["ok"], tested["detail"]) == (True, "it answers")
    assert last(admin, "ollama")["ok"] is True


def test_models_are_listed_of_a_provider_that_is_not_saved(server: Running, admin: httpx.Client) -> None:
    fields = {"kind": "openai", "base_url": f"{server.upstream.address}/v1", "api_key": TYPED}
    listed = admin.post(f"{PROVIDERS}/fresh/models", json=fields)
    assert "fresh/sim" in {one["id"] for one in listed.json()["data"]["models"]}
    assert TYPED not in listed.text
    assert admin.get(f"{PROVIDERS}/fresh").status_code == 404, "nothing was saved"
    (entry, *_) = admin.get("/api/v1/audit").json()["data"]["entries"]
    assert (entry["what"], entry["target"]) == ("provider.list_models", "fresh")
    assert TYPED not in json.dumps(entry)


def test_models_that_cannot_be_listed_say_why_without_the_key(server: Running, admin: httpx.Client) -> None:
    nowhere = admin.post(f"{PROVIDERS}/fresh/models", json={"kind": "openai", "base_url": "http://127.0.0.1:1/v1"})
    assert nowhere.json()["error"]["message"]
    nonsense = admin.post(f"{PROVIDERS}/fresh/models", json={"kind": "openai", "base_url": "ftp://x", "api_key": TYPED})
    assert nonsense.status_code == 400
    assert "base_url" in nonsense.json()["error"]["message"]
    assert TYPED not in nowhere.text + nonsense.text


def test_a_saved_key_is_not_sent_to_an_address_that_is_only_typed(admin: httpx.Client) -> None:
    moved = admin.post(f"{PROVIDERS}/openai/models", json={"base_url": "http://127.0.0.1:1/v1"})
    assert moved.status_code == 400
    assert "api_key" in moved.text


def test_the_latest_outcome_counts_and_tries_before_a_fallback_too() -> None:
    tries = (TracedTry("a", "m", 1.0, "ModelUnavailable", "it rests"), TracedTry("b", "m", 1.0))
    records = [
        UsageRecord(id="1", time=1.0, provider="a"),
        UsageRecord(id="2", time=2.0, latency_ms=500.0, provider="b", trace=CallTrace(tries=tries)),
        UsageRecord(id="3", time=9.0, provider="a", cache="exact"),
        UsageRecord(id="4", time=9.0, provider="a", outcome=CANCELLED, attempts=1),
    ]
    expected = {"a": ProviderOutcome(time=2.5, error="it rests"), "b": ProviderOutcome(time=2.5)}
    assert last_outcomes(records) == last_outcomes(records[::-1]) == expected


def test_a_budget_that_refuses_a_call_says_nothing_of_the_provider() -> None:
    refused = (TracedTry("a", "m", 0.1, "ConfigurationError", "the price of a/m is not known"),)
    records = [
        UsageRecord(id="1", time=1.0, provider="a"),
        UsageRecord(id="2", time=2.0, provider="a", outcome="BudgetExceeded", attempts=1),
        UsageRecord(id="3", time=3.0, provider="a", outcome="ConfigurationError", trace=CallTrace(tries=refused)),
    ]
    assert last_outcomes(records) == {"a": ProviderOutcome(time=1.0)}
