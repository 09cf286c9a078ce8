"""Keeps tests from asking real providers: an App that is opened inside a guard asks this machine and no other.

What it refuses is a `ConfigurationError` of the call, before a connection is made. It guards this process only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import attrs

from pointsman.adapters.http1 import proxies
from pointsman.adapters.http1.exchange import Answer, Misconfigured, Question, Transport
from pointsman.adapters.net.proxy import Proxy, is_loopback

WHAT_TO_DO = (
    "this test would ask {host}, and tests ask no real provider; answer with `llm_app` and `llm_script`, serve the "
    "simulator with `llm_simulator`, replay with `llm_recorded`, or mark the test `@pytest.mark.llm_live`"
)


@contextmanager
def refuse_remote() -> Iterator[None]:
    """Inside, whatever App is opened fails its calls to other machines, also later. Loopback may be asked."""
    before = proxies.transport_through

    def guard_transport(proxy: Proxy | None, *, verify: bool) -> Transport:
        return LoopbackTransport(before(proxy, verify=verify))

    proxies.transport_through = guard_transport
    try:
        yield
    finally:
        proxies.transport_through = before


@attrs.frozen
class LoopbackTransport:
    """`inner`, for addresses of this machine alone."""

    inner: Transport

    async def ask(self, question: Question) -> Answer:
        """As `Transport.ask`. Raises `Misconfigured` where another machine is to be asked."""
        host = question.origin[1]
        if not is_loopback(host.strip("[]").lower()):
            raise Misconfigured(WHAT_TO_DO.format(host=host))
        return await self.inner.ask(question)

    async def aclose(self) -> None:
        """As `Transport.aclose`."""
        await self.inner.aclose()
