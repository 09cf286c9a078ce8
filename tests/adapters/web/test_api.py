"""What the API does: providers that take effect at once, conversations, usage, keys with their limits, the trail."""

from __future__ import annotations

import base64
import contextlib
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pointsman.core.settings import ProviderSettings
from tests.patience import GUARD, attempts
from tests.served import KEY, Running, running
from tests.settings_samples import table_of

SECRET = "sk-saved-by-the-page-987654"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("api") / "home") as found:
        yield found


@pytest.fixture
def admin(server: Running) -> Iterator[httpx.Client]:
    with server.signed_in() as client:
        yield client


def data(answer: httpx.Response, status: int = 200) -> Any:
    """What stands in the envelope of a success."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["success"] is True
    return body["data"]


def error(answer: httpx.Response, status: int) -> Any:
    """What stands in the envelope of a failure."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["success"] is False
    return body["error"]


def events(answer: httpx.Response) -> Iterator[tuple[str, Any]]:
    """The server-sent events of a stream."""
    name = ""
    for line in answer.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_a_provider_is_saved_masked_sealed_used_and_deleted(tmp_path: Path) -> None:
    with running(tmp_path / "home") as server, server.signed_in() as admin:
        listed = data(admin.get("/api/v1/llm-providers"))
        assert listed["active"] == "openai"
        assert {one["source"] for one in listed["providers"]} == {"file"}
        made = data(
            admin.post(
                "/api/v1/llm-providers",
                json={
                    "name": "mine",
                    "kind": "custom",
                    "base_url": f"{server.upstream.address}/v1/",
                    "api_key": SECRET,
                    "model": "sim",
                    "tags": ["a"],
                },
            )
        )
        assert (made["api_key"], made["source"], made["active"], made["tags"]) == ("sk-…7654", "store", False, ["a"])
        assert made["key_required"] is False
        asked = {"model": "mine/sim", "text": "Which way?"}
        assert data(admin.post("/api/v1/chat", json=asked))["response"]["provider"] == "mine"
        assert data(admin.post("/api/v1/llm-providers/mine/activate"))["active"] is True
        assert data(admin.post("/api/v1/chat", json={"text": "Hi"}))["response"]["provider"] == "mine"
        changed = data(admin.patch("/api/v1/llm-providers/mine", json={"temperature": 0.5, "model": None}))
        assert (changed["temperature"], changed["model"], changed["api_key"]) == (0.5, None, "sk-…7654")
        body = {"base_url": changed["base_url"], "kind": "custom", "priority": 3}
        changed = data(admin.put("/api/v1/llm-providers/mine", json=body))
        assert (changed["temperature"], changed["api_key"], changed["tags"]) == (0.5, "sk-…7654", ["a"])
        assert data(admin.patch("/api/v1/llm-providers/mine", json={"api_key": None}))["api_key"] is None
        assert data(admin.delete("/api/v1/llm-providers/mine")) == {}
        assert error(admin.get("/api/v1/llm-providers/mine"), 404)["tag"] == "InvalidRequest"
        assert data(admin.get("/api/v1/llm-providers"))["active"] == "openai"
        trail = data(admin.get("/api/v1/audit"))["entries"]
        assert [one["what"] for one in reversed(trail)] == [
            "provider.create",
            "provider.activate",
            "provider.update",
            "provider.update",
            "provider.update",
            "provider.delete",
        ]
        assert all(one["who"] == "admin" for one in trail)
        assert SECRET not in json.dumps(trail)
        for path in (tmp_path / "home").rglob("*"):
            assert not path.is_file() or SECRET.encode() not in path.read_bytes()


