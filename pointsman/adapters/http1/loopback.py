"""A transport that asks this machine alone."""

from __future__ import annotations

import attrs

from pointsman.adapters.http1.exchange import HttpRequest, HttpResponse, Misconfigured, Transport
from pointsman.core.loopback import is_loopback


@attrs.frozen
class LoopbackTransport:
    """`inner`, for addresses of this machine. `refusal` is said of any other, with its name for `{host}`."""

    inner: Transport
    refusal: str

    async def ask(self, question: HttpRequest) -> HttpResponse:
        """As `Transport.ask`. Raises `Misconfigured` where another machine is to be asked."""
        host = question.origin[1]
        if not is_loopback(host.strip("[]").lower()):
            raise Misconfigured(self.refusal.replace("{host}", host))
        return await self.inner.ask(question)

    async def aclose(self) -> None:
        """As `Transport.aclose`."""
        await self.inner.aclose()
