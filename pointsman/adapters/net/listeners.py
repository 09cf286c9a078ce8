"""The sockets that a server listens on: bound here, or handed over by the service manager."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import MutableMapping

from returns.result import Failure, Result, Success

_FIRST = 3
_QUEUE = 2048
"""How many connections may wait to be taken, as far as the system allows it."""
_HANDED_OVER = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")


def bind_listener(host: str, port: int, *, reuse_port: bool = False) -> Result[socket.socket, str]:
    """A socket that listens there; or why there is none.

    With `reuse_port` others that ask for the same may listen there too, and the system deals out connections.
    """
    if reuse_port and not hasattr(socket, "SO_REUSEPORT"):
        return Failure("this system lets no two programs listen at one port")
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
        listener.listen(_QUEUE)
    except OSError as problem:
        listener.close()
        return Failure(f"{host}:{port} cannot be listened on: {problem.strerror or problem}; use another --port")
    listener.setblocking(False)
    return Success(listener)


def take_listeners(
    environment: MutableMapping[str, str], pid: int | None = None
) -> Result[tuple[socket.socket, ...], str]:
    """The sockets that this process was started with; none where there are none. They are taken once.

    Source: sd_listen_fds(3). The variables are removed, so that no child takes them for its own.
    """
    said = [environment.pop(name, "") for name in _HANDED_OVER]
    if said[0] != str(os.getpid() if pid is None else pid) or not said[1].isdecimal():
        return Success(())
    taken: list[socket.socket] = []
    for descriptor in range(_FIRST, _FIRST + int(said[1])):
        try:
            one = socket.socket(fileno=descriptor)
            taken.append(one)
            listens = one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) and one.type == socket.SOCK_STREAM
        except OSError:
            listens = False
        if not listens:
            for opened in taken:
                opened.close()
            return Failure(f"descriptor {descriptor}, which was handed over, is no socket that listens for streams")
        taken[-1].set_inheritable(False)
        taken[-1].setblocking(False)
    return Success(tuple(taken))


def is_local(listener: socket.socket) -> bool:
    """Whether none but programs on this machine reach it. Of a Unix socket nobody can say who stands before it."""
    if listener.family not in (socket.AF_INET, socket.AF_INET6):
        return False
    return ipaddress.ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback


def host_of(listener: socket.socket) -> str:
    """Where it listens, without the port."""
    name = listener.getsockname()
    return str(name[0]) if isinstance(name, tuple) else f"unix:{os.fsdecode(name)}"


def address_of(listener: socket.socket) -> str:
    """The address that clients ask."""
    name = listener.getsockname()
    if not isinstance(name, tuple):
        return host_of(listener)
    host, port = name[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