def test_a_saved_key_works_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path / "home") as server, server.signed_in() as admin:
        body = {"provider": "anthropic", "base_url": server.upstream.address, "api_key": SECRET, "model": "sim"}
        saved = admin.post("/api/llm/settings", json=body).json()
        assert (saved["provider"], saved["api_key"]) == ("anthropic", "sk-…7654")
    with running(tmp_path / "home") as server, server.signed_in() as admin:
        # the saved address was that of the first simulator, and the key goes to another one only if it is given again
        moved = {"base_url": server.upstream.address, "api_key": SECRET}
        data(admin.patch("/api/v1/llm-providers/anthropic", json=moved))
        read = admin.get("/api/llm/settings").json()
        assert (read["provider"], read["api_key"]) == ("anthropic", "sk-…7654")
        assert admin.get("/api/llm/test").json()["ping"]["ok"] is True
        assert "sim" in admin.get("/api/llm/models").json()["models"]
        answer = data(admin.post("/api/v1/chat", json={"text": "Which way?"}))["response"]
        assert (answer["provider"], answer["model"]) == ("anthropic", "sim")


def test_what_makes_no_sense_is_told_with_its_field(admin: httpx.Client) -> None:
    path = "/api/v1/llm-providers"
    for body, problem in (
        ({}, "name: it is missing"),
        ({"name": "x", "kind": "opnai"}, "kind: 'opnai' is not a kind of provider; did you mean openai?"),
        ({"name": "a/b", "kind": "openai"}, "name: 'a/b' is not a name of letters, digits, - and _"),
        ({"kind": "openai", "temperature": 9}, "temperature: 9.0 is not between 0 and 2"),
        ({"kind": "openai", "base_url": "ftp://x"}, "base_url: it is not an address such as http://localhost:1234/v1"),
        ({"kind": 1}, "1 is none of text, null @ $.kind"),
        ({"colour": "red"}, "there is no field 'colour' @ $"),
    ):
        assert error(admin.post(path, json=body), 400)["problems"] == [problem]
    assert error(admin.post(f"{path}/nobody/activate"), 404)["message"].startswith("there is no provider 'nobody'")
    assert error(admin.patch(f"{path}/nobody", json={}), 404)


def test_a_put_keeps_whatever_it_does_not_name(admin: httpx.Client) -> None:
    url, keyed = "/api/v1/llm-providers/kept", SECRET
    table = {**table_of(ProviderSettings), "api_key": keyed, "enabled": False}
    made = data(admin.post("/api/v1/llm-providers", json={"name": "kept", **table}))
    assert (made["retries"]["kinds"], made["extra"]) == ({"RateLimitExceeded": 5}, table["extra"])
    for name in table:
        assert data(admin.put(url, json={name: made[name] if name in made else table[name]})) == made, name
    assert data(admin.put(url, json={"retries": {"max_retries": 3}}))["retries"] == made["retries"] | {"max_retries": 3}
    assert data(admin.put(url, json={"retries": None}))["retries"] is None
    refused = error(admin.put(url, json={"headers": {"a b": "x"}, "proxy": "ftp://x"}), 400)
    assert "proxy: it is not an address such as http://proxy.example:3128" in refused["problems"]
    assert data(admin.delete(url)) == {}


def test_a_provider_is_tested_with_fields_that_are_not_saved(server: Running, admin: httpx.Client) -> None:
    url = "/api/v1/llm-providers/openai/test"
    assert data(admin.post(url, json={}))["ok"] is True
    down = data(admin.post(url, json={"base_url": "http://127.0.0.1:9/v1", "api_key": "sk-another"}))
    assert down["ok"] is False
    assert "nothing answers" in down["detail"]
    fresh = data(
        admin.post("/api/v1/llm-providers/new/test", json={"kind": "ollama", "base_url": server.upstream.address})
    )
    assert (fresh["ok"], fresh["models"] > 1) == (True, True)
    assert KEY not in json.dumps(data(admin.get("/api/v1/llm-providers")))


