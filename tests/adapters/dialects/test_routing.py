"""Which dialect and operation a path leads to, under the base paths of the vendors' SDKs."""

from __future__ import annotations

import pytest

from pointsman.adapters.dialects.anthropic import ANTHROPIC
from pointsman.adapters.dialects.gemini import GEMINI
from pointsman.adapters.dialects.ollama import OLLAMA
from pointsman.adapters.dialects.openai_chat import OPENAI_CHAT
from pointsman.adapters.dialects.routing import PathTable
from pointsman.adapters.simulator.http_request import ReceivedRequest, has_key
from pointsman.core.security.secret import Secret

TABLE = PathTable((OPENAI_CHAT, ANTHROPIC, GEMINI, OLLAMA))


@pytest.mark.parametrize(
    ("method", "path", "headers", "wanted"),
    [
        ("POST", "/v1/chat/completions", {}, ("openai-chat", "chat", None)),
        ("POST", "/chat/completions", {}, ("openai-chat", "chat", None)),
        ("POST", "/v1/chat/completions/", {}, ("openai-chat", "chat", None)),
        ("POST", "/openai/v1/chat/completions", {}, ("openai-chat", "chat", None)),
        ("POST", "/openai/deployments/mine/chat/completions", {}, ("openai-chat", "chat", "mine")),
        ("POST", "/openai/deployments/a%2Fb/chat/completions", {}, ("openai-chat", "chat", "a/b")),
        ("POST", "/openai/deployments/a/b/chat/completions", {}, ("openai-chat", "chat", "a/b")),
        ("GET", "/v1/models", {}, ("openai-chat", "models", None)),
        ("HEAD", "/v1/models", {}, ("openai-chat", "models", None)),
        ("GET", "/v1/models", {"anthropic-version": "2023-06-01"}, ("anthropic", "models", None)),
        ("GET", "/v1beta/models", {}, ("gemini", "models", None)),
        ("GET", "/v1/models/qwen/qwen3%3A8b", {}, ("openai-chat", "model", "qwen/qwen3:8b")),
        ("POST", "/v1/messages", {}, ("anthropic", "chat", None)),
        ("POST", "/v1beta/models/sim:generateContent", {}, ("gemini", "chat", "sim")),
        ("POST", "/v1beta/models/a/b:streamGenerateContent", {}, ("gemini", "chat", "a/b")),
        ("POST", "/api/chat", {}, ("ollama", "chat", None)),
    ],
)
def test_where_a_path_leads(
    method: str, path: str, headers: dict[str, str], wanted: tuple[str, str, str | None]
) -> None:
    found = TABLE.find(method, path, headers)
    assert found is not None
    assert (found.dialect.name, found.route.operation, found.model) == wanted


@pytest.mark.parametrize("path", ["/v1/nothing", "/v2/chat/completions", "/v1/chat/completions/more", ""])
def test_paths_that_lead_nowhere(path: str) -> None:
    assert TABLE.find("POST", path, {}) is None


def test_methods_of_a_path() -> None:
    assert TABLE.methods("/v1/messages") == ("POST",)
    assert TABLE.methods("/nowhere") == ()


@pytest.mark.parametrize(
    ("path", "headers", "name"),
    [
        ("/v1/nothing", {}, "openai-chat"),
        ("/v1/nothing", {"anthropic-version": "x"}, "anthropic"),
        ("/v1beta/nothing", {}, "gemini"),
        ("/api/nothing", {}, "ollama"),
    ],
)
def test_in_whose_words_nowhere_is_told(path: str, headers: dict[str, str], name: str) -> None:
    assert TABLE.guess(path, headers).name == name


def test_path_and_query_of_a_call() -> None:
    call = ReceivedRequest("GET", "/v1/models?after=x&limit=2&limit=3")
    assert (call.path, call.query) == ("/v1/models", {"after": "x", "limit": "3"})
    assert ReceivedRequest("GET", "http://host/v1/models?x=1").path == "/v1/models"


def test_a_key_must_be_the_whole_key() -> None:
    key = Secret("sesame")
    assert has_key(ReceivedRequest("GET", "/", {"authorization": "Bearer sesame"}), key)
    assert not has_key(ReceivedRequest("GET", "/", {"authorization": "Bearer sesam"}), key)
    assert not has_key(ReceivedRequest("GET", "/", {}), key)
    assert not has_key(ReceivedRequest("GET", "/?key=", {"x-api-key": "ünlikely"}), key)
