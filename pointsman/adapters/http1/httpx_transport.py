"""httpx's own transport, where there is a proxy: asked as ours is."""

from __future__ import annotations

import math
import ssl
from collections.abc import Callable, Iterator, Sequence
from typing import cast

import anyio
import attrs
import httpx

from pointsman.adapters.http1.exchange import Header, HttpRequest, HttpResponse, Limits, TotalTimeout

_SENDS, _SENT = "send_request_headers.started", "send_request_body.complete"


@attrs.define
class _Progress:
    """How far a request has come, as httpcore tells it; and when it must be over."""

    limits: Limits
    until: float
    on_send: Callable[[], None] | None = None
    sent: bool = False

    async def note(self, event: str, facts: object) -> None:
        """httpcore's: something has happened."""
        self.sent = self.sent or event.endswith(_SENT)
        if self.on_send is not None and event.endswith(_SENDS):
            self.on_send()

    def late(self) -> httpx.TimeoutException:
        """What a limit that passed is: of all, or of this phase."""
        total = self.limits.total
        if total is not None and anyio.current_time() >= self.until:
            return TotalTimeout(total, sent=self.sent)
        return httpx.ReadTimeout("nothing came") if self.sent else httpx.ConnectTimeout("no connection")


class HttpxTransport:
    """httpx's own transport, made by `opened` when it is first asked; `place` names the proxy in its errors."""

    def __init__(self, opened: Callable[[], httpx.AsyncBaseTransport], place: str = "proxy") -> None:
        self._opened = opened
        self._place = place
        self._inner: httpx.AsyncBaseTransport | None = None

    async def ask(self, question: HttpRequest) -> HttpResponse:
        """As `Transport.ask`."""
        if self._inner is None:
            self._inner = self._opened()
        limits = question.limits
        began = anyio.current_time()
        progress = _Progress(limits, began + (limits.total or math.inf), question.on_send)
        request = _request(question, progress)
        with anyio.CancelScope(deadline=min(progress.until, began + (limits.first or math.inf))):
            try:
                return _Theirs(await self._inner.handle_async_request(request), progress)
            except (httpx.ConnectError, httpx.ProxyError) as problem:
                if any(isinstance(cause, ssl.SSLError) for cause in causes(problem)):
                    raise
                raise httpx.ProxyError(f"the proxy of {self._place} gives no way: {problem}") from problem
        raise progress.late()

    async def aclose(self) -> None:
        """Close every connection."""
        if self._inner is not None:
            await self._inner.aclose()


def _request(question: HttpRequest, progress: _Progress) -> httpx.Request:
    scheme, host, port = question.origin
    limits = question.limits
    read = None if limits.read is None else max(limits.read, limits.first or 0)
    timeout = {"connect": limits.connect, "read": read, "write": limits.write, "pool": limits.pool}
    return httpx.Request(
        question.method.decode("ascii"),
        httpx.URL(scheme=scheme, host=host, port=port, raw_path=question.target),
        headers=list(question.headers),
        content=question.content or None,
        extensions={"timeout": timeout, "trace": progress.note},
    )


def causes(problem: BaseException | None) -> Iterator[BaseException]:
    """`problem` and what it came from."""
    while problem is not None:
        yield problem
        problem = problem.__cause__ or problem.__context__


class _Theirs:
    """httpx's response as an answer."""

    def __init__(self, response: httpx.Response, progress: _Progress) -> None:
        self.status = response.status_code
        self.headers: Sequence[Header] = response.headers.raw
        self._progress = progress
        self._seconds = _longest(progress.limits)
        self._stream = cast(httpx.AsyncByteStream, response.stream)
        self._pieces = aiter(self._stream)

    def __aiter__(self) -> _Theirs:
        return self

    async def __anext__(self) -> bytes:
        progress = self._progress
        with anyio.CancelScope(deadline=min(progress.until, anyio.current_time() + self._seconds)):
            piece = await anext(self._pieces)
            self._seconds = progress.limits.read or math.inf
            return piece
        raise progress.late()

    async def aclose(self) -> None:
        await self._stream.aclose()


def _longest(limits: Limits) -> float:
    """Seconds to the first piece of a body."""
    return math.inf if limits.read is None else max(limits.read, limits.first or 0)
