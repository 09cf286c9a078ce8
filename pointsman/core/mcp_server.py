"""A server of the Model Context Protocol as frozen data, and the names that a model calls its tools by."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Annotated, Literal, TypeAlias
from urllib.parse import SplitResult, parse_qsl, urlsplit

import attrs

from pointsman.core.error import AuthenticationFailed, ConfigurationError, InvalidResponse, NetworkError, TimeoutError
from pointsman.core.loopback import is_loopback
from pointsman.core.records.values import FieldInfo
from pointsman.core.security.secret import Secret

McpFailure: TypeAlias = ConfigurationError | AuthenticationFailed | NetworkError | TimeoutError | InvalidResponse
"""Why a server's tools cannot be had: it cannot be started, lets nobody in, is not reached, is late, is no MCP."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,31}")
_VARIABLE = re.compile(r"[^=\0]+")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")
_APPROVALS = ("always", "ask", "never")


_RUNS = "It runs a program on the server's machine: whoever runs that sets it, in the settings file."


def _without_query(url: str | None) -> str:
    """An address as it may be shown: some services want their keys in the query."""
    return repr(None if url is None else re.sub(r"//[^/@]*@", "//***@", re.split(r"[?#]", url)[0]))


@attrs.frozen(kw_only=True)
class McpServer:
    """A server as the user set it: a `command` with its `arguments`, or the `url` of one that runs already."""

    name: str
    command: Annotated[str | None, FieldInfo(file_only=_RUNS)] = None
    """Found by the PATH and run without a shell."""
    arguments: Annotated[tuple[str, ...], FieldInfo(file_only=_RUNS)] = ()
    """Of the command. They are shown, so secrets belong into `environment` or `headers`."""
    environment: Annotated[Mapping[str, Secret], FieldInfo(file_only=_RUNS)] = attrs.field(factory=dict)
    """Variables for the command, beside the few that any program needs; it gets nothing else of ours."""
    url: Annotated[str | None, FieldInfo(hidden=True)] = attrs.field(default=None, repr=_without_query)
    """Where a server listens that runs already."""
    headers: Mapping[str, Secret] = attrs.field(factory=dict)
    """Go to the `url` with every request."""
    timeout: float = 30.0
    """Seconds that starting it, and each call, may take."""
    allow: tuple[str, ...] = ()
    """The server's own names of the tools to offer; empty means all."""
    approval: Literal["always", "ask", "never"] = "ask"
    """Whether each call of its tools needs a yes."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What must not be shown, the longest first: the values, and the words that they are made of."""
        values = [secret.reveal() for secret in (*self.environment.values(), *self.headers.values())]
        parts = _parts(self.url or "")
        values += [value for _, value in parse_qsl(parts.query)] if parts is not None else []
        words = {word for value in values for word in (value, *value.split())}
        return tuple(Secret(word) for word in sorted(words, key=len, reverse=True))

    @property
    def on_this_machine(self) -> bool:
        """Whether its `url` leads to a server on this machine."""
        parts = _parts(self.url or "")
        return parts is not None and is_loopback(parts.hostname or "")


def mcp_problems(server: McpServer) -> tuple[str, ...]:
    """Everything that is wrong with `server`, a sentence each. No secret stands in them."""
    return tuple(_problems(server))


def _problems(server: McpServer) -> Iterator[str]:
    if not _NAME.fullmatch(server.name):
        yield f"the name {server.name!r} is not a letter with up to 31 letters, digits and hyphens after it"
    if (server.command is None) == (server.url is None):
        yield "it needs a command or a url, and not both"
    if server.command is not None:
        yield from _command_problems(server, server.command)
    elif server.arguments or server.environment:
        yield "arguments and environment are for a command; leave them out"
    if server.url is not None:
        yield from _url_problems(server, server.url)
    elif server.headers:
        yield "headers are for a url; leave them out"
    if not (math.isfinite(server.timeout) and server.timeout > 0):
        yield f"the timeout {server.timeout:g} is not a number of seconds above 0"
    if not all(name.strip() for name in server.allow):
        yield "a tool that is allowed has no name"
    if server.approval not in _APPROVALS:
        yield f"the approval {server.approval!r} is not one of {', '.join(_APPROVALS)}"


def _command_problems(server: McpServer, command: str) -> Iterator[str]:
    if not command.strip():
        yield "the command is empty"
    if any("\0" in text for text in (command, *server.arguments)):
        yield "the command or an argument has a NUL in it"
    for name, value in server.environment.items():
        if not _VARIABLE.fullmatch(name):
            yield f"{name!r} is not the name of an environment variable"
        if "\0" in value.reveal():
            yield f"the environment variable {name} has a NUL in its value"


def _url_problems(server: McpServer, url: str) -> Iterator[str]:
    problem = _url_problem(url)
    if problem:
        yield problem
    for name, value in server.headers.items():
        if not _HEADER.fullmatch(name):
            yield f"{name!r} is not the name of a header"
        if not _HEADER_VALUE.fullmatch(value.reveal()):
            yield f"the header {name} has characters that no header has; was it pasted whole?"


def _url_problem(url: str) -> str:
    parts = _parts(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s\0]", url):
        return "the url is not an address such as https://example.com/mcp"
    if parts.username is not None or parts.password is not None:
        return "the url holds a user name or password; give them as headers"
    if parts.fragment:
        return "the url has a fragment; leave that out"
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        return "the url is not https, and does not lead to this machine"
    return ""


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.hostname, parts.port
    except ValueError:
        return None
    return parts


_LONGEST = 64
_MARKED = re.compile(r".*_[0-9a-f]{8}")


def mcp_names(server: str, tools: Sequence[str]) -> tuple[str, ...]:
    """`<server>_<tool>` for each of `tools`, made of letters, digits, `_` and `-`, at most 64 of them.

    A name that is too long, or that two tools would share, gets a part of its SHA-256 at its end (and so does one that
    looks as if it had one): it does not depend on the order of the tools. As a server's name has no `_` in it, tools of
    two servers never share a name.
    """
    plain = [re.sub(r"[^A-Za-z0-9_-]", "_", f"{server}_{tool}") for tool in tools]
    times = Counter(plain)
    return tuple(
        _mark_name(name, tool) if times[name] > 1 or len(name) > _LONGEST or _MARKED.fullmatch(name) else name
        for name, tool in zip(plain, tools, strict=True)
    )


def _mark_name(name: str, tool: str) -> str:
    mark = sha256(tool.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{name[: _LONGEST - 9]}_{mark}"
