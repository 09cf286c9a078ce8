"""What is open, and for whom: sockets and streams, which end once who opened them may no longer do so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import attrs
from returns.result import Failure

from pointsman.adapters.web.caller import Caller, renew_caller
from pointsman.adapters.web.site import WebServices
from pointsman.core.error import AuthenticationFailed
from pointsman.core.security.virtual_key import KeyScope

_LOOK_SECONDS = 0.5
"""With the time in which the authority follows other processes it is below the 2 s within which a key that one of them
took away ends what it has opened."""
UNAUTHORIZED = 4401
"""The close code of a socket whose caller may not, or no longer, be there."""
_LONGEST = 120
"""Bytes of the reason of a close, of which RFC 6455 allows 123."""


@attrs.define(eq=False)
class OpenConnection:
    """One socket or stream, which `caller` holds open by `scope`; `ended` says why it was ended."""

    caller: Caller
    scope: KeyScope
    _cancel: anyio.CancelScope = attrs.field(repr=False)
    ended: AuthenticationFailed | None = None

    @property
    def reason(self) -> str:
        """Why it was ended, as a web socket says it."""
        detail = "" if self.ended is None else self.ended.detail
        return detail.encode()[:_LONGEST].decode("utf-8", "ignore")

    def end(self, why: AuthenticationFailed) -> None:
        """Cancel what is done for it."""
        self.ended = why
        self._cancel.cancel()


@attrs.define(eq=False)
class OpenConnections:
    """All of them in this process."""

    site: WebServices
    _open: set[OpenConnection] = attrs.field(factory=set, repr=False)

    @contextmanager
    def hold(self, caller: Caller, scope: KeyScope) -> Iterator[OpenConnection]:
        """The scope of a socket or stream, which is cancelled when `caller` may no longer have it.

        It is `ended` afterwards only where that has cut it short.
        """
        with anyio.CancelScope() as cancel:
            connection = OpenConnection(caller, scope, cancel)
            self._open.add(connection)
            try:
                yield connection
                connection.ended = None  # all was done before it could be ended
            finally:
                self._open.discard(connection)

    async def watch(self) -> None:
        """Look again and again at who holds what, until cancelled."""
        while True:
            await anyio.sleep(_LOOK_SECONDS)
            for connection in tuple(self._open):
                await self._look(connection)

    async def _look(self, connection: OpenConnection) -> None:
        """End `connection` where its caller is shown out. A store that does not answer shows nobody out."""
        found = await renew_caller(self.site, connection.caller, connection.scope)
        if not isinstance(found, Failure):
            connection.caller = found.unwrap()
        elif isinstance(why := found.failure(), AuthenticationFailed):
            connection.end(why)
