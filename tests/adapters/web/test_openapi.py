"""The OpenAPI document tells the truth: whatever is sent by it is answered by it, and never by a mistake of ours."""

from __future__ import annotations

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
    assert len(operations) == len(set(operations)) == len(ENDPOINTS) + len(PLAIN_PATHS)
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
    assert streamed == {"/api/v1/chat", "/api/v1/completions"}


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            if key == "$ref":
                yield str(one)
            yield from _references(one)
    elif isinstance(value, list):
        for one in value:
            yield from _references(one)
