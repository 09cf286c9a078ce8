"""A reply as a plan: status, headers, the chunks of the body, when each is sent and how it ends. Pure data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

import attrs

from pointsman.adapters.dialects.dialect import ErrorReply, Framing
from pointsman.core.json import dumps

_CREATED = re.compile(rb'"(created|created_at)":0(?=[,}])')

Ending: TypeAlias = Literal["complete", "cut", "reset", "stall", "silent"]
"""`cut`: close without ending the body. `reset`: send RST. `stall`: stop, stay open. `silent`: send nothing at all."""

STREAM_TYPES: dict[Framing, str] = {"sse": "text/event-stream; charset=utf-8", "ndjson": "application/x-ndjson"}


@attrs.frozen(kw_only=True)
class Reply:
    """What to send. A stream is sent in HTTP chunks, anything else with its length.

    `latency` is the seconds before the first byte, `pause` those between chunks. `length` is the content-length where
    it is to differ from what the chunks hold.
    """

    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    chunks: tuple[bytes, ...] = ()
    streamed: bool = False
    latency: float = 0.0
    pause: float = 0.0
    ending: Ending = "complete"
    length: int | None = None

    @property
    def body(self) -> bytes:
        """All chunks, joined."""
        return b"".join(self.chunks)

    @property
    def at_once(self) -> bool:
        """Whether it can be sent in one go, so that nobody need watch for the client's leaving."""
        return not self.streamed and self.ending == "complete" and not self.latency and len(self.chunks) < 2


def json_reply(value: object, status: int = 200) -> Reply:
    """`value` as a JSON body."""
    return Reply(status=status, headers={"content-type": "application/json"}, chunks=(dumps(value),))


def text_reply(text: str, kind: str = "text/plain", status: int = 200) -> Reply:
    """`text` as a body."""
    return Reply(status=status, headers={"content-type": f"{kind}; charset=utf-8"}, chunks=(text.encode(),))


def error_reply(error: ErrorReply) -> Reply:
    """An error as the dialect wrote it."""
    headers = {"content-type": "application/json", **error.headers}
    return Reply(status=error.status, headers=headers, chunks=(error.body,))


def stream_reply(frames: tuple[bytes, ...], framing: Framing, pace: float) -> Reply:
    """A stream of `frames`, `pace` of them a second (0: without delay)."""
    headers = {"content-type": STREAM_TYPES[framing], "cache-control": "no-cache"}
    return Reply(headers=headers, chunks=frames, streamed=True, pause=pause_of(pace))


def pause_of(pace: float) -> float:
    """Seconds between chunks at `pace` chunks a second; 0 stands for as fast as possible."""
    return 1 / pace if pace > 0 else 0.0


def stamp_time(reply: Reply, now: float) -> Reply:
    """`reply` with the Unix time `now` where a dialect, having no clock, wrote 0. JSON texts hold no bare quotes."""
    written = b'"\\1":%d' % int(now)
    return attrs.evolve(reply, chunks=tuple(_CREATED.sub(written, chunk) for chunk in reply.chunks))
