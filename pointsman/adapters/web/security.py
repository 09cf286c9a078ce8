"""The front door: what every request passes, whatever it wants. Host and origin, headers, an id, a log line."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import attrs

from pointsman.adapters.web.access_log import RequestLine
from pointsman.adapters.web.asgi import Message, Receive, Scope, Send, answer, headers_of, host_name
from pointsman.adapters.web.ending import STOPPING, Ending
from pointsman.adapters.web.envelope import error_body, status_of
from pointsman.adapters.web.gateway import GATEWAY_PATHS, Gateway
from pointsman.adapters.web.site import WebServices
from pointsman.adapters.web.stream_sending import refuse
from pointsman.core.error import InvalidRequest, LLMError, ModelUnavailable
from pointsman.services.tasks.background import run_guarded

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_CHANCE = random.Random()
"""Names requests, which is no secret; asking the system each time costs more."""
_LOG = logging.getLogger("pointsman.server")
_OURS = ("/api/v1/", "/api/llm/")
_CONTENT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "frame-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_SECURITY = tuple(
    (name.encode(), value.encode())
    for name, value in {
        "content-security-policy": _CONTENT,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=()",
    }.items()
)


@attrs.frozen
class SecurityMiddleware:
    """An ASGI application: the gateway's paths go to the gateway, all others to `inner`."""

    site: WebServices
    gateway: Gateway
    inner: ASGIApp
    watch: Callable[[], Coroutine[Any, Any, None]]
    """Counts what happens, until cancelled; runs with the lifespan, or where there is none by whoever mounts it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on one connection."""
        if scope["type"] == "lifespan":
            await self.inner(scope, receive, send)
            return
        headers = headers_of(scope)
        refusal = self._refusal(scope, headers)  # total: what stands in the headers is anybody's
        if scope["type"] == "websocket":
            if refusal is not None:
                await send({"type": "websocket.close", "code": 4403})
                return
            with RequestLine(scope, _request_id(headers)):
                if not await run_guarded("a web socket", lambda: self.inner(scope, receive, send)):
                    await send({"type": "websocket.close", "code": _MISTAKE})
            return
        mark = _request_id(headers)
        with RequestLine(scope, mark) as line:
            await self._answer(scope, receive, _Sender(send, mark, line, self.site.ending), headers, refusal)

    async def _answer(
        self, scope: Scope, receive: Receive, told: _Sender, headers: dict[str, str], refusal: LLMError | None
    ) -> None:
        mark, ending = told.mark, self.site.ending
        call = ending.enter(told.is_begun)
        try:
            if refusal is not None:
                await answer(told, status_of(refusal), error_body(refusal, mark), [_JSON, *_SECURITY])
            else:
                await self._pass_on(scope, receive, told, headers)
        except asyncio.CancelledError:
            if not call.is_cut or call.task is None or call.task.uncancel():
                raise
            await self._refuse(scope, headers, STOPPING, told)
        except Exception:  # a bug: the client is told so, and the log has the rest
            _LOG.exception("request %s failed", mark)
            if not told.status:
                broken = ModelUnavailable(detail="the server has made a mistake", status=500, local=True)
                await answer(told, 500, error_body(broken, mark), [_JSON, *_SECURITY])
        finally:
            ending.leave(call)

    async def _pass_on(self, scope: Scope, receive: Receive, send: _Sender, headers: dict[str, str]) -> None:
        path: str = scope["path"]
        is_ours = f"{path}/".startswith(_OURS)
        found = None if is_ours else self.gateway.find(scope["method"], path, headers)
        if found is not None:
            await self.gateway.serve(found, scope, receive, send, headers)
            return
        if f"{path}/".startswith(GATEWAY_PATHS) and not is_ours:
            await self.gateway.refuse_path(scope["method"], path, headers, send)
            return
        send.extra = _SECURITY
        await self.inner(scope, receive, send)

    async def _refuse(self, scope: Scope, headers: dict[str, str], error: LLMError, send: _Sender) -> None:
        """Answer with `error` in the dialect of the request, else as the API does."""
        path: str = scope["path"]
        found = None if f"{path}/".startswith(_OURS) else self.gateway.find(scope["method"], path, headers)
        if found is not None:
            await refuse(send, found.dialect, error)
        else:
            await answer(send, status_of(error), error_body(error, send.mark), [_JSON, *_SECURITY])

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> LLMError | None:
        """Why a request is not even looked at: a page of another site, a name that is not ours, too many headers."""
        policy = self.site.policy
        size = 0
        for field, value in scope["headers"]:
            size += len(field) + len(value)
        if size > policy.max_headers:
            return InvalidRequest(detail="the headers are too large", status=431, local=True)
        host = headers.get("host", "")
        name = host_name(host)
        if name is None:
            return InvalidRequest(detail="the Host header does not name a host", status=400, local=True)
        if policy.hosts and name not in policy.hosts:
            detail = f"this server is not called {name!r}; start it with --allow-host {name}"
            return InvalidRequest(detail=detail, status=421, local=True)
        origin = headers.get("origin")
        if origin is None:
            return _refuse_elsewhere(headers)
        if _place_of(origin) == host:
            return None
        if _place_of(origin) is None:
            return InvalidRequest(detail="the Origin header is not an origin", status=400, local=True)
        return _OTHER_SITE


