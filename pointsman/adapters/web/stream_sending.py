"""Sends a streamed answer of the gateway, its end and what went wrong, in the client's dialect; asks no model."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import aclosing

import attrs

from pointsman.adapters.dialects.dialect import Dialect, ErrorReply
from pointsman.adapters.dialects.passthrough import original_error
from pointsman.adapters.dialects.unsupported_answers import lost_parts
from pointsman.adapters.web.answer_headers import RawHeaders, encode_headers, warning_headers
from pointsman.adapters.web.asgi import Send, answer
from pointsman.adapters.web.stream_relay import JsonArray, StreamRelay
from pointsman.core.chat.event import Done, Failed, FrameBatch, Started, StreamItem
from pointsman.core.chat.original import Pairs
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import LLMError, StorageError, cause_of
from pointsman.services.streams.event_stream import EventStream
from pointsman.services.streams.opening import events_of

_STREAM_TYPES = {"sse": b"text/event-stream; charset=utf-8", "ndjson": b"application/x-ndjson"}
JSON = (b"content-type", b"application/json")
_LOG = logging.getLogger("pointsman.server")


@attrs.define(eq=False)
class StreamSending:
    """A stream on its way to its client."""

    dialect: Dialect
    send: Send
    relay: StreamRelay
    array: JsonArray | None
    """Where the client wants no events but one array of JSON."""
    _is_begun: bool = False

    async def send_all(self, stream: EventStream) -> None:
        """Everything, as it comes."""
        head = stream.head
        if stream.failure is not None:  # nothing has been said yet: an error can still be told as one
            await refuse(self.send, self.dialect, (await stream.fail()).error)
            return
        kind = b"application/json" if self.array is not None else _STREAM_TYPES[self.dialect.framing]
        headers = [(b"content-type", kind), (b"cache-control", b"no-cache"), *_stream_headers(head)]
        self._is_begun = True
        await self.send({"type": "http.response.start", "status": 200, "headers": headers})
        begun, last, ahead = b"", b"", len(head)  # what has come goes out in one piece
        async with aclosing(stream.events()) as events:
            async for item in events:
                data = self._write(item)
                ahead -= 1
                if isinstance(item, _ENDS):
                    last = begun + data  # the end goes out with the last piece
                    _log_lost(self.dialect, self.relay, item)
                elif ahead > 0 or (isinstance(item, FrameBatch) and item.is_last):
                    begun += data  # who has read the end may leave, so it is sent when the call is booked
                elif begun or data:
                    await self.send({"type": "http.response.body", "body": begun + data, "more_body": True})
                    begun = b""
        await self._close(last)

    async def fail(self, error: LLMError) -> None:
        """End it where it has come to, in the dialect's own words."""
        if self._is_begun:
            await self._close(self._write(Failed(error, ChatResponse())))
        else:
            await refuse(self.send, self.dialect, error)

    def _write(self, item: StreamItem) -> bytes:
        data = self.relay.write(item)
        return data if self.array is None else self.array.feed(data)

    async def _close(self, last: bytes) -> None:
        body = last if self.array is None else last + self.array.close()
        await self.send({"type": "http.response.body", "body": body})


_ENDS = (Done, Failed)


def _log_lost(dialect: Dialect, relay: StreamRelay, end: StreamItem) -> None:
    """Log what of a streamed answer the client's dialect has no place for: its headers are sent, so nothing else can
    say it."""
    if isinstance(end, Done) and not relay.is_raw:
        for warning in lost_parts(dialect.name, end.response):
            _LOG.info("a streamed answer: %r", warning.text)


def _stream_headers(head: Sequence[StreamItem]) -> RawHeaders:
    """What is known when a stream begins: who answers, what could not be carried, and what the vendor said."""
    vendors = next((item.headers for item in head if isinstance(item, FrameBatch)), ())
    started = next((event for item in head for event in events_of(item) if isinstance(event, Started)), None)
    if started is None:
        return encode_headers(vendors)
    model = {"x-pointsman-model": f"{started.provider}/{started.model}"} if started.provider else {}
    return (*encode_headers((*vendors, *model.items())), *warning_headers(started.warnings))


async def refuse(send: Send, dialect: Dialect, error: LLMError, more: Pairs = ()) -> None:
    """Answer with `error`: as the vendor said it where it is the vendor's, else in the words of the dialect."""
    original = original_error(dialect, error)
    if original is not None:
        await answer(send, original.status, original.data, (JSON, *encode_headers(original.headers)))
        return
    reply: ErrorReply = dialect.write_error(error)
    headers = {"content-type": "application/json", **reply.headers, **dict(more)}
    await answer(send, _own_status(cause_of(error)) or reply.status, reply.body, encode_headers(headers.items()))


def _own_status(cause: LLMError) -> int | None:
    """The HTTP status of an error that was made here. That our own disk fails may pass, unlike a mistake (500)."""
    if isinstance(cause, StorageError):
        return 503
    return cause.status if cause.local else None
