"""Server side: parses the JSON body, form or query of an incoming HTTP request. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Inbound
from pointsman.adapters.dialects.passthrough import pass_on
from pointsman.adapters.dialects.routing import RouteMatch
from pointsman.adapters.form import read_form
from pointsman.core.effect import is_failure
from pointsman.core.error import InvalidRequest
from pointsman.core.json import is_writable, loads, may_nest_deeply


def read_inbound(
    found: RouteMatch, method: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
) -> Result[Inbound, InvalidRequest]:
    """The request as its dialect reads it; a GET's body is its query. `headers` have lower-case names."""
    model, stream = found.model, found.route.stream
    if method in ("GET", "HEAD"):
        return Success(Inbound({**query}, model, stream))
    if found.route.operation == "transcribe":
        form = read_form(headers.get("content-type", ""), body)
        return form.map(lambda fields: Inbound({}, model, stream, fields)).alt(_refusal)
    said, asked = pass_on(found.dialect, headers, query)
    data = body or b"{}"
    wanted = found.dialect.events_asked_by
    as_events = wanted is None or query.get(wanted[0]) == wanted[1]
    read = loads(data)
    if is_failure(read):
        return Failure(_refusal(read.failure()))
    value = read.unwrap()
    if not isinstance(value, dict):
        return Failure(_refusal("not a JSON object"))
    if may_nest_deeply(data) and not is_writable(value):  # it is refused before anybody walks through it
        return Failure(_refusal("nested too deeply; 200 levels are enough"))
    return Success(Inbound(value, model, stream, None, data, said, asked, as_events))


def _refusal(problem: str) -> InvalidRequest:
    return InvalidRequest(detail=f"The request body is {problem}", status=400)