_OTHER_SITE = InvalidRequest(detail="pages of other sites may not ask this server", status=403, local=True)


def _refuse_elsewhere(headers: Mapping[str, str]) -> InvalidRequest | None:
    """Refuse what a page of another site, or of another port here, asks without an Origin: a picture, a frame.

    Links may be followed from anywhere. Source: https://www.w3.org/TR/fetch-metadata/.
    """
    if headers.get("sec-fetch-site", "none") in ("same-origin", "none"):
        return None
    is_followed = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return None if is_followed else _OTHER_SITE


_MISTAKE = 1011
"""The close code of a socket that meets a bug: https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1."""
_JSON = (b"content-type", b"application/json")


@lru_cache(maxsize=256)
def _place_of(origin: str) -> str | None:
    """The host and port of an origin; None where there is no reading it."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def _request_id(headers: dict[str, str]) -> str:
    """The client's own id of the request where it is a harmless one, else a new one."""
    given = headers.get("x-request-id", "")
    if not given:
        return _new_request_id()
    harmless = len(given) <= 64 and given.isascii() and all(one.isalnum() or one in "-_." for one in given)
    return given if harmless else _new_request_id()


def _new_request_id() -> str:
    return f"req_{_CHANCE.getrandbits(96):024x}"


@attrs.frozen
class Mounted:
    """`inner` under whatever prefix another application has put it."""

    inner: SecurityMiddleware

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as if it stood at the root; the bare prefix leads to the page, whose links need a `/`."""
        prefix = scope.get("root_path", "")
        if scope["type"] == "lifespan":
            return
        if prefix and scope["path"].startswith(prefix):
            path = scope["path"].removeprefix(prefix)
            if not path and scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
                await answer(send, 307, b"", [(b"location", f"{quote(prefix)}/".encode())])
                return
            path = path or "/"
            scope = {**scope, "path": path, "raw_path": quote(path).encode(), "root_path": ""}
        await self.inner(scope, receive, send)


@attrs.define
class _Sender:
    """Sends with the request's id, and remembers the status."""

    send: Send
    mark: str
    line: RequestLine
    ending: Ending
    extra: tuple[tuple[bytes, bytes], ...] = ()
    status: int = 0

    def is_begun(self) -> bool:
        """Whether the head of the answer has been sent."""
        return self.status > 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = self.line.status = message["status"]
            headers = list(message["headers"])
            mine = b"x-request-id"
            for name, _ in headers:
                if name == mine:  # the vendor's, by which a ticket is filed
                    mine = b"x-pointsman-request-id"
                    break
            headers.append((mine, self.mark.encode()))
            if self.ending.is_begun:  # who comes again is to come to another server
                headers.append((b"connection", b"close"))
            if self.extra:
                named = {name for name, _ in headers}
                headers += [one for one in self.extra if one[0] not in named]
            message["headers"] = headers
        await self.send(message)
