"""Words that whoever asks makes up, names of models and tags, are bounded: each is kept, counted and remembered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from pointsman.adapters.web.metrics import Metrics
from pointsman.core.models.aliases import LONGEST_NAME
from pointsman.core.money.usage_record import UsageRecord
from pointsman.core.notice import AnalyticsUpdate
from tests.adapters.web.test_route_table import make
from tests.patience import GUARD
from tests.served import Running, running

LONG = "openai/" + "m" * LONGEST_NAME
ASK: dict[str, Any] = {"model": LONG, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 5}
DOORS: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": ASK,
    "/v1/messages": ASK,
    "/v1/chat/completions?": ASK | {"stream": True},
    "/v1/embeddings": {"model": LONG, "input": "Hi"},
    "/api/v1/chat": {"model": LONG, "text": "Hi"},
    "/api/v1/completions": {"model": LONG, "prompt": "Hi"},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("words") / "home") as found:
        yield found


@pytest.fixture(scope="module")
def keys(server: Running) -> dict[str, str]:
    with server.signed_in() as admin:
        return {name: make(admin, "chat", models=models)["key"] for name, models in (("any", []), ("some", ["x/*"]))}


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("who", ["any", "some"])
def test_a_name_that_no_model_can_have_is_refused_and_not_repeated(
    server: Running, keys: dict[str, str], path: str, who: str
) -> None:
    headers = {"authorization": f"Bearer {keys[who]}"}
    answer = httpx.post(server.address + path, json=DOORS[path], headers=headers, timeout=GUARD, trust_env=False)
    assert answer.status_code == 400, answer.text
    assert "has 507 characters" in answer.text
    assert LONG not in answer.text


@pytest.mark.parametrize("more", [{"tags": ["t"] * 33}, {"tags": ["t" * 201]}, {"task": "t" * 201}])
def test_a_call_has_some_tags_of_some_length(server: Running, keys: dict[str, str], more: dict[str, Any]) -> None:
    headers, asked = {"authorization": f"Bearer {keys['any']}"}, {"model": "openai/sim", "text": "Hi"}
    with httpx.Client(base_url=server.address, headers=headers, timeout=GUARD, trust_env=False) as client:
        answer = client.post("/api/v1/chat", json=asked | more)
        assert (answer.status_code, "tags: more than 32" in answer.text) == (400, True), answer.text
        fitting = {name: value[:32] if isinstance(value, list) else value[:200] for name, value in more.items()}
        if more.get("tags") != ["t" * 201]:
            assert client.post("/api/v1/chat", json=asked | fitting).status_code == 200


def test_counts_of_made_up_models_are_put_together() -> None:
    metrics = Metrics()
    for number in range(1200):
        record = UsageRecord(id=f"{number}", time=0.0, provider="p", model=f"m{number}", outcome="ModelNotFound")
        metrics.count(AnalyticsUpdate(record=record))
    text = metrics.text()
    assert 'pointsman_calls_total{provider="others",model="others",outcome="ModelNotFound",cache="miss"} 200' in text
    assert text.count("pointsman_calls_total{") == 1001
