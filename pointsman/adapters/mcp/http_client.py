"""The HTTP client under the SDK's transport: what fails is an answer, not an exception that would end the session."""

from __future__ import annotations

import ssl
from typing import Any
from urllib.request import getproxies

import attrs
import httpx2
from mcp_types import INTERNAL_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND
from returns.result import Failure, Result, Success

from pointsman.adapters.net.proxy import Proxy, proxy_before
from pointsman.adapters.net.trust import trust
from pointsman.core.error import AuthenticationFailed, ConfigurationError, InvalidResponse, NetworkError
from pointsman.core.json import Json, as_object, dumps, loads
from pointsman.core.mcp_server import McpFailure, McpServer
from pointsman.core.security.secret import redact

MOST_BYTES = 32 * 2**20
"""The most that an answer that is not a stream may have."""
_CONNECT = 10.0
"""Seconds to connect."""
_LATER = 5.0
"""Seconds that the limit on silence is longer than the call's own time limit, so that the latter fires first and says
what took too long."""


@attrs.frozen
class Way:
    """How a server is reached from this machine."""

    proxy: Proxy | None
    trusted: ssl.SSLContext | bool


def way_to(server: McpServer) -> Result[Way, ConfigurationError]:
    """The way to `server`, or what is set on this machine stands in it."""
    url = server.url or ""
    proxy = None if server.on_this_machine else proxy_before(url, None, getproxies())
    if proxy is not None and proxy.problem is not None:
        return Failure(_wrongly_set(server, proxy.problem))
    if not url.lower().startswith("https:"):
        return Success(Way(proxy, False))
    return trust().map(lambda trusted: Way(proxy, trusted)).alt(lambda problem: _wrongly_set(server, problem))


def _wrongly_set(server: McpServer, problem: str) -> ConfigurationError:
    detail = f"the MCP server {server.name!r} cannot be reached: {problem}"
    return ConfigurationError(detail=detail, problems=(problem,))


class McpHttpClient(httpx2.AsyncClient):
    """Sends the headers of `server`; `failure` is what the last message has failed with, if it has.

    `way` says through which proxy, and which certificates are trusted; see `way_to`.
    """

    def __init__(self, server: McpServer, way: Way) -> None:
        super().__init__(
            headers={name: value.reveal() for name, value in server.headers.items()},
            timeout=httpx2.Timeout(server.timeout, connect=min(server.timeout, _CONNECT), read=server.timeout + _LATER),
            trust_env=False,
            proxy=None if way.proxy is None else way.proxy.address,
            verify=way.trusted,
        )
        self.failure: McpFailure | None = None
        self._server = server

    async def send(self, request: httpx2.Request, **how: Any) -> httpx2.Response:
        """As `httpx2.AsyncClient.send`; never raises an `httpx2.HTTPError`."""
        try:
            response = await super().send(request, **how)
            if response.is_error or (response.is_success and _is_json(response)):
                response = await _read(response)
        except httpx2.HTTPError as problem:
            said = redact(f"{type(problem).__name__}: {problem}".removesuffix(": "), self._server.secrets)
            self._note(request, NetworkError(detail=f"the MCP server {self._server.name!r} was not reached ({said})"))
            return _rpc_error(request, 503, INTERNAL_ERROR, f"not reached: {said}")
        self._note(request, self._refusal(response) if response.is_error else None)
        if response.status_code == 404 and "mcp-session-id" in request.headers:
            return _rpc_error(request, 404, INVALID_REQUEST, "it has ended the session; open it again")
        if not response.is_error or "code" in as_object(as_object(_body(response)).get("error")):
            return response
        code = METHOD_NOT_FOUND if response.status_code == 404 else INTERNAL_ERROR  # what the SDK would take
        return _rpc_error(request, response.status_code, code, _status(response))

    def _note(self, request: httpx2.Request, failure: McpFailure | None) -> None:
        if request.method == "POST":  # a server need not have anything to say by itself, and may refuse to be asked
            self.failure = failure

    def _refusal(self, response: httpx2.Response) -> McpFailure:
        detail = f"the MCP server {self._server.name!r} answered {_status(response)}"
        if response.status_code in (401, 403):
            return AuthenticationFailed(detail=detail, status=response.status_code)
        if response.is_server_error or response.status_code == 429:
            return NetworkError(detail=detail, status=response.status_code)
        return InvalidResponse(detail=detail, status=response.status_code)


def _is_json(response: httpx2.Response) -> bool:
    return str(response.headers.get("content-type", "")).lower().startswith("application/json")


def _body(response: httpx2.Response) -> Json:
    return loads(response.content).value_or(None)


async def _read(response: httpx2.Response) -> httpx2.Response:
    """The whole answer, read here, where it may fail."""
    body = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MOST_BYTES:
                raise httpx2.DecodingError(f"more than {MOST_BYTES >> 20} MiB", request=response.request)
    finally:
        await response.aclose()
    headers = [(name, value) for name, value in response.headers.multi_items() if not name.startswith("content-")]
    headers.append(("content-type", response.headers.get("content-type", "")))
    return httpx2.Response(response.status_code, headers=headers, content=bytes(body), request=response.request)


def _status(response: httpx2.Response) -> str:
    return f"HTTP {response.status_code} {response.reason_phrase}".strip()


def _rpc_error(request: httpx2.Request, status: int, code: int, message: str) -> httpx2.Response:
    body = {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}}
    headers = {"content-type": "application/json"}
    return httpx2.Response(status, headers=headers, content=dumps(body), request=request)
