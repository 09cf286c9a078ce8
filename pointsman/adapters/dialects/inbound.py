"""What a server of the dialects reads out of an HTTP request: JSON, a form, or a query. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Inbound
from pointsman.adapters.dialects.form import read_form
from pointsman.adapters.dialects.routing import RouteMatch
from pointsman.core.error import InvalidRequest
from pointsman.core.json import JsonObject, loads


def read_inbound(
    found: RouteMatch, method: str, query: Mapping[str, str], content_type: str, body: bytes
) -> Result[Inbound, InvalidRequest]:
    """The request as its dialect reads it; a GET's body is its query."""
    if method in ("GET", "HEAD"):
        return Success(Inbound({**query}, found.model, found.route.stream))
    if found.route.operation == "transcribe":
        return (
            read_form(content_type, body)
            .map(lambda form: Inbound({}, found.model, found.route.stream, form))
            .alt(_told)
        )
    read = loads(body or b"{}").bind(_object).alt(_told)
    return read.map(lambda value: Inbound(value, found.model, found.route.stream, size=len(body)))


def _told(problem: str) -> InvalidRequest:
    return InvalidRequest(detail=f"The request body is {problem}", status=400)


def _object(value: object) -> Result[JsonObject, str]:
    return Success(value) if isinstance(value, dict) else Failure("not a JSON object")
