"""The table of the API: every module declares its part, and the handlers' own types say what they take and give."""

from __future__ import annotations

from pathlib import Path
from typing import Never

import attrs
import pytest
from returns.result import Result, Success
from starlette.responses import Response

from pointsman.adapters import web
from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, NoData, Signature, signature_of
from pointsman.adapters.web.web_app import ENDPOINTS, collect_endpoints
from pointsman.core.error import LLMError
from pointsman.core.json import JsonObject

MODULE = """
from __future__ import annotations
from returns.result import Result, Success
from pointsman.adapters.web.api_endpoint import AnyCall, ApiEndpoint, NoData
from pointsman.core.error import LLMError
from pointsman.core.json import JsonObject

async def nothing(call: AnyCall) -> Result[NoData, LLMError]:
    return Success(NoData())

ENDPOINTS = (ApiEndpoint(method="GET", path="/api/v1/nothing", summary="Nothing", run=nothing),)
"""


@attrs.frozen
class Question:
    """A body."""

    text: str


@attrs.frozen
class Window:
    """A query."""

    since: float = 0


async def plain(call: AnyCall) -> Result[NoData, LLMError]:
    return Success(NoData())


async def both(call: ApiCall[Question, Window]) -> Result[Window, LLMError] | Response:
    return Success(call.query)


async def download(call: ApiCall[object, Window]) -> Result[Never, LLMError] | Response:
    return Response(str(call.query.since))


def test_a_handler_says_by_its_types_what_it_takes_and_gives() -> None:
    assert signature_of(plain) == Signature(body=None, query=None, answer=NoData)
    assert signature_of(both) == Signature(body=Question, query=Window, answer=Window)
    assert signature_of(download) == Signature(body=None, query=Window, answer=None)


def test_a_new_module_of_the_api_is_served_because_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "api_planted.py").write_text(MODULE, "utf-8")
    monkeypatch.setattr(web, "__path__", [*web.__path__, str(tmp_path)])
    assert {one.path for one in collect_endpoints()} - {one.path for one in ENDPOINTS} == {"/api/v1/nothing"}


def test_a_module_of_the_api_without_a_table_does_not_go_unseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "api_forgotten.py").write_text("ENDPOINT = ()", "utf-8")
    monkeypatch.setattr(web, "__path__", [*web.__path__, str(tmp_path)])
    with pytest.raises(AttributeError, match="ENDPOINTS"):
        collect_endpoints()


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: f"{one.method} {one.path}")
def test_what_an_endpoint_takes_and_gives_are_records(endpoint: ApiEndpoint) -> None:
    signature = endpoint.signature
    kinds = [kind for kind in (signature.body, signature.query, signature.answer) if kind is not None]
    assert all(attrs.has(kind) for kind in kinds)


async def generated(call: ApiCall[attrs.AttrsInstance, object]) -> Result[JsonObject, LLMError]:
    return Success(attrs.asdict(call.body))


def test_types_that_are_made_at_run_time_are_named_by_the_endpoint() -> None:
    made = attrs.make_class("Made", {"text": attrs.field(type=str)})
    endpoint = ApiEndpoint(method="POST", path="/", summary="", run=generated, takes=made, gives=Question)
    assert endpoint.signature == Signature(body=made, query=None, answer=Question)
