"""Tells the service manager that has started this process how it is. Source: sd_notify(3)."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress

READY, STOPPING = "READY=1", "STOPPING=1"
_LONGEST = 86_400.0


def notify(*lines: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Send `lines`, such as `READY=1`; says whether anybody listens. What goes wrong is of no concern to who serves."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")) or not hasattr(socket, "AF_UNIX"):
        return False
    if address.startswith("@"):  # a name that is in no file system
        address = f"\0{address[1:]}"
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.sendto("\n".join(lines).encode(), address)
        return True
    return False


def stopping_for(seconds: float) -> tuple[str, str]:
    """What says that this process ends, and may need so many seconds for that."""
    return STOPPING, f"EXTEND_TIMEOUT_USEC={int(min(seconds, _LONGEST) * 1_000_000)}"
