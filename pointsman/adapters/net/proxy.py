"""Which proxy stands before an address: by a setting, else by the variables, as other tools read them.

Pure but for one question: whether the package that speaks SOCKS is installed. It does not know httpx.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from urllib.parse import urlsplit

import attrs

from pointsman.core.loopback import is_loopback

_SPOKEN = ("http", "https", "socks5", "socks5h")
_EXAMPLE = "an address such as http://proxy.example:3128"


def _without_password(address: str) -> str:
    return repr(address if "@" not in address else "***@" + address.rsplit("@", 1)[1])


@attrs.frozen
class Proxy:
    """A proxy, and the setting or variable that names it."""

    address: str = attrs.field(repr=_without_password)
    place: str

    @property
    def problem(self) -> str | None:
        """Why it cannot be used, in one sentence with the cure; None where it can."""
        problem = proxy_problem(self.address)
        if problem is None and self.address.startswith("socks") and find_spec("socksio") is None:
            problem = "a SOCKS proxy needs the extra: pip install 'pointsman[socks]'; or name an HTTP proxy"
        return problem and f"{self.place}: {problem}"


def proxy_problem(address: str) -> str | None:
    """What is wrong with the address of a proxy; it is never quoted, as it may hold a password."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return f"it is not {_EXAMPLE}"
    if parts.scheme.startswith("socks") and parts.scheme not in _SPOKEN:
        return f"a proxy of {parts.scheme}:// cannot be used; name one of socks5:// or {_EXAMPLE}"
    if parts.scheme not in _SPOKEN or not host or any(not "!" <= letter <= "~" for letter in address):
        return f"it is not {_EXAMPLE}"
    return None


def with_scheme(address: str) -> str:
    """The address of a proxy, which is spoken to in HTTP where it does not say."""
    text = address.strip()
    return text if "://" in text else f"http://{text}"


def proxy_before(base_url: str, named: str | None, proxies: Mapping[str, str], place: str = "proxy") -> Proxy | None:
    """The proxy for `base_url`: `named` by the setting at `place`, else the one that `proxies` has for it.

    `proxies` maps `http`, `https`, `all` and `no` as `urllib.request.getproxies` does. A loopback address never has a
    proxy unless it was named by hand.
    """
    if named:
        return Proxy(with_scheme(named), place)
    parts = urlsplit(base_url)
    host = (parts.hostname or "").lower()
    if is_loopback(host) or _is_excluded(host, parts.port, proxies.get("no", "")):
        return None
    kind = parts.scheme if proxies.get(parts.scheme) else "all"
    address = proxies.get(kind, "").strip()
    return Proxy(with_scheme(address), f"{kind.upper()}_PROXY") if address else None


def _is_excluded(host: str, port: int | None, no_proxy: str) -> bool:
    for entry in (item.strip().lower() for item in no_proxy.split(",")):
        name, _, entry_port = entry.partition(":") if entry.count(":") == 1 else (entry, "", "")
        name = name.lstrip(".").removeprefix("*.")
        if entry == "*" or (name and (host == name or host.endswith(f".{name}")) and entry_port in ("", str(port))):
            return True
    return False
