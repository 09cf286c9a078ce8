"""Where the secrets of a provider go, and which of them would go elsewhere after a change. Pure.

A key is given for one address. Who may change the address but not see the key must not learn it that way.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from pointsman.core.settings import ProviderSettings

_PORTS = {"http": 80, "https": 443}


def destination_of(provider: ProviderSettings, usual: str | None) -> tuple[str, ...]:
    """Who can read what is sent to `provider`: its origin, else `usual`, that of its kind; and a proxy that sees it."""
    origin = _origin_of(provider.base_url or usual or f"kind:{provider.kind}")
    is_sealed = origin.startswith("https:") and provider.verify_tls
    return (origin,) if is_sealed else (origin, provider.proxy or "", str(provider.verify_tls))


def _origin_of(address: str) -> str:
    """Scheme, host and port; of what is no address the whole of it."""
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return address
    scheme = parts.scheme.lower()
    return f"{scheme}://{host}:{port or _PORTS.get(scheme, 0)}" if host else address


def moved_secrets(
    old: ProviderSettings,
    new: ProviderSettings,
    given: Collection[str],
    headers: Collection[str],
    usual: tuple[str | None, str | None],
) -> tuple[str, ...]:
    """What is wrong with changing `old` into `new`: secrets that were not `given` with it, and would go elsewhere.

    `headers` are the names of those that were given; `usual` are the addresses of the two kinds.
    """
    before, after = destination_of(old, usual[0]), destination_of(new, usual[1])
    if before == after:
        return ()
    kept = [name for name in new.headers if name in old.headers and name.lower() not in headers]
    names = [
        *(["api_key"] if new.api_key is not None and old.api_key is not None and "api_key" not in given else []),
        *(f"headers.{name}" for name in kept),
    ]
    return tuple(f"{name}: it was saved for {before[0]}; give it again to send it to {after[0]}" for name in names)
