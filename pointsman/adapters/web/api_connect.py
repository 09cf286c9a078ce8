"""How programs are connected: base URLs, lines for each SDK, and whether the gateway asks for a key as things stand."""

from __future__ import annotations

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.web.api_endpoint import AnyCall, ApiEndpoint
from pointsman.adapters.web.snippets import BASE_URLS, SNIPPETS, BaseUrl, Snippet
from pointsman.core.error import LLMError


@attrs.frozen(kw_only=True)
class ConnectionView:
    """With `needs_key` False anybody on this machine may ask without one, until the first key is given out.

    In the code of the snippets {ADDRESS}, {KEY} and {MODEL} stand for the server's address, a key, and a model.
    """

    needs_key: bool
    bases: list[BaseUrl]
    snippets: list[Snippet]


async def connect(call: AnyCall) -> Result[ConnectionView, LLMError]:
    """How a program is pointed at this server."""
    has_keys = await call.site.authority.has_keys()
    if isinstance(has_keys, Failure):
        return Failure(has_keys.failure())
    needs_key = has_keys.unwrap() or not call.site.policy.open_gateway
    return Success(ConnectionView(needs_key=needs_key, bases=list(BASE_URLS), snippets=list(SNIPPETS)))


ENDPOINTS = (
    ApiEndpoint(
        method="GET",
        path="/api/v1/connect",
        summary="How programs are connected, and whether they need a key",
        run=connect,
        scope="chat",
    ),
)
