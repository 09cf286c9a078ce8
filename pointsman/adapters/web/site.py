"""What the server is given: the running App, and what it can do to the settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias

import attrs
from returns.result import Result

from pointsman.adapters.web.ending import Ending
from pointsman.adapters.web.other_workers import NoOtherWorkers, OtherWorkers
from pointsman.adapters.web.password_guard import PasswordGuard
from pointsman.adapters.web.sessions import Sessions
from pointsman.core.error import ConfigurationError, LLMError
from pointsman.core.models.model import ModelInfo
from pointsman.core.money.provider_outcome import ProviderOutcome
from pointsman.core.settings import OidcSettings, ProviderSettings, Settings
from pointsman.core.webhook import Webhook
from pointsman.services.engines.model_getting import ModelGetting
from pointsman.services.event_exchange import EventExchange
from pointsman.services.ports.authority import Authority
from pointsman.services.ports.client import Ping
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.engine import EngineWatch
from pointsman.services.ports.identity_provider import IdentityProvider
from pointsman.services.ports.model_server import ModelServer
from pointsman.services.ports.run_store import RunFolder
from pointsman.services.ports.running import Running
from pointsman.services.ports.structure import Structure
from pointsman.services.ports.tools import ToolFunction
from pointsman.services.settings.settings_service import SettingsService

Probe: TypeAlias = Callable[[ProviderSettings], Awaitable[Result[Ping, ConfigurationError]]]
"""Asks a provider that need not be saved whether it is there."""
TryWebhook: TypeAlias = Callable[[Webhook], Awaitable[str | None]]
"""Sends a webhook a test; gives why it was not taken, or None."""
ListModels: TypeAlias = Callable[[ProviderSettings], Awaitable[Result[tuple[ModelInfo, ...], LLMError]]]
"""Asks a provider that need not be saved for its models."""


IdentityProviderOf: TypeAlias = Callable[[OidcSettings], IdentityProvider]
"""The provider of identities that the settings name."""


class ProviderFacts(Protocol):
    """What the API tells of a kind of provider."""

    @property
    def title(self) -> str:
        """The vendor's name."""
        ...

    @property
    def other_names(self) -> tuple[str, ...]:
        """What other programs call it."""
        ...

    @property
    def local(self) -> bool:
        """Whether it runs on the user's own machine."""
        ...

    @property
    def key_required(self) -> bool:
        """Whether nothing works without a key."""
        ...

    @property
    def base_url(self) -> str | None:
        """Where it listens; None where every user has their own."""
        ...

    @property
    def presets(self) -> Mapping[str, tuple[str, ...]]:
        """Recommended models, in tiers."""
        ...

    @property
    def default_model(self) -> str | None:
        """The model that is asked where none is named."""
        ...


LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""Names of this machine that nobody elsewhere can come by."""


@attrs.frozen(kw_only=True)
class Policy:
    """How the server is protected.

    `hosts` are the names in the Host header that are answered; empty answers all, which is only for servers that are
    not on loopback. With `open_gateway` who brings no key may ask models, as long as no key has been given out, and
    unless a proxy has passed the request on.
    `max_body` is in bytes, `max_values` in JSON values (20,000 tools have some 200,000).
    """

    hosts: frozenset[str] = frozenset()
    open_gateway: bool = True
    secure_cookie: bool = False
    max_body: int = 32 * 2**20
    max_values: int = 1_000_000
    max_headers: int = 64 * 2**10


OpenModelServer: TypeAlias = Callable[
    [str, Settings], AbstractAsyncContextManager[Result[ModelServer, ConfigurationError]]
]


@attrs.frozen(kw_only=True)
class LocalModelServices:
    """The models of the server's machine: what gets them, what runs, and the model servers that others run.

    `open_server` opens one by a provider's name. `has_engine`: what runs models in a process of our own is installed.
    """

    getting: ModelGetting
    engines: EngineWatch
    open_server: OpenModelServer
    has_engine: bool


@attrs.frozen(kw_only=True)
class WebServices:
    """Everything that the handlers need."""

    running: Running
    desk: SettingsService
    sessions: Sessions
    authority: Authority
    guard: PasswordGuard
    clock: Clock
    policy: Policy
    probe: Probe
    try_webhook: TryWebhook
    list_models: ListModels
    identity: IdentityProviderOf
    structure: Structure
    tools: Mapping[str, ToolFunction]
    rows: Mapping[str, ProviderFacts]
    """Every kind of provider there is."""
    version: str
    runs: RunFolder
    """The runs of evaluations that can be looked at."""
    local: LocalModelServices
    ending: Ending = attrs.field(factory=Ending)
    """Whether the server is being stopped, and what is under way."""
    tested: dict[str, ProviderOutcome] = attrs.field(factory=dict, repr=False)
    """What came of the latest test of each saved provider: a test is no call, so no record tells of it."""
    others: OtherWorkers = attrs.field(factory=NoOtherWorkers)
    exchange: EventExchange
    """Brings the events of other processes."""
