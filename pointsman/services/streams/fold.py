"""A stream folded back into the answer it carries: `fold(client.stream(r))` is `client.chat(r)`."""

from __future__ import annotations

from returns.result import Failure, Result, Success

from pointsman.core.chat.event import Done, Failed
from pointsman.core.chat.response import ChatResponse
from pointsman.core.effect import effect
from pointsman.core.error import InvalidResponse, LLMError
from pointsman.services.ports.client import ResponseStream


@effect
async def fold(stream: ResponseStream) -> Result[ChatResponse, LLMError]:
    """Read `stream` to its end and give the whole answer, or the error that ended it."""
    async with stream as events:
        async for event in events:
            if isinstance(event, Done):
                return Success(event.response)
            if isinstance(event, Failed):
                return Failure(event.error)
    return Failure(InvalidResponse(detail="the stream ended without an end event"))
