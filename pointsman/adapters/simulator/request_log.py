"""What the simulator was sent, kept for those who test what they send: bounded, and without keys. Knows no file."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import TypeAlias

import attrs

from pointsman.adapters.simulator.http_request import ReceivedRequest
from pointsman.core.json import Json, JsonObject, loads

MOST_REQUESTS = 1_000
MOST_BYTES = 64 * 1024 * 1024
"""How many requests, and bytes of their bodies, are held; the oldest go first."""
_SECRET = frozenset(
    ("authorization", "proxy-authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie", "x-amz-security-token")
)


@attrs.frozen
class RecordedRequest:
    """A request as it came, without its keys; `status` is that of the reply. `headers` are lower-case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = attrs.field(repr=lambda body: f"<{len(body)} bytes>")
    status: int

    @property
    def json(self) -> Json:
        """The body as JSON; as text where it is none, and null where there is none."""
        text = self.body.decode("utf-8", "replace")
        return loads(self.body).value_or(text) if self.body else None

    def as_json(self) -> JsonObject:
        """The request as it stands at `/__simulator__/requests` and in a line of `--record`."""
        return {
            "method": self.method,
            "path": self.path,
            "query": {**self.query},
            "headers": {**self.headers},
            "body": self.json,
            "status": self.status,
        }


Record: TypeAlias = Callable[[RecordedRequest], None]


def without_keys(call: ReceivedRequest, status: int) -> RecordedRequest:
    """`call` without its keys."""
    return RecordedRequest(
        call.method,
        call.path,
        {name: value for name, value in call.query.items() if name != "key"},
        {name: value for name, value in call.headers.items() if name not in _SECRET},
        call.body,
        status,
    )


@attrs.define
class Requests:
    """The last requests, the oldest first."""

    held: deque[RecordedRequest] = attrs.field(factory=deque)
    size: int = 0

    def add(self, request: RecordedRequest) -> None:
        """Hold `request`, and let go of the oldest that are too many."""
        self.held.append(request)
        self.size += len(request.body)
        while len(self.held) > MOST_REQUESTS or (self.size > MOST_BYTES and len(self.held) > 1):
            self.size -= len(self.held.popleft().body)
