"""Questions to a provider of identities over our own HTTP client: bounded, timed, never redirected; no tokens."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies

import anyio
import httpx
from returns.result import Failure, Result, Success

from pointsman.adapters.http1.exchange import Header, HttpRequest, HttpResponse, Limits
from pointsman.adapters.http1.pool import origin_of
from pointsman.adapters.http1.proxies import transport_through
from pointsman.adapters.net.proxy import proxy_before
from pointsman.core.error import AuthenticationFailed, LLMError, ModelUnavailable
from pointsman.core.json import JsonObject, as_object, as_text, loads
from pointsman.core.loopback import is_safe_address

_LIMITS = Limits(connect=5.0, read=10.0, write=10.0, pool=5.0, total=15.0)
_MOST = 2**20


async def get_json(url: str) -> Result[JsonObject, LLMError]:
    """The JSON object at `url`."""
    return await _ask(url, b"GET", b"", ())


async def post_form(url: str, fields: Mapping[str, str], authorization: str = "") -> Result[JsonObject, LLMError]:
    """What `url` answers to a form."""
    headers: list[Header] = [(b"content-type", b"application/x-www-form-urlencoded")]
    if authorization:
        headers.append((b"authorization", authorization.encode("latin-1", "replace")))
    return await _ask(url, b"POST", urlencode(fields).encode(), headers)


async def _ask(
    url: str, method: bytes, content: bytes, more: list[Header] | tuple[Header, ...]
) -> Result[JsonObject, LLMError]:
    if not is_safe_address(url):
        return Failure(unavailable(f"{url[:200]!r} is not an https address"))
    transport = transport_through(proxy_before(url, None, getproxies(), "proxy"), verify=True)
    try:
        place = httpx.URL(url)
        sent: list[Header] = [(b"host", place.netloc), (b"accept", b"application/json"), *more]
        if method == b"POST":
            sent.append((b"content-length", str(len(content)).encode()))
        question = HttpRequest(
            method=method,
            origin=origin_of(place),
            target=place.raw_path,
            headers=sent,
            content=content,
            limits=_LIMITS,
        )
        answer = await transport.ask(question)
        try:
            data = await _read(answer)
        finally:
            with anyio.CancelScope(shield=True):
                await answer.aclose()
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        return Failure(unavailable(f"{_host(url)} does not answer ({type(problem).__name__})"))
    finally:
        with anyio.CancelScope(shield=True):
            await transport.aclose()
    return _judge(url, answer.status, data)


async def _read(answer: HttpResponse) -> bytes | None:
    data = b""
    async for piece in answer:
        data += piece
        if len(data) > _MOST:
            return None
    return data


def _judge(url: str, status: int, data: bytes | None) -> Result[JsonObject, LLMError]:
    if data is None:
        return Failure(unavailable(f"{_host(url)} answers more than 1 MB"))
    told = as_object(loads(data).value_or(None))
    if status == 200 and told:
        return Success(told)
    word = as_text(told.get("error"))
    named = f" ({word})" if word.isascii() and word.replace("_", "").isalnum() and len(word) < 40 else ""
    if 400 <= status < 500:
        detail = f"the sign-in provider has refused: {_host(url)} answered {status}{named}; sign in again"
        return Failure(AuthenticationFailed(detail=detail, status=401, local=True))
    return Failure(unavailable(f"{_host(url)} answered {status}{named}"))


def unavailable(said: str) -> LLMError:
    """The provider of identities cannot be used now."""
    detail = f"the sign-in provider cannot be used: {said}; try again, or sign in by password"
    return ModelUnavailable(detail=detail, status=502, local=True)


def _host(url: str) -> str:
    return urlsplit(url).netloc[:200]
