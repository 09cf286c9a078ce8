"""A stream that has failed before it began."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from pointsman.core.chat.event import Failed, StreamEvent
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import LLMError


@asynccontextmanager
async def failed_stream(error: LLMError) -> AsyncIterator[AsyncIterator[StreamEvent]]:
    """A stream whose only event is the failure `error`."""
    async with aclosing(_only(Failed(error, ChatResponse()))) as events:
        yield events


async def _only(event: StreamEvent) -> AsyncGenerator[StreamEvent, None]:
    yield event
