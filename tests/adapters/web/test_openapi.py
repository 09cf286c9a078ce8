"""The OpenAPI document tells the truth: whatever is sent by it is answered by it, and never by a mistake of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from pointsman.adapters.web.openapi import document
from pointsman.adapters.web.readiness import PLAIN_PATHS
from pointsman.adapters.web.web_app import ENDPOINTS
from pointsman.core.notice import EVENT_NAMES
from pointsman.layers.endpoints import DIALECT_NAMES, load_dialect
from pointsman.testing.laws.examples import examples
from tests.patience import GUARD
from tests.served import Running, running

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")

DOCUMENT: dict[str, Any] = document(ENDPOINTS, "0", PLAIN_PATHS)
schema = schemathesis.openapi.from_dict(DOCUMENT)
_LIFE = (
    ("POST", "/api/v1/session"),
    ("DELETE", "/api/v1/session"),
    ("PUT", "/api/v1/session/password"),
)
"""These would sign the test out, or slow it down on purpose."""
_FRAMING = ("content-length", "transfer-encoding", "connection", "upgrade", "expect")
"""Headers of the connection: what is wrong in them the HTTP server itself refuses, before there is an endpoint."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("openapi") / "home") as found:
        yield found


@pytest.fixture(scope="module")
def key(server: Running) -> str:
    with server.signed_in() as admin:
        answer = admin.post("/api/v1/keys", json={"name": "all", "scopes": ["chat", "read", "admin"]})
        return str(answer.json()["data"]["key"])


@schema.parametrize()
@settings(max_examples=examples(12), suppress_health_check=list(HealthCheck))
def test_every_answer_is_a_documented_one(case: schemathesis.Case[Any], server: Running, key: str) -> None:
    if (case.method.upper(), case.path) in _LIFE:
        pytest.skip("it would sign the test out")
    for name in _FRAMING:
        case.headers.pop(name, None)
    answer = case.call(base_url=server.address, headers={"authorization": f"Bearer {key}"}, timeout=GUARD)
    case.validate_response(
        answer,
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ],
    )


def test_every_endpoint_is_in_the_document_once(server: Running) -> None:
    told = httpx.get(f"{server.address}/openapi.json", timeout=GUARD, trust_env=False).json()
    operations = [one["operationId"] for path in told["paths"].values() for one in path.values()]
    assert len(operations) == len(set(operations))
    ours = {one["operationId"] for path in DOCUMENT["paths"].values() for one in path.values()}
    assert len(ours) == len(ENDPOINTS) + len(PLAIN_PATHS)
    assert ours < set(operations)
    references = set(_references(told))
    assert references
    assert {name.rpartition("/")[2] for name in references} <= told["components"]["schemas"].keys()


def test_what_can_be_streamed_is_documented_so() -> None:
    streamed = {
        path
        for path, operations in DOCUMENT["paths"].items()
        for one in operations.values()
        if "text/event-stream" in one["responses"]["200"]["content"] and "requestBody" in one
    }
    assert streamed == {"/api/v1/chat", "/api/v1/completions", "/api/v1/llm-providers/completions"}


def test_gateway_sockets_webhooks_and_metrics_are_in_the_document(server: Running) -> None:
    told = httpx.get(f"{server.address}/openapi.json", timeout=GUARD, trust_env=False).json()
    listed = {(path, method) for path, operations in told["paths"].items() for method in operations}
    routes = {(one.pattern, one.method.lower()) for name in DIALECT_NAMES for one in load_dialect(name).routes}
    others = ("/metrics", "/healthz", "/readyz", "/api/v1/events", "/api/v1/chat/socket")
    assert routes | {(path, "get") for path in others} <= listed
    assert told["webhooks"].keys() == EVENT_NAMES | {"notices_lost"}
    groups = {one["name"] for one in told["tags"]}
    used = {one["tags"][0] for path in told["paths"].values() for one in path.values()}
    assert used == groups
    socket = told["paths"]["/api/v1/events"]["get"]["description"]
    assert [word for word in ("subscribe", "csrf", "response_chunk") if word not in socket] == []


@pytest.mark.parametrize("name", DIALECT_NAMES)
def test_the_examples_of_the_gateway_are_answered(server: Running, key: str, name: str) -> None:
    told = httpx.get(f"{server.address}/openapi.json", timeout=GUARD, trust_env=False).json()
    tried = 0
    for path, operations in told["paths"].items():
        for method, one in operations.items():
            media = one.get("requestBody", {}).get("content", {}).get("application/json", {})
            if one["tags"][0] == f"gateway: {name}" and media.get("example") and "tuned" not in path.lower():
                body = json.loads(json.dumps(media["example"]).replace("provider/model", "openai/sim"))
                url = f"{server.address}{path.replace('{model}', 'openai%2Fsim')}"
                own = {"authorization": f"Bearer {key}"}
                answer = httpx.request(method, url, json=body, headers=own, timeout=GUARD, trust_env=False)
                assert answer.status_code == 200, (path, answer.text)
                tried += 1
    assert tried


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            if key == "$ref":
                yield str(one)
            yield from _references(one)
    elif isinstance(value, list):
        for one in value:
            yield from _references(one)
