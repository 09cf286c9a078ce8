"""What can be set of one provider, and of how patiently all are asked: times, retries, its own fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeAlias

import attrs

from pointsman.core.json import Json
from pointsman.core.money.settlement import WhenLeft
from pointsman.core.records.values import FieldInfo
from pointsman.core.security.secret import Secret

Seconds: TypeAlias = Annotated[float, FieldInfo(low=0.001, unit="of seconds")]
"""A time that must not be zero."""
Pause: TypeAlias = Annotated[float, FieldInfo(unit="of seconds")]
"""A time that may be zero."""
Tries: TypeAlias = Annotated[int, FieldInfo(high=100)]
_CONNECTION, _MODEL, _LIMITS = "Connection", "Model", "Limits and routing"
"""The parts of the form of a provider."""


@attrs.frozen(kw_only=True)
class Timeouts:
    """Limits of time. An answer that comes whole is ruled by `total` alone.

    A whole call, with its retries, is limited by the `timeout` of its provider, and with its fallbacks by its own.
    """

    connect: Seconds = 10.0
    """To a connection."""
    first_byte: Seconds = 120.0
    """To the first byte of a stream."""
    idle: Seconds = 120.0
    """Of silence in a stream."""
    total: Seconds = 600.0
    """Of one try."""
    models: Seconds = 5.0
    """Of a list of models."""


@attrs.frozen(kw_only=True)
class RetrySettings:
    """How often and how patiently to retry. See `core/routing/backoff.py`."""

    max_retries: Tries = 2
    """Tries after the first."""
    base_delay: Pause = 0.5
    """Before the first retry."""
    exponential_base: Annotated[float, FieldInfo(low=1, high=100)] = 2.0
    """How many times as long as the one before each delay is; 1: they are all alike."""
    max_delay: Pause = 8.0
    """The longest delay."""
    retry_after_cap: Pause = 60.0
    """The longest that a provider's `retry-after` is waited for."""
    kinds: Mapping[str, Tries] = attrs.field(factory=dict)
    """Other numbers of retries, by the name of the error."""
    resend_unanswered: bool = False
    """Whether what went out and was not answered (a timeout, a connection that broke) is sent again: it may have been
    served, and would be paid for twice. A fallback to another model is taken all the same where one is set."""


@attrs.frozen(kw_only=True)
class RetryOverrides:
    """What of `RetrySettings` is otherwise for one provider; what is None is as it is for all."""

    max_retries: Tries | None = None
    """As in `[retries]`, as are all of these."""
    base_delay: Pause | None = None
    exponential_base: Annotated[float | None, FieldInfo(low=1, high=100)] = None
    """How many times as long as the one before each delay is."""
    max_delay: Pause | None = None
    retry_after_cap: Pause | None = None
    kinds: Mapping[str, Tries] = attrs.field(factory=dict)
    """Beside those for all; of one tag these count."""
    resend_unanswered: bool | None = None

    def over(self, usual: RetrySettings) -> RetrySettings:
        """`usual` with what is otherwise."""
        said = {field.name: getattr(self, field.name) for field in attrs.fields(RetryOverrides)}
        changes = {name: value for name, value in said.items() if value is not None}
        return attrs.evolve(usual, **{**changes, "kinds": {**usual.kinds, **self.kinds}})


def _as_overrides(retries: RetryOverrides | RetrySettings | None) -> RetryOverrides | None:
    """Whole `RetrySettings` say all of it."""
    return RetryOverrides(**attrs.asdict(retries)) if isinstance(retries, RetrySettings) else retries


def _without_password(proxy: str | None) -> str:
    return repr(proxy if proxy is None or "@" not in proxy else "***@" + proxy.rsplit("@", 1)[1])


@attrs.frozen(kw_only=True)
class ProviderSettings:
    """One provider as the user set it.

    `kind` names the row of the provider table (default: the name), `name` is what model references use. What is None is
    left to the row, or to the provider. `priority` decides which is the default where none is named: the highest.
    """

    name: str
    kind: Annotated[str, FieldInfo(title="Kind", section=_CONNECTION)] = attrs.Factory(
        lambda self: self.name, takes_self=True
    )
    base_url: Annotated[
        str | None,
        FieldInfo(hidden=True, title="Address", section=_CONNECTION, elsewhere=("api_base", "endpoint", "url")),
    ] = None
    api_version: Annotated[
        str | None,
        FieldInfo(title="Version of the API", hint="Azure only, such as 2024-10-21.", section=_CONNECTION),
    ] = None
    """Of Azure's API, such as `2024-10-21`; without one its v1 API is asked."""
    api_key: Annotated[
        Secret | None, FieldInfo(hidden=True, title="API key", section=_CONNECTION, elsewhere=("key", "token"))
    ] = None
    model: Annotated[
        str | None, FieldInfo(title="Default model", section=_MODEL, elsewhere=("model_name", "default_model"))
    ] = None
    temperature: Annotated[float | None, FieldInfo(high=2, title="Temperature", section=_MODEL)] = None
    top_p: Annotated[float | None, FieldInfo(high=1, title="Nucleus (top p)", section=_MODEL)] = None
    max_tokens: Annotated[int | None, FieldInfo(low=1, title="Max tokens", section=_MODEL)] = None
    extra: Annotated[
        Mapping[str, Json],
        FieldInfo(title="More of the request", hint="JSON that goes into every chat as it stands.", section=_MODEL),
    ] = attrs.field(factory=dict)
    """Goes into every chat below its own `extra`."""
    timeout: Annotated[float | None, FieldInfo(low=0.001, unit="of seconds", title="Timeout", section=_LIMITS)] = None
    """Seconds of a whole call, with its retries."""
    retries: RetryOverrides | None = attrs.field(default=None, converter=_as_overrides)
    """Over those of `Settings`, one by one; `RetrySettings` in place of all of them."""
    verify_tls: bool = True
    """Whether its certificate is checked; false only for a server of your own."""
    proxy: Annotated[str | None, FieldInfo(hidden=True, encrypted=True)] = attrs.field(
        default=None, repr=_without_password
    )
    """The proxy that it is reached through; without one, as the environment says."""
    headers: Mapping[str, Secret] = attrs.field(factory=dict)
    """Sent with every request."""
    keep_alive: Annotated[
        float | None,
        FieldInfo(
            low=1, unit="of seconds", title="Keep loaded, asked every", hint="Local models only.", section=_LIMITS
        ),
    ] = None
    """Seconds after which it is asked to keep its model loaded, again and again; who can't do that is only pinged."""
    when_left: Annotated[
        WhenLeft | None,
        FieldInfo(title="When its client leaves", hint="stops, goes_on or unknown.", section=_LIMITS),
    ] = None
    """What becomes of an answer whose client has left: it `stops`, so that only what came is booked; it `goes_on` and
    is billed to its end, so that it is read on (see `usage.read_abandoned`); or that is `unknown`, and the most that it
    could cost is booked. Without it, as the row of its kind says."""
    enabled: Annotated[
        bool, FieldInfo(title="Enabled", hint="A provider that is switched off is never asked.", section=_LIMITS)
    ] = True
    priority: Annotated[
        int, FieldInfo(low=None, title="Priority", hint="The higher is asked first.", section=_LIMITS)
    ] = 0
    tags: Annotated[tuple[str, ...], FieldInfo(title="Tags", hint="Separated by commas.", section=_LIMITS)] = ()
