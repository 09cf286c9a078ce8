"""Asks a strict simulator without a socket, and breaks bodies at one place: what the tests of its rules stand on."""

from __future__ import annotations

from typing import Any, Final

import attrs

from pointsman.adapters.simulator.http_request import ReceivedRequest
from pointsman.adapters.simulator.responder import Responder
from pointsman.adapters.simulator.vendors.compatible import PREFIX
from pointsman.adapters.simulator.vendors.registry import VENDORS
from pointsman.core.json import dumps, loads
from pointsman.layers.simulation import simulator

ABSENT: Final = object()
"""Stands for a field that is not there."""
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
GIF = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


@attrs.frozen
class Refused:
    """What came back: the status, the body as JSON (or text where it is none)."""

    status: int
    body: Any

    @property
    def error(self) -> Any:
        """The error object."""
        return self.body["error"]


def ask(path: str, body: Any, headers: dict[str, str] | None = None, method: str = "POST") -> Refused:
    """The reply of a strict simulator to one request; a body that is bytes is sent as it is."""
    data = body if isinstance(body, bytes) else dumps(body)
    reply = Responder.of(simulator(strict=True)).respond(ReceivedRequest(method, path, headers or {}, data))
    return Refused(reply.status, loads(reply.body).value_or(reply.body.decode()))


def vendor_refuses(dialect: str, path: str, body: Any, headers: dict[str, str] | None = None) -> str | None:
    """What the vendor alone says against a chat request, whatever our reader would; None where it takes it."""
    reply = VENDORS[dialect].refuses(ReceivedRequest("POST", path, headers or {}, dumps(body)), "chat")
    return None if reply is None else reply.body.decode()


def changed(body: Any, *steps: Any) -> Any:
    """A copy of `body` with the last of `steps` at the place to which the others lead; ABSENT takes it away."""
    made: Any = loads(dumps(body)).unwrap()
    *way, last, value = steps
    holder = made
    for step in way:
        holder = holder[step]
    if value is ABSENT:
        del holder[last]
    else:
        holder[last] = value
    return made


def compatible_path(vendor: str) -> str:
    """The path at which a vendor of OpenAI's chat is asked."""
    return f"{PREFIX}{vendor}/v1/chat/completions"
