"""A stream that has failed before it began."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pointsman.core.error import LLMError
from pointsman.core.event import Failed, StreamEvent
from pointsman.core.response import ChatResponse


@asynccontextmanager
async def failed_stream(error: LLMError) -> AsyncIterator[AsyncIterator[StreamEvent]]:
    """A stream whose only event is the failure `error`."""
    yield _only(Failed(error, ChatResponse()))


async def _only(event: StreamEvent) -> AsyncIterator[StreamEvent]:
    yield event
