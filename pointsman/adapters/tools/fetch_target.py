"""What is fetched: a URL read strictly, and the hosts that may be asked. Pure; nothing is resolved or connected to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.models.addresses import host_of

_PORTS = {"http": 80, "https": 443}
_LONGEST = 8000
_PLAIN = "/%:=&?~+!$,;'@()*[]"  # what stays as it is; the rest is encoded
_ENTRY = re.compile(r"(?P<any>\*\.)?(?:\[(?P<v6>[^\]]*)\]|(?P<name>[^:\[\]]*))(?::(?P<port>[0-9]{1,5}))?")


@attrs.frozen(kw_only=True)
class FetchTarget:
    """One URL to get. `host` is an address or an ASCII name as `host_of` spells it, `path` begins with a slash."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What the Host header says: the port only if it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL in the form in which it is asked for."""
        return f"{self.scheme}://{self.authority}{self.path}"


def target_of(url: str) -> Result[FetchTarget, str]:
    """The target that `url` names, or one sentence that says why it is not fetched."""
    if len(url) > _LONGEST:
        return Failure(f"The URL is longer than {_LONGEST} characters.")
    try:
        parts = urlsplit(url.strip())
        return _target(parts, parts.port)
    except ValueError:
        return Failure("The URL cannot be read; give one such as https://example.org/page.")


def _target(parts: SplitResult, port: int | None) -> Result[FetchTarget, str]:
    """Raises ValueError for text that UTF-8 cannot carry."""
    if parts.scheme not in _PORTS:
        return Failure("Only URLs that begin with https:// or http:// are fetched.")
    if "@" in parts.netloc:
        return Failure("URLs with a user name or a password are not fetched; give the URL without them.")
    host = host_of(parts.hostname or "")
    if host is None:
        return Failure("The URL names no host; give one such as https://example.org/page.")
    path = quote(parts.path or "/", safe=_PLAIN)
    if parts.query:
        path += "?" + quote(parts.query, safe=_PLAIN)
    known = _PORTS[parts.scheme] if port is None else port
    return Success(FetchTarget(scheme=parts.scheme, host=host, port=known, path=path))


def follow_redirect(target: FetchTarget, location: str) -> Result[FetchTarget, str]:
    """Where `location` leads from `target`. From https to http is refused."""
    try:
        url = urljoin(target.url, location.strip())
    except ValueError:
        return Failure("The redirect leads to no URL.")
    found = target_of(url)
    if target.scheme == "https" and found.map(lambda next_one: next_one.scheme).value_or("") == "http":
        return Failure("A redirect from https to http is not followed.")
    return found


@attrs.frozen
class _Entry:
    """A host and a port that may be asked; with `below`, every name below that host, and not the host itself."""

    host: str
    port: int | None
    below: bool

    def allows(self, target: FetchTarget) -> bool:
        if target.port not in (_PORTS.values() if self.port is None else (self.port,)):
            return False
        if self.below:
            return target.host.endswith(f".{self.host}")
        return target.host == self.host


@attrs.frozen
class AllowedHosts:
    """Which hosts and ports may be asked. With no entries every host, on the ports 80 and 443."""

    written: tuple[str, ...]
    _entries: tuple[_Entry, ...]

    def problem(self, target: FetchTarget) -> str | None:
        """None if `target` may be asked, else a sentence that says why not."""
        if not self.written and target.port not in _PORTS.values():
            return f"The port {target.port} is not fetched from, only 80 and 443."
        if not self.written or any(entry.allows(target) for entry in self._entries):
            return None
        return f"{target.authority} may not be fetched from; allowed are only: {', '.join(self.written)}."


def allowed_hosts_of(written: Iterable[str]) -> AllowedHosts:
    """Reads `example.org`, `*.example.org`, `example.org:8080`, `[2001:db8::1]:8080`; anything else allows nothing."""
    entries = tuple(written)
    return AllowedHosts(entries, tuple(found for entry in entries if (found := _entry(entry)) is not None))


def _entry(text: str) -> _Entry | None:
    match = _ENTRY.fullmatch(text.strip())
    if match is None:
        return None
    host = host_of(match["v6"] or match["name"] or "")
    if host is None:
        return None
    return _Entry(host, int(match["port"]) if match["port"] else None, bool(match["any"]))
