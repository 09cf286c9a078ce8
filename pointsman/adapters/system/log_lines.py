"""Lines of the log: one line an event, as text or as JSON, without secrets. It knows nothing of what is logged."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

from pointsman.core.json import dumps_text
from pointsman.core.security.masking import SecretMask
from pointsman.core.settings import LogFormat
from pointsman.services.request_outcome import LOG_FIELDS

_OURS = "pointsman"


def set_up_log(form: LogFormat, *, verbose: bool, stream: TextIO | None = None) -> None:
    """Write the log of this process to `stream`, by default standard error.

    As text only warnings, unless `verbose`; as JSON what requests come to as well, since that is what it is read for.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(_OURS).setLevel(logging.INFO if form == "json" else logging.NOTSET)


class TextLines(logging.Formatter):
    """The time, and what happened; a traceback follows on lines of its own."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The lines of `record`."""
        return _without_secrets(super().format(record))


class JsonLines(logging.Formatter):
    """An object a line: `time`, `level`, `logger`, `event`, and the fields of the event."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of `record`."""
        given = getattr(record, LOG_FIELDS, None)
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": given["event"] if isinstance(given, Mapping) and "event" in given else record.getMessage(),
        }
        if isinstance(given, Mapping):
            fields |= {name: value for name, value in given.items() if value not in (None, "")}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return dumps_text({name: _without_secrets(v) if isinstance(v, str) else v for name, v in fields.items()})


def _without_secrets(text: str) -> str:
    return SecretMask().hide_in_output(text)