def test_models_presets_tools_prompts_and_budgets_are_told(admin: httpx.Client) -> None:
    models = {one["id"]: one for one in data(admin.get("/api/v1/models?detailed=true"))["models"]}
    assert models["openai/sim"]["context_length"] == 131072
    assert models["ollama/sim"]["local"] is True
    presets = {one["kind"]: one for one in data(admin.get("/api/v1/presets"))["providers"]}
    assert presets["anthropic"]["tiers"]["fast"] == ["claude-haiku-4-5"]
    assert {tool["name"] for tool in data(admin.get("/api/v1/tools"))["tools"]} == {"calculator", "current_time"}
    assert {"translate", "summarize"} <= {one["name"] for one in data(admin.get("/api/v1/prompts"))["prompts"]}
    assert data(admin.get("/api/v1/budgets"))["budgets"] == []
    assert data(admin.get("/api/v1/experiments"))["experiments"] == []
    explained = data(admin.post("/api/v1/route/explain", json={"text": "Hi", "model": "auto"}))
    assert explained["ranked"][0]["model"]
    broken = {"text": "Heal it", "task": "heal", "error": "KeyError: 'a'"}
    assert data(admin.post("/api/v1/route/explain", json=broken))["task"] == "heal:index-key"


def test_chat_streams_keeps_the_conversation_and_runs_tools(admin: httpx.Client) -> None:
    talk = data(admin.post("/api/v1/conversations", json={"title": "Levers", "system": "Be brief."}))
    body = {"conversation": talk["id"], "text": "use calculator", "tools": ["calculator"], "stream": True}
    with admin.stream("POST", "/api/v1/chat", json=body) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        found = list(events(answer))
    names = [name for name, _ in found]
    assert names[0] == "Started"
    assert "ToolRan" in names
    assert names[-1] == "Done"
    assert names.count("Done") == 1
    text = "".join(event["text"] for name, event in found if name == "TextDelta")
    last = found[-1][1]["response"]
    assert text.endswith(last["parts"][-1]["text"])
    whole = data(admin.get(f"/api/v1/conversations/{talk['id']}"))
    assert [entry["message"]["role"] for entry in whole["entries"]] == ["user", "assistant", "tool", "assistant"]
    assert [entry["status"] for entry in whole["entries"]] == ["complete"] * 4
    assert whole["entries"][2]["message"]["parts"][0]["_type"] == "ToolResult"
    assert whole["conversation"]["title"] == "Levers"
    fork = data(admin.post(f"/api/v1/conversations/{talk['id']}/fork", json={"at": whole["entries"][0]["id"]}))
    assert len(data(admin.get(f"/api/v1/conversations/{fork['id']}"))["entries"]) == 1
    empty = data(admin.post(f"/api/v1/conversations/{talk['id']}/fork", json={"at": ""}))
    assert data(admin.get(f"/api/v1/conversations/{empty['id']}"))["entries"] == []
    exported = admin.get(f"/api/v1/conversations/{talk['id']}/export")
    assert "attachment" in exported.headers["content-disposition"]
    again = data(admin.post("/api/v1/conversations/import", content=exported.content))
    assert again["id"] != talk["id"]
    assert "# Levers" in admin.get(f"/api/v1/conversations/{talk['id']}/export?format=markdown").text
    assert data(admin.patch(f"/api/v1/conversations/{talk['id']}", json={"title": "Points"}))["title"] == "Points"
    assert data(admin.delete(f"/api/v1/conversations/{again['id']}")) == {}
    assert error(admin.get(f"/api/v1/conversations/{again['id']}"), 404)["tag"] == "ConversationNotFound"
    assert error(admin.post("/api/v1/conversations/import", content=b"{}"), 400)


def test_a_kept_picture_comes_back_as_it_was_sent(admin: httpx.Client) -> None:
    """In base64, as the page shows it."""
    talk = data(admin.post("/api/v1/conversations", json={"title": "Platform"}))
    sent = {"data": base64.b64encode(b"\x89PNG\r\n\x1a\n...").decode(), "media_type": "image/png"}
    asked = {"conversation": talk["id"], "text": "What is it?", "model": "openai/sim-vision", "images": [sent]}
    data(admin.post("/api/v1/chat", json=asked))
    whole = data(admin.get(f"/api/v1/conversations/{talk['id']}"))
    (shown,) = [part["source"] for part in whole["entries"][0]["message"]["parts"] if part["_type"] == "Image"]
    assert shown == {"_type": "Bytes", **sent}


