"""httpx's own transport, where there is a proxy: asked as ours is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import anyio
import attrs
import httpx

from pointsman.adapters.http.exchange import Answer, Header, Question, TotalTimeout


class HttpxTransport:
    """httpx's own transport, asked as ours is."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def ask(self, question: Question) -> Answer:
        """As `Transport.ask`."""
        scheme, host, port = question.origin
        request = httpx.Request(
            question.method.decode("ascii"),
            httpx.URL(scheme=scheme, host=host, port=port, raw_path=question.target),
            headers=list(question.headers),
            content=question.content or None,
            extensions={"timeout": attrs.asdict(question.limits)},
        )
        total = question.limits.total
        until = math.inf if total is None else anyio.current_time() + total
        with anyio.CancelScope(deadline=until):
            return _Theirs(await self._inner.handle_async_request(request), until, total or math.inf)
        raise TotalTimeout(total or math.inf)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()


class _Theirs:
    """httpx's response as an answer."""

    def __init__(self, response: httpx.Response, until: float, total: float) -> None:
        self._until, self._total = until, total
        self.status = response.status_code
        self.headers: Sequence[Header] = response.headers.raw
        self._stream = cast(httpx.AsyncByteStream, response.stream)
        self._pieces = aiter(self._stream)

    def __aiter__(self) -> _Theirs:
        return self

    async def __anext__(self) -> bytes:
        with anyio.CancelScope(deadline=self._until):
            return await anext(self._pieces)
        raise TotalTimeout(self._total)

    async def aclose(self) -> None:
        await self._stream.aclose()
