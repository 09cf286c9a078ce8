"""The line that a request leaves in the log: what was asked, by which key, what it came to. Never a body or a key."""

from __future__ import annotations

import logging
import time
from contextlib import AbstractContextManager

import attrs

from pointsman.adapters.web.asgi import Scope
from pointsman.adapters.web.caller import Caller
from pointsman.core.json import JsonObject
from pointsman.core.one_line import one_line
from pointsman.services.request_outcome import LOG_FIELDS, RequestOutcome, current_request, request_outcome

LOG = logging.getLogger("pointsman.requests")


@attrs.define
class RequestLine:
    """Writes one line about what happens within its scope, where anybody reads the log."""

    scope: Scope
    mark: str
    """The id of the request."""
    status: int = 0
    _began: float = 0.0
    _outcome: AbstractContextManager[RequestOutcome] | None = None
    _facts: RequestOutcome | None = None

    def __enter__(self) -> RequestLine:
        if LOG.isEnabledFor(logging.INFO):
            self._began, self._outcome = time.perf_counter(), request_outcome()
            self._facts = self._outcome.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        if self._outcome is not None and self._facts is not None:
            self._outcome.__exit__(None, None, None)
            _write(self, self._facts, (time.perf_counter() - self._began) * 1000)


def note_caller(caller: Caller) -> None:
    """Remember who asks, for the line of the request."""
    facts = current_request()
    if facts is not None:
        facts.key = "" if caller.key is None else caller.key.id
        facts.user = "" if caller.key is not None else caller.name


def _write(line: RequestLine, facts: RequestOutcome, milliseconds: float) -> None:
    scope = line.scope
    kind = "request" if scope["type"] == "http" else "socket"
    fields: JsonObject = {
        "event": kind,
        "request": line.mark,
        "method": one_line(scope.get("method", "")),
        "path": one_line(scope["path"]),
        "status": line.status or None,
        "ms": round(milliseconds, 1),
        "key": facts.key,
        "user": facts.user,
    }
    if facts.calls:
        fields |= {
            "calls": facts.calls,
            "model": one_line(f"{facts.provider}/{facts.model}"),
            "input_tokens": facts.input_tokens,
            "output_tokens": facts.output_tokens,
            "cost": format(facts.cost.amount, "f"),
            "cost_complete": facts.cost.complete,
            "cache": facts.cache,
            "outcome": facts.outcome,
        }
    LOG.info("%s", _sentence(kind, fields), extra={LOG_FIELDS: fields})


def _sentence(kind: str, fields: JsonObject) -> str:
    """The same for a person to read."""
    asked = f"{fields['method']} {fields['path']}" if kind == "request" else f"socket {fields['path']}"
    said = [asked, str(fields["status"] or ""), f"{fields['ms']} ms", str(fields["request"])]
    said += [f"{name}={fields[name]}" for name in ("key", "model", "cost") if fields.get(name)]
    return " ".join(word for word in said if word)