def test_conversations_are_found_page_by_page(admin: httpx.Client) -> None:
    made = {data(admin.post("/api/v1/conversations", json={"title": f"Heron {n}"}))["id"] for n in range(5)}
    seen: list[str] = []
    cursor = ""
    while True:
        page = data(admin.get(f"/api/v1/conversations?search=heron&limit=2{cursor}"))
        seen += [one["id"] for one in page["conversations"]]
        if page["cursor"] is None:
            break
        cursor = f"&cursor={page['cursor']}"
    assert sorted(seen) == sorted(made)
    assert error(admin.get("/api/v1/conversations?cursor=nonsense"), 400)
    assert error(admin.get("/api/v1/conversations?limit=many"), 400)["problems"] == ['limit: "many" is not a number']


def test_failures_of_models_are_typed_whole_and_streamed(admin: httpx.Client) -> None:
    limited = admin.post("/api/v1/chat", json={"model": "openai/sim-rate-limit-7", "text": "Hi"})
    assert error(limited, 429)["retry_after"] == 7
    assert limited.headers["retry-after"] == "7"
    assert error(admin.post("/api/v1/chat", json={"model": "openai/sim-auth", "text": "Hi"}), 502)["tag"] == (
        "AuthenticationFailed"
    )
    with admin.stream("POST", "/api/v1/chat", json={"model": "openai/sim-cut-2", "text": "Hi", "stream": True}) as got:
        found = list(events(got))
    assert found[-1][0] == "Failed"
    assert found[-1][1]["error"]["tag"] == "NetworkError"
    for body, problem in (
        ({}, "text: there is nothing to ask"),
        ({"text": "Hi", "tools": ["saw"]}, "tools: there is no tool 'saw'; there are calculator, current_time"),
        ({"text": "Hi", "images": [{"data": "?", "media_type": "image/png"}]}, "images[0].data: it is not base64"),
    ):
        assert error(admin.post("/api/v1/chat", json=body), 400)["problems"] == [problem]


def test_completions_embeddings_and_memory(admin: httpx.Client) -> None:
    assert data(admin.post("/api/v1/completions", json={"prompt": "Once", "model": "openai/sim"}))["text"]
    vectors = data(admin.post("/api/v1/embeddings", json={"texts": ["a", "b"], "model": "openai/sim-embed"}))["vectors"]
    assert len(vectors) == 2
    assert error(admin.post("/api/v1/embeddings", json={"texts": []}), 400)
    kept = data(admin.post("/api/v1/memory", json={"text": "The lever is red"}))
    found = data(admin.get("/api/v1/memory?search=lever"))["memories"]
    assert [one["text"] for one in found] == ["The lever is red"]
    asked = {"text": "Which lever?", "memory": True, "model": "openai/sim"}
    assert data(admin.post("/api/v1/chat", json=asked))["response"]["recalled"] == ["The lever is red"]
    assert data(admin.delete(f"/api/v1/memory/{kept['id']}")) == {"forgotten": True}
    assert data(admin.get("/api/v1/memory"))["memories"] == []


