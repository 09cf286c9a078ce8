"""How long things are kept. Pure."""

from __future__ import annotations

import re

_UNITS = {"m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_SPAN = re.compile(r"(\d{1,6})([mhdw])")


def read_span(text: str) -> float | None:
    """Seconds of `400d`, `12h`, `90m` or `52w`; None where it is no such time."""
    found = _SPAN.fullmatch(text.strip())
    return int(found[1]) * _UNITS[found[2]] if found else None
