"""What a user can set, as frozen data. Printable without secrets; parsed in `layers`, never here."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from pointsman.core.secret import Secret


@attrs.frozen(kw_only=True)
class Timeouts:
    """Limits in seconds: to connect, to the first byte, of silence in a stream, of a whole call, of a model list."""

    connect: float = 10.0
    first_byte: float = 120.0
    idle: float = 120.0
    total: float = 600.0
    models: float = 5.0


@attrs.frozen(kw_only=True)
class RetrySettings:
    """How often and how patiently to retry; delays in seconds. See `pointsman.core.backoff`."""

    max_retries: int = 2
    base_delay: float = 0.5
    max_delay: float = 8.0
    retry_after_cap: float = 60.0


def _without_password(proxy: str | None) -> str:
    return repr(proxy if proxy is None or "@" not in proxy else "***@" + proxy.rsplit("@", 1)[1])


@attrs.frozen(kw_only=True)
class ProviderSettings:
    """One provider as the user set it.

    `kind` names the row of the provider table, `name` is what model references use; `base_url` has no slash at its
    end. What is None is left to the row, or to the provider.
    """

    name: str
    kind: str
    base_url: str | None = None
    api_key: Secret | None = None
    model: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    timeout: float | None = None
    verify_tls: bool = True
    proxy: str | None = attrs.field(default=None, repr=_without_password)
    headers: Mapping[str, Secret] = attrs.field(factory=dict)
    keep_alive: float | None = None
    enabled: bool = True


@attrs.frozen(kw_only=True)
class Settings:
    """All settings. `default_provider` is a name in `providers`; None means that nothing is configured.

    `fallback` are model references tried in order when the asked model fails. `model_cache_ttl` is in seconds.
    """

    providers: Mapping[str, ProviderSettings] = attrs.field(factory=dict)
    default_provider: str | None = None
    timeouts: Timeouts = attrs.field(factory=Timeouts)
    retries: RetrySettings = attrs.field(factory=RetrySettings)
    model_cache_ttl: float = 300.0
    fallback: tuple[str, ...] = ()
    system: str | None = None