def test_a_streamed_completion_tells_the_events_of_a_chat(admin: httpx.Client) -> None:
    asked = {"prompt": "Once upon a time", "model": "openai/sim"}
    whole = data(admin.post("/api/v1/completions", json=asked))
    with admin.stream("POST", "/api/v1/completions", json={**asked, "stream": True}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        found = list(events(answer))
    names = [name for name, _ in found]
    assert (names[0], names[-1], names.count("TextDelta") > 2) == ("Started", "Done", True)
    assert "".join(event["text"] for name, event in found if name == "TextDelta") == whole["text"]
    response = found[-1][1]["response"]
    assert (response["provider"], response["model"]) == (whole["provider"], whole["model"])
    assert response["usage"] == whole["usage"]
    for model, tag, said in (
        ("sim-stream-error", "ModelUnavailable", True),
        ("sim-auth", "AuthenticationFailed", False),
    ):
        broken = {"prompt": "Once", "model": f"openai/{model}", "stream": True}
        with admin.stream("POST", "/api/v1/completions", json=broken) as answer:
            found = list(events(answer))
        assert (found[-1][0], found[-1][1]["error"]["tag"]) == ("Failed", tag)
        assert any(name == "TextDelta" for name, _ in found) == said


def test_a_key_streams_completions_of_its_models_only(server: Running, admin: httpx.Client) -> None:
    _, bound = made_key(admin, models=["ollama/*"])
    for path, body in (("/v1/completions", {"prompt": "Once"}), ("/api/v1/completions", {"prompt": "Once"})):
        for model, status in (("ollama/sim", 200), ("openai/sim", 403)):
            answer = httpx.post(
                f"{server.address}{path}",
                json={**body, "model": model, "stream": True},
                headers=bound,
                timeout=GUARD,
                trust_env=False,
            )
            assert answer.status_code == status
            assert ("text/event-stream" in answer.headers["content-type"]) == (status == 200)


def test_the_gateway_streams_generate_unless_it_is_told_not_to(server: Running, admin: httpx.Client) -> None:
    _, key = made_key(admin)
    asked: dict[str, Any] = {"model": "openai/sim", "prompt": "Once upon a time"}

    def told(**more: Any) -> httpx.Response:
        url = f"{server.address}/api/generate"
        return httpx.post(url, json={**asked, **more}, headers=key, timeout=GUARD, trust_env=False)

    whole = told(stream=False)
    assert whole.headers["content-type"] == "application/json"
    for streamed in (told(), told(stream=True)):
        assert streamed.headers["content-type"] == "application/x-ndjson"
        lines = [json.loads(line) for line in streamed.text.splitlines()]
        assert len(lines) > 3
        assert "".join(line["response"] for line in lines) == whole.json()["response"]
        assert lines[-1]["done"] is True
    assert told(model="openai/sim-not-found").status_code == 404
    assert told(model="").status_code != 500


def test_usage_is_told_by_group_over_time_and_call_by_call(tmp_path: Path) -> None:
    with running(tmp_path / "home") as server, server.signed_in() as admin:
        for model in ("openai/sim", "openai/sim", "ollama/sim", "openai/sim-status-500"):
            admin.post("/api/v1/chat", json={"model": model, "text": "Hi", "tags": ["t"]})
        rows = {row["group"]: row for row in data(admin.get("/api/v1/usage?by=model"))["rows"]}
        assert (rows["openai/sim"]["calls"], rows["openai/sim"]["cost"]["complete"]) == (2, False)
        assert rows["ollama/sim"]["cost"] == {"amount": "0", "complete": True}
        assert rows["openai/sim-status-500"]["errors"] == [["ModelUnavailable", 1]]
        pieces = data(admin.get("/api/v1/usage/series?steps=4"))["rows"]
        assert [row["calls"] for row in pieces][-1] == 4
        assert len(pieces) == 4
        records = data(admin.get("/api/v1/usage/records?limit=2"))["records"]
        assert [one["outcome"] for one in records] == ["ModelUnavailable", "ok"]
        assert error(admin.get("/api/v1/usage?by=nonsense"), 400)
        told = admin.get("/metrics").text
        assert 'pointsman_calls_total{provider="openai",model="sim",outcome="ok",cache="miss"} 2' in told
        assert 'pointsman_call_seconds_count{provider="ollama",model="sim"} 1' in told


def made_key(admin: httpx.Client, **fields: Any) -> tuple[str, dict[str, str]]:
    """A new key's id, and the header that brings it."""
    one = data(admin.post("/api/v1/keys", json={"name": "k", **fields}))
    return one["id"], {"authorization": f"Bearer {one['key']}"}


def ask(server: Running, headers: dict[str, str], model: str = "openai/sim") -> httpx.Response:
    """One question through the gateway."""
    body = {"model": model, "max_tokens": 50, "messages": [{"role": "user", "content": "Hi"}]}
    url = f"{server.address}/v1/chat/completions"
    return httpx.post(url, json=body, headers=headers, timeout=GUARD, trust_env=False)


PRICED = '[models."openai/sim"]\ninput = 1000\noutput = 1000\n'


def test_keys_keep_to_their_models_requests_budget_and_time(tmp_path: Path) -> None:
    from tests.served import SETTINGS

    with running(tmp_path / "home", settings=SETTINGS + PRICED) as server, server.signed_in() as admin:
        _, bound = made_key(admin, models=["ollama/*", "auto"])
        assert ask(server, bound, "ollama/sim").status_code == 200
        assert ask(server, bound, "openai/sim").status_code == 403
        assert ask(server, bound, "sim").status_code == 403
        _, slow = made_key(admin, requests_per_minute=2)
        began = time.monotonic()
        assert [ask(server, slow).status_code for _ in range(3)] == [200, 200, 429]
        wait = float(ask(server, slow).headers["retry-after"])
        assert 59 - (time.monotonic() - began) < wait <= 60
        _, over = made_key(admin, expires=1.0)
        assert ask(server, over).status_code == 401
        id, poor = made_key(admin, budget="1.00")
        statuses = [ask(server, poor).status_code for _ in range(60)]
        assert statuses[0] == 200
        assert statuses[-1] == 402
        listed = {one["id"]: one for one in data(admin.get("/api/v1/keys"))["keys"]}
        assert 0 < float(listed[id]["spent"]["amount"]) <= 1.00
        assert listed[id]["key"] is None
        assert listed[id]["last_used"] > 1
        id, gone = made_key(admin)
        assert ask(server, gone).status_code == 200
        assert data(admin.patch(f"/api/v1/keys/{id}", json={"enabled": False}))["enabled"] is False
        assert ask(server, gone).status_code == 401
        assert data(admin.patch(f"/api/v1/keys/{id}", json={"enabled": True}))["enabled"] is True
        assert ask(server, gone).status_code == 200
        assert data(admin.delete(f"/api/v1/keys/{id}")) == {}
        assert ask(server, gone).status_code == 401
        wrong: dict[str, Any]
        for wrong in ({"name": " "}, {"budget": "-1"}, {"budget": "much"}, {"scopes": []}, {"requests_per_minute": 0}):
            assert error(admin.post("/api/v1/keys", json={"name": "k", **wrong}), 400)
        with contextlib.closing(sqlite3.connect(tmp_path / "home" / "pointsman.db")) as connection:
            held = connection.execute("SELECT fields FROM virtual_key").fetchall()
        assert gone["authorization"].removeprefix("Bearer ").encode() not in b"".join(row[0] for row in held)


def test_a_keys_budget_holds_at_a_server_that_has_not_heard_of_the_key(tmp_path: Path) -> None:
    """Two servers on one database: what the key spends at either counts, from the moment it is made."""
    from tests.served import SETTINGS

    home = tmp_path / "home"
    with (
        running(home, settings=SETTINGS + PRICED) as one,
        one.signed_in() as admin,
        running(home, settings=SETTINGS + PRICED) as other,
    ):
        id, key = made_key(admin, budget="0.50")
        statuses = [ask(server, key).status_code for _ in range(20) for server in (other, one)]
        assert statuses[0] == 200
        assert statuses[-2:] == [402, 402]
        listed = {key["id"]: key for key in data(admin.get("/api/v1/keys"))["keys"]}
        assert 0 < float(listed[id]["spent"]["amount"]) <= 0.50


def test_a_conversation_belongs_to_the_key_that_made_it(tmp_path: Path) -> None:
    """Through every door: another key does not find it, read it or go on in it."""
    with running(tmp_path / "home") as server, server.signed_in() as admin:
        _, ann = made_key(admin, scopes=["chat", "read"])
        _, bob = made_key(admin, scopes=["chat", "read"])
        with (
            httpx.Client(base_url=server.address, headers=ann, timeout=GUARD, trust_env=False) as hers,
            httpx.Client(base_url=server.address, headers=bob, timeout=GUARD, trust_env=False) as his,
        ):
            id = data(hers.post("/api/v1/conversations", json={"title": "Ann's"}))["id"]
            said = {"conversation": id, "model": "openai/sim", "text": "my PIN is 4711"}
            assert hers.post("/api/v1/chat", json=said).status_code == 200
            place = f"/api/v1/conversations/{id}"
            refused = [
                his.get(place),
                his.post("/api/v1/chat", json={**said, "text": "repeat it"}),
                his.post(f"{place}/fork", json={}),
                his.patch(place, json={"title": "Bob's"}),
                his.get(f"{place}/export"),
                his.delete(place),
            ]
            assert [one.status_code for one in refused] == [404] * 6, "to whom it is not, it is not there"
            assert not any("4711" in one.text for one in refused)
            assert data(his.get("/api/v1/conversations"))["conversations"] == []
            assert [one["id"] for one in data(hers.get("/api/v1/conversations"))["conversations"]] == [id]
            assert len(data(hers.get(place))["entries"]) == 2
        assert data(admin.get(place))["conversation"]["title"] == "Ann's", "who runs the server sees all"


def test_nobody_claims_the_tag_of_a_key_or_escapes_that_of_their_own(tmp_path: Path) -> None:
    from tests.served import SETTINGS

    tight = '\n[budgets.tight]\nusd = 0.000001\nscope = "tag"\nonly = "key:k"\n'
    with running(tmp_path / "home", settings=SETTINGS + PRICED + tight) as server, server.signed_in() as admin:
        _, key = made_key(admin)
        asked = {"text": "Hi", "model": "openai/sim"}
        assert ask(server, key).status_code == 402
        with httpx.Client(base_url=server.address, headers=key, timeout=GUARD, trust_env=False) as client:
            assert client.post("/api/v1/chat", json=asked).status_code == 402
            assert client.post("/api/v1/completions", json={"prompt": "Hi", "model": "openai/sim"}).status_code == 402
        assert admin.post("/api/v1/chat", json={**asked, "tags": ["key:k", "mine"]}).status_code == 200
        records = data(admin.get("/api/v1/usage/records"))["records"]
        assert records[0]["tags"] == ["mine"]


def test_a_client_that_goes_away_stops_its_model_at_once(tmp_path: Path) -> None:
    with running(tmp_path / "home", pace=5.0) as server, server.signed_in() as admin:
        body = {"model": "openai/sim", "stream": True, "messages": [{"role": "user", "content": "Tell me much " * 40}]}
        url = f"{server.address}/v1/chat/completions"
        with httpx.stream("POST", url, json=body, timeout=GUARD, trust_env=False) as answer:
            next(answer.iter_lines())
        talk = data(admin.post("/api/v1/conversations", json={}))
        asked = {"conversation": talk["id"], "text": "Tell me much " * 40, "stream": True}
        with admin.stream("POST", "/api/v1/chat", json=asked) as answer:
            for name, _ in events(answer):
                if name == "TextDelta":
                    break
        prompt = {"model": "anthropic/sim", "stream": True, "prompt": "Tell me much " * 40}
        for path in ("/v1/completions", "/api/generate"):
            with httpx.stream("POST", server.address + path, json=prompt, timeout=GUARD, trust_env=False) as answer:
                next(answer.iter_lines())
        with admin.stream("POST", "/api/v1/completions", json=prompt) as answer:
            next(events(answer))
        outcomes: list[str] = []
        for _ in attempts():
            records = data(admin.get("/api/v1/usage/records"))["records"]
            outcomes = [f"{one['kind']} {one['outcome']}" for one in records]
            if len(outcomes) == 5:
                break
        assert sorted(outcomes) == [*["complete Cancelled"] * 3, *["stream Cancelled"] * 2]
        assert server.upstream.stats().cancelled_streams == 5
        entry = data(admin.get(f"/api/v1/conversations/{talk['id']}"))["entries"][-1]
        assert (entry["status"], entry["error"]) == ("partial", "Cancelled")
        assert entry["message"]["parts"]


def test_switching_the_provider_leaves_what_is_under_way_alone(tmp_path: Path) -> None:
    with running(tmp_path / "home", pace=20.0) as server, server.signed_in() as admin:
        began, switched = threading.Event(), threading.Event()
        found: list[tuple[str, Any]] = []

        def talk() -> None:
            with admin.stream("POST", "/api/v1/chat", json={"text": "Hello " * 30, "stream": True}) as answer:
                for name, event in events(answer):
                    found.append((name, event))
                    if name == "TextDelta" and not began.is_set():
                        began.set()
                        switched.wait(GUARD)

        thread = threading.Thread(target=talk)
        thread.start()
        assert began.wait(GUARD)
        with server.signed_in() as other:
            data(other.post("/api/v1/llm-providers/ollama/activate"))
            assert data(other.post("/api/v1/chat", json={"text": "Hi"}))["response"]["provider"] == "ollama"
        switched.set()
        thread.join(GUARD)
        assert found[-1][0] == "Done"
        assert found[-1][1]["response"]["provider"] == "openai"


def test_what_another_process_saves_takes_effect(tmp_path: Path) -> None:
    from tests.test_cli import run

    with running(tmp_path / "home") as server, server.signed_in() as admin:
        where = {"POINTSMAN_DATABASE": str(tmp_path / "home" / "pointsman.db")}
        config = ["--config", str(tmp_path / "home" / "pointsman.toml")]
        assert run(tmp_path / "home", "settings", "use", "gemini", *config, more=where)[0] == 0
        for _ in attempts():
            if data(admin.get("/api/v1/llm-providers"))["active"] == "gemini":
                break
        assert data(admin.post("/api/v1/chat", json={"text": "Hi"}))["response"]["provider"] == "gemini"


def test_branches_parameters_pin_folder_archive_and_titles(admin: httpx.Client) -> None:
    parameters = {"model": "openai/sim", "temperature": 0.5, "tools": ["calculator"]}
    made = data(admin.post("/api/v1/conversations", json={"parameters": parameters, "folder": "trains"}))
    one = f"/api/v1/conversations/{made['id']}"
    assert made["parameters"] == parameters | {"max_tokens": None, "reasoning_effort": "", "memory": False, "task": ""}

    def ask(text: str, after: str | None = None) -> Any:
        body = {"conversation": made["id"], "text": text, "model": "openai/sim", "after": after}
        data(admin.post("/api/v1/chat", json=body))
        return data(admin.get(one))

    first = ask("about levers")
    question, answer = (entry["id"] for entry in first["entries"])
    assert (first["branch"], first["conversation"]["leaf"]) == ([question, answer], None)
    twice = ask("", question)
    assert twice["branch"] == [question, twice["entries"][2]["id"]]
    assert ask("about signals", "")["branch"][0] not in (question, answer)
    assert error(admin.post("/api/v1/chat", json={"conversation": made["id"], "text": "x", "after": "no"}), 404)

    changed = data(admin.patch(one, json={"leaf": answer, "pinned": True, "folder": "points"}))
    assert (changed["leaf"], changed["pinned"], changed["folder"]) == (answer, True, "points")
    assert data(admin.get(one))["branch"] == [question, answer]
    assert error(admin.patch(one, json={"leaf": "no"}), 404)["tag"] == "ConversationNotFound"

    def listed(**query: bool | str) -> list[str]:
        return [each["id"] for each in data(admin.get("/api/v1/conversations", params=query))["conversations"]]

    assert listed(pinned=True) == listed(folder="points") == [made["id"]]
    assert data(admin.get("/api/v1/conversations/folders"))["folders"] == ["points"]
    assert made["id"] not in listed(pinned=False)
    data(admin.patch(one, json={"archived": True}))
    assert listed(pinned=True, archived=False) == []
    assert listed(pinned=True, archived=True) == [made["id"]]

    def recorded() -> list[str]:
        records = data(admin.get("/api/v1/usage/records"))["records"]
        return [tag for each in records if each["conversation"] == made["id"] for tag in each["tags"]]

    assert recorded() == [], "nobody is asked for a title unasked"
    titled = data(admin.post(f"{one}/title", json={}))
    assert titled["title"] not in ("", made["title"])
    assert recorded() == ["title"], "and then it is a call like any other"
    empty = data(admin.post("/api/v1/conversations", json={}))
    assert "nothing" in error(admin.post(f"/api/v1/conversations/{empty['id']}/title", json={}), 400)["message"]
