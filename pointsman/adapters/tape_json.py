"""Recordings as JSON, and by which key they are found: for whatever keeps them. Secrets are taken out of both."""

from __future__ import annotations

import hashlib

from returns.result import Result

from pointsman.adapters.codec import converter, decode
from pointsman.core.canonical import canonical
from pointsman.core.json import dumps
from pointsman.core.security.secret import Secret, redact_json
from pointsman.services.ports.recording_store import RecordedExchange, RecordedRequest


def tape_key(request: RecordedRequest, secrets: tuple[Secret, ...]) -> str:
    """What is the same for requests that ask the same: 64 hexadecimal digits."""
    return hashlib.sha256(redact_json(canonical(request), secrets)).hexdigest()


def write_tape(tape: RecordedExchange, secrets: tuple[Secret, ...]) -> bytes:
    """`tape` as JSON, a letter that UTF-8 cannot carry as a question mark."""
    return redact_json(dumps(converter().unstructure(tape, RecordedExchange)), secrets)


def read_tape(data: bytes) -> Result[RecordedExchange, str]:
    """The tape in `data`, or why it is none."""
    return decode(data, RecordedExchange).alt(lambda why: f"is not a recording: {why}")
