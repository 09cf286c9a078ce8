"""One file over HTTP: resumed where it was cut, hashed as it comes, given a key only at the origin that asked for it.

It knows addresses and files, and nothing of models.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from urllib.request import getproxies

import anyio
import attrs
import httpx
from returns.result import Failure, Result, Success

from pointsman.adapters.http1.exchange import Header, HttpRequest, HttpResponse, Limits, Transport, header_of
from pointsman.adapters.http1.pool import origin_of
from pointsman.adapters.http1.proxies import transport_through
from pointsman.adapters.net.proxy import proxy_before
from pointsman.core.error import (
    AuthenticationFailed,
    ChatError,
    InvalidResponse,
    ModelNotFound,
    NetworkError,
    StorageError,
)
from pointsman.core.security.secret import Secret
from pointsman.services.ports.model_library import Tell

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_MOST_REDIRECTS = 8
_LIMITS = Limits(connect=20.0, read=60.0, write=60.0, pool=20.0)
_TRIES = 5
"""A download that is cut is taken up again so often, if more of it had come meanwhile."""
_MOST_JSON = 32 * 2**20


@attrs.frozen(kw_only=True)
class Download:
    """What is to be got. `size` in bytes and `sha256` where they are known; `token` is for the origin of `url` only."""

    url: str
    size: int | None = None
    sha256: str = ""
    token: Secret | None = None


async def fetch_file(download: Download, part: Path, tell: Tell) -> Result[str, ChatError]:
    """Write the file to `part`, going on with what is there of it already; gives its hash.

    What is there is kept when the connection breaks, and deleted when it turns out to be something else.
    """
    had, left = -1, _TRIES
    while True:
        left -= 1
        async with _transport(download.url) as transport:
            result = await _try(transport, download, part, tell)
        now = _size(part)
        is_cut = isinstance(result, Failure) and isinstance(result.failure(), NetworkError)
        if not is_cut or not left or now <= had:  # nothing more came: asking again at once is no use
            return result
        had = now


async def fetch_json(url: str, token: Secret | None) -> Result[bytes, ChatError]:
    """A document of bounded size."""
    async with _transport(url) as transport:
        answered = await _ask(transport, url, token, {})
        if isinstance(answered, Failure):
            return Failure(answered.failure())
        answer = answered.unwrap()
        data = b""
        try:
            async for piece in answer:
                data += piece
                if len(data) > _MOST_JSON:
                    return Failure(_invalid(url, "the answer is larger than any list of files"))
        except httpx.HTTPError as problem:
            return Failure(_break_fault(url, problem))
        finally:
            await answer.aclose()
    return Success(data)


class _transport:  # a scope, called like a function
    def __init__(self, url: str) -> None:
        self._transport = transport_through(proxy_before(url, None, getproxies(), "proxy"), verify=True)

    async def __aenter__(self) -> Transport:
        return self._transport

    async def __aexit__(self, *_: object) -> None:
        with anyio.CancelScope(shield=True):
            await self._transport.aclose()


async def _try(transport: Transport, download: Download, part: Path, tell: Tell) -> Result[str, ChatError]:
    begun = _size(part)
    if download.size is not None and begun > download.size:
        begun = 0
    headers = {"range": f"bytes={begun}-"} if begun else {}
    if begun and begun == download.size:
        return await anyio.to_thread.run_sync(_check_hash, download, part)
    answered = await _ask(transport, download.url, download.token, headers)
    if isinstance(answered, Failure):
        problem = answered.failure()
        return (
            await _end_whole(transport, download, part, tell) if begun and problem.status == 416 else Failure(problem)
        )
    answer = answered.unwrap()
    is_rest = answer.status == 206 and _begins_at(answer, begun)
    try:
        return await _write(answer, download, part, begun if is_rest else 0, tell)
    finally:
        with anyio.CancelScope(shield=True):
            await answer.aclose()


async def _end_whole(transport: Transport, download: Download, part: Path, tell: Tell) -> Result[str, ChatError]:
    """There is nothing after what is here: it is all of the file, or another file, and is got anew."""
    if download.sha256:
        checked = await anyio.to_thread.run_sync(_check_hash, download, part)
        if isinstance(checked, Success):
            return checked
    await anyio.Path(part).unlink(missing_ok=True)
    return await _try(transport, download, part, tell)


async def _write(
    answer: HttpResponse, download: Download, part: Path, begun: int, tell: Tell
) -> Result[str, ChatError]:
    count = begun
    try:
        with part.open("r+b" if begun else "wb") as file:
            file.seek(begun)
            async for piece in answer:
                count += len(piece)
                if download.size is not None and count > download.size:
                    return _reject(download, part, f"more than the {download.size} bytes came that it should have")
                await anyio.to_thread.run_sync(file.write, piece)
                tell(count)
    except OSError as problem:
        detail = f"{part.parent}: {(problem.strerror or str(problem)).lower()}"
        return Failure(StorageError(detail=detail, local=True))
    except httpx.HTTPError as problem:
        return Failure(_break_fault(download.url, problem))
    if download.size is not None and count < download.size:
        return Failure(NetworkError(detail=f"{_host(download.url)} sent {count} of {download.size} bytes", sent=True))
    return await anyio.to_thread.run_sync(_check_hash, download, part)


def _check_hash(download: Download, part: Path) -> Result[str, ChatError]:
    """The hash of the file; it is deleted where it is not the one that was promised."""
    hashed = hashlib.sha256()
    with part.open("rb") as file:
        while block := file.read(2**20):
            hashed.update(block)
    found = hashed.hexdigest()
    if download.sha256 and found != download.sha256.lower():
        return _reject(download, part, f"its sha256 is {found[:12]}…, and should be {download.sha256[:12]}…")
    return Success(found)


def _reject(download: Download, part: Path, why: str) -> Result[str, ChatError]:
    part.unlink(missing_ok=True)
    return Failure(_invalid(download.url, f"what came is not the file that was promised: {why}"))


async def _ask(
    transport: Transport, url: str, token: Secret | None, headers: Mapping[str, str]
) -> Result[HttpResponse, ChatError]:
    """The 2xx answer, after redirects; the token is left behind with the origin that it is for."""
    try:
        place = httpx.URL(url)
        home = origin_of(place)
        for _ in range(_MOST_REDIRECTS):
            if place.scheme not in ("http", "https"):
                return Failure(_invalid(url, f"it leads to {place.scheme}://, which is not asked"))
            own = token if origin_of(place) == home else None
            answer = await transport.ask(_question(place, own, headers))
            if answer.status not in _REDIRECTS:
                return await _judge(answer, url)
            location = header_of(answer.headers, b"location").decode("latin-1")
            await answer.aclose()
            place = place.join(location)
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        return Failure(_break_fault(url, problem))
    return Failure(_invalid(url, f"it leads from place to place, more than {_MOST_REDIRECTS} times"))


def _question(place: httpx.URL, token: Secret | None, headers: Mapping[str, str]) -> HttpRequest:
    sent: list[Header] = [(b"host", place.netloc), (b"user-agent", b"pointsman/0.1.0"), (b"accept", b"*/*")]
    if token is not None:
        sent.append((b"authorization", f"Bearer {token.reveal()}".encode("latin-1", "replace")))
    sent += [(name.encode(), value.encode()) for name, value in headers.items()]
    return HttpRequest(method=b"GET", origin=origin_of(place), target=place.raw_path, headers=sent, limits=_LIMITS)


async def _judge(answer: HttpResponse, url: str) -> Result[HttpResponse, ChatError]:
    if answer.status in (200, 206):
        return Success(answer)
    await answer.aclose()
    detail = f"{_host(url)} answered {answer.status}"
    match answer.status:
        case 401 | 403:
            said = f"{detail}: the model is not for everybody; set HF_TOKEN to a token that may read it"
            return Failure(AuthenticationFailed(detail=said, status=answer.status))
        case 404 | 410:
            return Failure(ModelNotFound(detail=f"{detail}: there is nothing at {url}", status=answer.status))
        case 416:
            return Failure(
                attrs.evolve(_invalid(url, "it has another size than it had when the download began"), status=416)
            )
        case _:
            return Failure(NetworkError(detail=detail, status=answer.status))


def _begins_at(answer: HttpResponse, begun: int) -> bool:
    return header_of(answer.headers, b"content-range").startswith(b"bytes %d-" % begun)


def _break_fault(url: str, problem: Exception) -> NetworkError:
    words = str(problem).strip()
    return NetworkError(detail=f"{_host(url)}: {words or 'the connection broke'}", sent=True)


def _invalid(url: str, problem: str) -> InvalidResponse:
    return InvalidResponse(detail=f"{_host(url)}: {problem}", problems=(problem,))


def _host(url: str) -> str:
    return httpx.URL(url).host if "://" in url else url


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
