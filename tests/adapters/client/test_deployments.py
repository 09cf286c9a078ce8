"""Where requests go at Azure: by its v1 API, or by deployments under a dated version."""

from __future__ import annotations

import attrs
import pytest
from returns.methods import unwrap_or_failure

from pointsman.adapters.client.endpoint import read_deployments
from pointsman.adapters.dialects.dialect import Target, WireRequest
from pointsman.adapters.dialects.openai_chat import OPENAI_CHAT
from pointsman.adapters.dialects.openai_responses import OPENAI_RESPONSES
from pointsman.core.error import InvalidRequest

ROOT = "https://name.openai.azure.com/openai"
DATED = "2024-10-21"


def place(base_url: str, api_version: str | None, wire: WireRequest, model: str = "gpt-4o") -> str:
    """The address of one request."""
    root, deployments = read_deployments(base_url, api_version)
    located = deployments.locate(wire, Target("azure", model)).unwrap()
    query = "&".join(f"{name}={value}" for name, value in located.query)
    return f"{root}{located.path}{f'?{query}' if query else ''}"


@pytest.mark.parametrize("path", ["/chat/completions", "/completions", "/embeddings", "/audio/transcriptions"])
@pytest.mark.parametrize("base", [ROOT, f"{ROOT}/v1"])
def test_a_dated_version_names_the_deployment_in_the_path(base: str, path: str) -> None:
    assert place(base, DATED, WireRequest(path)) == f"{ROOT}/deployments/gpt-4o{path}?api-version={DATED}"
    assert place(base, None, WireRequest(path)) == f"{ROOT}/v1{path}"


@pytest.mark.parametrize("version", ["preview", "latest", "v1"])
def test_versions_of_the_v1_api_name_none(version: str) -> None:
    assert place(ROOT, version, WireRequest("/chat/completions")) == f"{ROOT}/v1/chat/completions?api-version={version}"


@pytest.mark.parametrize("path", ["/models", "/responses", "/responses/input_tokens"])
def test_what_has_its_model_in_the_body_stands_below_no_deployment(path: str) -> None:
    assert place(ROOT, DATED, WireRequest(path)) == f"{ROOT}{path}?api-version={DATED}"
    assert place(ROOT, None, WireRequest(path)) == f"{ROOT}/v1{path}"


def test_a_deployment_in_the_address_is_asked_whatever_the_model_is_called() -> None:
    base = f"{ROOT}/deployments/mine"
    assert place(base, DATED, WireRequest("/chat/completions")) == (
        f"{ROOT}/deployments/mine/chat/completions?api-version={DATED}"
    )
    assert place(base, DATED, WireRequest("/models")) == f"{ROOT}/models?api-version={DATED}"


def test_a_clients_own_version_wins() -> None:
    wire = WireRequest("/chat/completions", query=(("api-version", "2023-05-15"), ("beta", "true")))
    for own in (None, DATED, "preview"):
        assert place(ROOT, own, wire) == (
            f"{ROOT}/deployments/gpt-4o/chat/completions?beta=true&api-version=2023-05-15"
        )


def test_another_address_stays_as_it_is() -> None:
    assert place("https://proxy.example/azure", None, WireRequest("/embeddings")) == (
        "https://proxy.example/azure/embeddings"
    )


@pytest.mark.parametrize(
    ("model", "quoted"),
    [("a/b", "a%2Fb"), ("größe", "gr%C3%B6%C3%9Fe"), ("a%2e%2e", "a%252e%252e"), ("a&b=c", "a%26b%3Dc")],
)
def test_the_name_of_a_deployment_is_quoted(model: str, quoted: str) -> None:
    assert place(ROOT, DATED, WireRequest("/embeddings"), model).startswith(f"{ROOT}/deployments/{quoted}/embeddings?")


@pytest.mark.parametrize("model", ["..", "a/../b", "a?b", "a#b", "", "a b", "a\r\nb", "a\\b"])
def test_the_name_of_a_deployment_does_not_choose_the_path(model: str) -> None:
    _, deployments = read_deployments(ROOT, DATED)
    refused = unwrap_or_failure(deployments.locate(WireRequest("/embeddings"), Target("azure", model)))
    assert isinstance(refused, InvalidRequest)
    assert refused.provider == "azure"


def test_health_pages_stand_at_the_origin() -> None:
    wire = WireRequest("/health", method="GET", from_origin=True)
    assert read_deployments(ROOT, DATED)[1].locate(wire, Target("azure", "")).unwrap() == wire


def test_clients_of_both_dialects_may_name_a_version() -> None:
    for dialect in (OPENAI_CHAT, OPENAI_RESPONSES):
        assert "api-version" in dialect.passthrough.query
        assert attrs.evolve(dialect.passthrough, query=frozenset()) != dialect.passthrough
