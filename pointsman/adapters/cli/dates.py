"""Moments as people write them: `24h`, `7d`, `2026-11-01`."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_UNITS = {"m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def moment(text: str, now: float) -> float | None:
    """Unix seconds of `text`: so long before `now`, or a date or time in ISO form (UTC unless it says otherwise)."""
    ago = re.fullmatch(r"(\d{1,6})([mhdw])", text.strip())
    if ago:
        return now - int(ago[1]) * _UNITS[ago[2]]
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
