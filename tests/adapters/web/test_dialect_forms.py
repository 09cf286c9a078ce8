"""What a client can meet beside answers, in its own dialect's form: lists, wrong paths, waits, and who answered."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from tests.adapters.web.recording_upstream import Reply, Upstream, recording
from tests.adapters.web.test_passing_on import ANSWERS, BODIES, ERRORS, HEADERS, KINDS, PATHS, stream_of
from tests.patience import GUARD
from tests.served import Running, running

LOCAL = ("lmstudio", "llamacpp", "meta-llama", "transformers-serve")
BASES = {"openai": "/v1", "openai-responses": "/v1", "gemini": "/v1beta", **dict.fromkeys((*LOCAL, "groq"), "/v1")}
SETTINGS = 'default_provider = "openai"\n[retries]\nmax_retries = 0\n[breaker]\nfailures = 100000\n' + "".join(
    f'[providers.{kind}]\nbase_url = "ADDRESS{BASES.get(kind, "")}"\napi_key = "sk-upstream-123"\nmodel = "m"\n'
    for kind in (*KINDS, *LOCAL, "groq")
)
ALIASES = '[aliases]\n"claude-haiku-*" = "ollama/qwen3"\n"claude-sonnet-*" = "openai/gpt-*"\n'
ANTHROPIC = {"anthropic-version": "2023-06-01"}
PAIRS = [(client, behind) for client in KINDS for behind in KINDS if client != behind]


@attrs.frozen(repr=False)
class Lab:
    """A gateway whose providers are all one upstream, and a client of it."""

    upstream: Upstream
    gateway: Running
    client: httpx.Client

    def ask(self, client: str, model: str, **more: Any) -> httpx.Response:
        """The body of that kind of client, with `more`, for `model`."""
        self.upstream.asked.clear()
        body = {**copy.deepcopy(BODIES[client]), **more}
        path = PATHS[client]
        if client == "gemini":
            verb = "streamGenerateContent?alt=sse" if more.get("stream") else "generateContent"
            body.pop("stream", None)
            path = f"/v1beta/models/{model}:{verb}"
        else:
            body["model"] = model
        return self.client.post(path, json=body, headers=HEADERS.get(client, {}))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home: Path = tmp_path_factory.mktemp("forms") / "home"
    with (
        recording() as upstream,
        running(home, SETTINGS.replace("ADDRESS", upstream.address) + ALIASES) as gateway,
        httpx.Client(base_url=gateway.address, timeout=GUARD, trust_env=False) as client,
    ):
        yield Lab(upstream, gateway, client)


def family_of(answer: httpx.Response) -> str:
    """Whose envelope an error has."""
    body = answer.json()
    if isinstance(body["error"], str):
        return "ollama"
    if body.get("type") == "error":
        return "anthropic"
    return "gemini" if "status" in body["error"] else "openai" if "param" in body["error"] else "ours"


NOWHERE = [
    ("GET", "/v1", {}, "openai"),
    ("GET", "/v1/", {}, "openai"),
    ("GET", "/v1/nope", {}, "openai"),
    ("POST", "/v1/nope", {}, "openai"),
    ("POST", "/v1/threads", {}, "openai"),
    ("GET", "/v1/responses/resp_1", {}, "openai"),
    ("POST", "/v1/nope", ANTHROPIC, "anthropic"),
    ("POST", "/v1/nope", {"x-goog-api-key": "k"}, "gemini"),
    ("POST", "/v1/messages/batches", {}, "anthropic"),
    ("POST", "/v1/messages/batches", ANTHROPIC, "anthropic"),
    ("GET", "/anthropic", {}, "anthropic"),
    ("POST", "/anthropic/v1/nope", {}, "anthropic"),
    ("GET", "/openai", {}, "openai"),
    ("POST", "/openai/nope", {}, "openai"),
    ("POST", "/openai/v1/nope", {"x-api-key": "k"}, "openai"),
    ("POST", "/openai/deployments/x/nope?api-version=1", {}, "openai"),
    ("GET", "/v1beta", {}, "gemini"),
    ("GET", "/v1beta/nope", {}, "gemini"),
    ("POST", "/v1alpha/nope", {}, "gemini"),
    ("POST", "/v1beta/models/m:nope", {}, "gemini"),
    ("POST", "/v1beta/models/a/b:nope", {}, "gemini"),
    ("GET", "/api", {}, "ollama"),
    ("GET", "/api/nope", {}, "ollama"),
    ("POST", "/api/nope", {}, "ollama"),
]


@pytest.mark.parametrize(("method", "path", "headers", "family"), NOWHERE)
def test_an_unknown_path_is_told_in_the_form_of_its_dialect(
    lab: Lab, method: str, path: str, headers: dict[str, str], family: str
) -> None:
    answer = lab.client.request(method, path, headers=headers)
    assert (answer.status_code, family_of(answer)) == (404, family)
    assert answer.headers["content-type"] == "application/json"
    error = answer.json()["error"]
    if family == "openai":
        assert (error["type"], error["code"]) == ("invalid_request_error", None)
    if family == "anthropic":
        assert error["type"] == "not_found_error"
    if family == "gemini":
        assert (error["code"], error["status"]) == (404, "NOT_FOUND")


WRONG_METHODS = [
    ("GET", "/v1/chat/completions", {}, "openai", "POST"),
    ("PUT", "/v1/models", {}, "openai", "GET"),
    ("PUT", "/v1/models", ANTHROPIC, "anthropic", "GET"),
    ("GET", "/v1/messages", {}, "anthropic", "POST"),
    ("GET", "/anthropic/v1/messages", {}, "anthropic", "POST"),
    ("GET", "/openai/deployments/x/chat/completions", {}, "openai", "POST"),
    ("DELETE", "/v1beta/models", {}, "gemini", "GET"),
    ("GET", "/api/chat", {}, "ollama", "POST"),
    ("GET", "/api/generate", {}, "ollama", "POST"),
    ("DELETE", "/api/tags", {}, "ollama", "GET"),
]


@pytest.mark.parametrize(("method", "path", "headers", "family", "allowed"), WRONG_METHODS)
def test_a_wrong_method_is_told_with_the_right_one(
    lab: Lab, method: str, path: str, headers: dict[str, str], family: str, allowed: str
) -> None:
    answer = lab.client.request(method, path, headers=headers)
    assert (answer.status_code, family_of(answer), answer.headers["allow"]) == (405, family, allowed)
    if family == "gemini":
        assert answer.json()["error"]["code"] == 405


@pytest.mark.parametrize("path", ["/api/v1/nope", "/api/llm/nope", "/api/v1"])
def test_the_paths_of_the_page_keep_its_own_form(lab: Lab, path: str) -> None:
    assert "success" in lab.client.get(path).json()


LISTS = [
    ("/v1/models", {}, "data", "id"),
    ("/openai/v1/models", {}, "data", "id"),
    ("/openai/models?api-version=2024-10-21", {}, "data", "id"),
    ("/v1/models?limit=5", ANTHROPIC, "data", "id"),
    ("/anthropic/v1/models", {}, "data", "id"),
    ("/v1beta/models?pageSize=5", {}, "models", "name"),
    ("/v1/models", {"x-goog-api-key": "k"}, "models", "name"),
    ("/api/tags", {}, "models", "name"),
]


@pytest.mark.parametrize(("path", "headers", "key", "name"), LISTS)
def test_models_are_listed_in_the_form_of_each_dialect(
    lab: Lab, path: str, headers: dict[str, str], key: str, name: str
) -> None:
    answer = lab.client.get(path, headers=headers)
    assert answer.status_code == 200
    (model, *_) = answer.json()[key]
    assert model[name] == ("models/auto" if "goog" in str(headers) or "beta" in path else "auto")
    extra = {"data": {"object"} if not headers and "anthropic" not in path else {"type", "display_name", "created_at"}}
    assert extra.get(key, set()) <= model.keys()


@pytest.mark.parametrize(
    ("path", "headers", "family"),
    [
        ("/v1/models/nope", {}, "openai"),
        ("/v1/models/nope", ANTHROPIC, "anthropic"),
        ("/v1beta/models/nope", {}, "gemini"),
    ],
)
def test_a_model_that_is_not_there_is_told_in_the_form_of_each_dialect(
    lab: Lab, path: str, headers: dict[str, str], family: str
) -> None:
    answer = lab.client.get(path, headers=headers)
    assert (answer.status_code, family_of(answer)) == (404, family)
    assert lab.client.post("/api/show", json={"model": "nope"}).json() == {"error": "there is no model 'nope'"}


WAITS = [
    ({"retry-after": "7.5"}, ("7500", "8")),
    ({"retry-after-ms": "1500"}, ("1500", "2")),
    ({"retry-after": "0"}, ("0", "0")),
    ({}, (None, None)),
]


@pytest.mark.parametrize(("client", "behind"), PAIRS)
def test_another_vendors_wait_is_told_in_every_form(lab: Lab, client: str, behind: str) -> None:
    for number, (headers, expected) in enumerate(WAITS):
        lab.upstream.reply = Reply(429, dict(headers), [json.dumps(ERRORS[behind]).encode()])
        answer = lab.ask(client, f"{behind}/wait-{client}-{number}")
        told = answer.headers.get("retry-after-ms"), answer.headers.get("retry-after")
        assert (answer.status_code, told) == (429, expected)


REPEATS = [(400, False), (401, False), (404, False), (429, True), (500, True), (503, True), (529, True)]


@pytest.mark.parametrize(("status", "again"), REPEATS)
@pytest.mark.parametrize(("client", "behind"), [pair for pair in PAIRS if pair[0] in ("openai", "anthropic")])
def test_whether_to_ask_again_is_told_as_it_is_and_not_as_another_vendor_said(
    lab: Lab, client: str, behind: str, status: int, again: bool
) -> None:
    lie = {"x-should-retry": str(not again).lower()}
    lab.upstream.reply = Reply(status, lie, [json.dumps(ERRORS[behind]).encode()])
    answer = lab.ask(client, f"{behind}/again-{client}-{status}")
    assert answer.headers["x-should-retry"] == str(again).lower()
    assert (answer.status_code >= 500 or answer.status_code == 429) is again


@pytest.mark.parametrize(("client", "behind"), [(client, behind) for client in KINDS for behind in KINDS])
def test_a_stream_says_in_its_head_who_answers(lab: Lab, client: str, behind: str) -> None:
    media = "application/x-ndjson" if behind == "ollama" else "text/event-stream"
    lab.upstream.reply = Reply(headers={"content-type": media}, pieces=[stream_of(behind, ["Le", "ft."], 1)])
    answer = lab.ask(client, f"{behind}/m", stream=True)
    assert answer.status_code == 200
    assert answer.headers["x-pointsman-model"] == f"{behind}/m"


DROPPED: dict[str, tuple[dict[str, Any], tuple[str, ...], str]] = {
    "openai": ({"frequency_penalty": 0.5, "logit_bias": {"5": 1}}, ("anthropic", "ollama"), "logit_bias"),
    "anthropic": ({"top_k": 5}, ("openai", "openai-responses", "groq"), "top_k"),
    "ollama": ({"options": {"num_ctx": 4096, "mirostat": 1}}, ("openai", "anthropic"), "mirostat"),
}


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("client", "behind"), [(client, behind) for client, (_, all_of, _) in DROPPED.items() for behind in all_of]
)
def test_what_was_left_out_is_told_in_the_head_of_answers_and_of_streams(
    lab: Lab, client: str, behind: str, stream: bool
) -> None:
    more, _, name = DROPPED[client]
    form = "openai" if behind == "groq" else behind
    media = "application/x-ndjson" if behind == "ollama" else "text/event-stream"
    whole = Reply(pieces=[json.dumps(ANSWERS[form]).encode()])
    streamed = Reply(headers={"content-type": media}, pieces=[stream_of(form, ["Le", "ft."], 1)])
    lab.upstream.reply = streamed if stream else whole
    answer = lab.ask(client, f"{behind}/m", stream=stream, **more)
    assert answer.status_code == 200, answer.text
    assert any(name in warning for warning in json.loads(answer.headers["x-pointsman-warnings"]))
    assert name not in lab.upstream.asked[0].data.decode()


@pytest.mark.parametrize("client", ["openai", "ollama"])
@pytest.mark.parametrize("behind", LOCAL)
def test_no_limit_reaches_a_local_server_as_no_limit(lab: Lab, client: str, behind: str) -> None:
    lab.upstream.reply = Reply(pieces=[json.dumps(ANSWERS["openai"]).encode()])
    more = {"max_tokens": -1} if client == "openai" else {"options": {"num_predict": -1}}
    assert lab.ask(client, f"{behind}/m", **more).status_code == 200
    assert lab.upstream.asked[0].body["max_tokens"] == -1


@pytest.mark.parametrize("limit", [-1, -2])
def test_both_of_ollamas_words_for_no_limit_go_on(lab: Lab, limit: int) -> None:
    lab.upstream.reply = Reply(pieces=[json.dumps(ANSWERS["ollama"]).encode()])
    assert lab.ask("ollama", "ollama/m", options={"num_predict": limit}).status_code == 200
    assert lab.upstream.asked[0].body["options"]["num_predict"] == limit


@pytest.mark.parametrize(
    ("client", "more"), [("openai", {"max_tokens": -1}), ("ollama", {"options": {"num_predict": -2}})]
)
@pytest.mark.parametrize("behind", ["openai-responses", "anthropic", "gemini", "ollama"])
def test_no_limit_is_no_number_where_the_vendor_has_no_word_for_it(
    lab: Lab, client: str, more: dict[str, Any], behind: str
) -> None:
    if client == behind:
        return
    lab.upstream.reply = Reply(pieces=[json.dumps(ANSWERS[behind]).encode()])
    assert lab.ask(client, f"{behind}/m", **more).status_code == 200
    sent = lab.upstream.asked[0].data.decode()
    assert "-2" not in sent
    assert ("-1" in sent) is (behind == "ollama")


MESSAGES = {"max_tokens": 50, "messages": [{"role": "user", "content": "Which way?"}]}


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("asked", "behind", "model"),
    [("claude-haiku-4-5-20251001", "ollama", "qwen3"), ("claude-sonnet-5", "openai", "gpt-5")],
)
def test_the_models_that_a_coding_agent_asks_for_are_aliases(
    lab: Lab, asked: str, behind: str, model: str, stream: bool
) -> None:
    media = {"content-type": "application/x-ndjson" if behind == "ollama" else "text/event-stream"}
    whole = Reply(pieces=[json.dumps(ANSWERS[behind]).encode()])
    lab.upstream.reply = Reply(headers=media, pieces=[stream_of(behind, ["Le", "ft."], 1)]) if stream else whole
    lab.upstream.asked.clear()
    body = {"model": asked, "stream": stream, **MESSAGES}
    answer = lab.client.post("/v1/messages?beta=true", json=body, headers=ANTHROPIC)
    assert (answer.status_code, answer.headers["x-pointsman-model"]) == (
        200,
        f"{behind}/m",
    )
    assert lab.upstream.asked[0].body["model"] == model
    said = json.loads(answer.text.split("data: ")[1].split("\n")[0])["message"] if stream else answer.json()
    assert said["model"] == asked


@pytest.mark.parametrize("asked", ["claude-haiku-4-5", "claude-sonnet-5"])
def test_the_tokens_of_an_alias_are_counted(lab: Lab, asked: str) -> None:
    body = {"model": asked, "messages": MESSAGES["messages"]}
    answer = lab.client.post("/v1/messages/count_tokens?beta=true", json=body, headers=ANTHROPIC)
    assert answer.status_code == 200
    assert answer.json()["input_tokens"] > 0
