"""A transport to a server that may be ended on purpose, also while somebody is about to ask it. It knows no models."""

from __future__ import annotations

import attrs
import httpx

from pointsman.adapters.http1.exchange import HttpRequest, HttpResponse, Transport


@attrs.define(eq=False)
class UntilClosed:
    """`inner`; who asks after it was closed finds nobody there, as at a server that has just ended."""

    inner: Transport
    is_closed: bool = False

    async def ask(self, question: HttpRequest) -> HttpResponse:
        """As `Transport.ask`."""
        if self.is_closed:
            raise httpx.ConnectError("the server has been ended")
        return await self.inner.ask(question)

    async def aclose(self) -> None:
        """As `Transport.aclose`."""
        self.is_closed = True
        await self.inner.aclose()
