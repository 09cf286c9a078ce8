"""What a provider still writes of an answer after its caller has left: it may be read on, to learn what it used.

It knows no HTTP. A caller leaves by closing a stream or by being cancelled; most let go of the connection then. Who has
claimed the rest before keeps it open instead, and is bound to read or to close it.
"""

from __future__ import annotations

from typing import Protocol

from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import ChatError


class UnreadRest(Protocol):
    """The rest of one answer under way, streamed or whole."""

    def claim(self) -> None:
        """Leave its connection open when the caller leaves. Who says so calls `read` or `close` in any case."""
        ...

    async def read(self, seconds: float, most: int) -> ChatResponse | ChatError | None:
        """The answer, once it has come to its end: at most `seconds` and `most` bytes from now on. It is closed.

        An error is what the caller would have been given; None where it did not end well within these bounds: what it
        used is not known then.
        """
        ...

    async def close(self) -> None:
        """Let go of the connection. May be called again."""
        ...
