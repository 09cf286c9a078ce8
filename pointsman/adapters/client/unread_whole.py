"""A whole answer that is awaited on, within bounds, after its caller has left. It knows bytes, and who reads them.

Nothing of it is done twice: the request has gone out once, and whoever goes on waiting does so on the same connection.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial

import anyio
import attrs
from returns.methods import unwrap_or_failure
from returns.result import Result

from pointsman.adapters.client.driver import Driver, PendingResponse, WholeAnswer
from pointsman.adapters.client.network_errors import CAUGHT, network_fault
from pointsman.adapters.dialects.dialect import WireRequest
from pointsman.adapters.http1.exchange import AwaitedResponse
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import ChatError, Fault, ProviderError
from pointsman.core.json import Json
from pointsman.services.ports.sending import Sending, current_sending

ReadAnswer = Callable[[Json], Result[ChatResponse, ProviderError]]
"""What a dialect reads of a body, of which the usage is wanted."""


async def fetch_answer(
    driver: Driver, wire: WireRequest, model: str, seconds: float | None, read: ReadAnswer
) -> WholeAnswer | ProviderError:
    """As `Driver.fetch_whole`. Where whoever books this try wants to know what an answer costs whose caller is
    cancelled, it is left open for them."""
    sending = current_sending()
    if sending is None or not sending.wants_rest:
        return await driver.fetch_whole(wire, model, seconds)
    return await UnreadWhole(driver, wire, model, read).fetch(seconds, sending)


@attrs.define(eq=False)
class UnreadWhole:
    """See `pointsman.services.streams.unread_rest.UnreadRest`."""

    driver: Driver
    wire: WireRequest
    model: str
    read_answer: ReadAnswer
    _awaited: AwaitedResponse | None = None
    _reply: PendingResponse | None = None
    _chunks: AsyncIterator[bytes] | None = None
    _parts: list[bytes] = attrs.field(factory=list, repr=False)
    _size: int = 0

    def claim(self) -> None:
        """See `UnreadRest`: whoever is given it has asked for it before."""

    async def fetch(self, seconds: float | None, sending: Sending) -> WholeAnswer | ProviderError:
        """The answer; where its caller is cancelled meanwhile, this stands in `sending`."""
        driver, endpoint = self.driver, self.driver.endpoint
        reply = await driver.open(self.wire, self.model, seconds, partial(self._leave, sending))
        if not isinstance(reply, PendingResponse):
            return reply
        self._begin(reply)
        try:
            whole = await self._collect(reply, endpoint.max_body)
        except CAUGHT as problem:
            whole = network_fault(problem, endpoint, self.model, "idle")
        except BaseException:
            sending.rest = self
            raise
        await reply.close()
        return whole

    def _leave(self, sending: Sending, awaited: AwaitedResponse) -> None:
        self._awaited, sending.rest = awaited, self

    def _begin(self, reply: PendingResponse) -> None:
        reply.outlive_cancelling()
        self._reply, self._chunks = reply, reply.chunks()

    async def _collect(self, reply: PendingResponse, most: int) -> WholeAnswer | ProviderError:
        """What is still to come of the body, and the whole read."""
        while self._chunks is not None and (chunk := await anext(self._chunks, None)) is not None:
            self._size += len(chunk)
            if self._size > most:
                return self.driver.too_large(self.model, most)
            self._parts.append(chunk)
        return self.driver.whole_of(self.wire, self.model, reply, b"".join(self._parts))

    async def read(self, seconds: float, most: int) -> ChatResponse | ChatError | None:
        """See `UnreadRest`."""
        try:
            with anyio.move_on_after(seconds):
                return await self._read_on(min(most, self.driver.endpoint.max_body))
        except CAUGHT:
            return None
        finally:
            await self.close()
        return None

    async def _read_on(self, most: int) -> ChatResponse | ChatError | None:
        if self._reply is None and self._awaited is not None:
            reply = await self.driver.receive(await self._awaited.wait(), self.wire, self.model)
            if not isinstance(reply, PendingResponse):
                return reply
            self._begin(reply)
        if self._reply is None:
            return None
        whole = await self._collect(self._reply, most)
        return whole if isinstance(whole, Fault) else unwrap_or_failure(self.read_answer(whole.body))

    async def close(self) -> None:
        """See `UnreadRest`."""
        if self._reply is not None:
            await self._reply.close()
        if self._awaited is not None:
            await self._awaited.aclose()
