"""What a user can set, as frozen data. Printable without secrets; parsed in `layers`, never here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

import attrs

from pointsman.core.database_address import show_database
from pointsman.core.mcp_server import McpServer
from pointsman.core.money.budget import Budget
from pointsman.core.prompts.personality import Personality
from pointsman.core.prompts.prompt import SavedTemplate
from pointsman.core.records.values import FieldInfo
from pointsman.core.routing.breaker import BreakerPolicy
from pointsman.core.routing.experiment import Experiment
from pointsman.core.routing.rate import Limit
from pointsman.core.security.secret import Secret
from pointsman.core.settings.provider import Pause, ProviderSettings, RetryOverrides, RetrySettings, Timeouts
from pointsman.core.settings.sections import (
    REACHES_IN,
    CacheSettings,
    EngineSettings,
    FetchSettings,
    KeepSettings,
    MemorySettings,
    ModelSettings,
    OidcSettings,
    PluginSettings,
    PluginStores,
    ReadFileSettings,
    RoutingSettings,
    SemanticSettings,
    TelemetrySettings,
    ToolSettings,
    UsageSettings,
    WindowSettings,
)
from pointsman.core.shared_address import show_shared
from pointsman.core.webhook import Webhook

__all__ = [
    "CacheSettings",
    "EngineSettings",
    "FetchSettings",
    "KeepSettings",
    "KeyStoreKind",
    "LogFormat",
    "MemorySettings",
    "ModelSettings",
    "OidcSettings",
    "PluginSettings",
    "PluginStores",
    "ProviderSettings",
    "ReadFileSettings",
    "RetryOverrides",
    "RetrySettings",
    "RoutingSettings",
    "SemanticSettings",
    "Settings",
    "TelemetrySettings",
    "Timeouts",
    "ToolSettings",
    "UsageSettings",
    "WindowSettings",
]

LogFormat: TypeAlias = Literal["text", "json"]
KeyStoreKind: TypeAlias = Literal["file", "keyring"]
_BEFORE = "It is read before what is saved can be: set it in the settings file or by a variable."
_AT_START = "It is read when the server starts: set it in the settings file or by a variable."
"""Why a setting is never saved by a page."""


@attrs.frozen(kw_only=True)
class Settings:
    """All settings.

    `limits` are by provider or `provider/model`, `models` by `provider/model`, `provider/*` or `*/model`.
    """

    providers: Mapping[str, ProviderSettings] = attrs.field(factory=dict)
    default_provider: str | None = None
    """A name in `providers`; None means that nothing is configured."""
    timeouts: Timeouts = attrs.field(factory=Timeouts)
    retries: RetrySettings = attrs.field(factory=RetrySettings)
    model_cache_ttl: Pause = 300.0
    """How long a list of models is good for."""
    fallback: tuple[str, ...] = ()
    """Models that are asked in this order when the one that was asked fails."""
    aliases: Mapping[str, str] = attrs.field(factory=dict)
    """Names of your own for models: see `pointsman.core.models.aliases`."""
    system: str | None = None
    """Instructions for every request that has none."""
    database: Annotated[str | None, FieldInfo(file_only=_BEFORE)] = attrs.field(default=None, repr=show_database)
    """What keeps usage records, budgets, conversations and the cache: a SQLite file, or a server of PostgreSQL by its
    address (`postgresql://user@host/name`); without it they live as long as the App."""
    database_password: Annotated[Secret | None, FieldInfo(file_only=_BEFORE)] = None
    """Opens `database`, where that is a server. The driver's own password file does, too."""
    shared: Annotated[str | None, FieldInfo(file_only=_BEFORE)] = attrs.field(default=None, repr=show_shared)
    """A server of Redis or Valkey (`redis://host:6379/0`) in which processes keep rate limits, open circuits, what they
    have seen of models, and the cache together; without it each keeps its own. Budgets are never there, but in
    `database`."""
    shared_password: Annotated[Secret | None, FieldInfo(file_only=_BEFORE)] = None
    """Opens `shared`."""
    cluster: Annotated[str | None, FieldInfo(file_only=REACHES_IN)] = None
    """The scheduler of a cluster of dask (`tcp://host:8786`) whose workers judge the answers of evaluations and read
    the parts of long documents, each by its own settings; without it this machine does. It runs what it is sent: reach
    it over a network of your own, or by `tls://`."""
    routing: RoutingSettings = attrs.field(factory=RoutingSettings)
    cache: CacheSettings = attrs.field(factory=CacheSettings)
    breaker: BreakerPolicy = attrs.field(factory=BreakerPolicy)
    limits: Mapping[str, Limit] = attrs.field(factory=dict)
    budgets: tuple[Budget, ...] = ()
    models: Mapping[str, ModelSettings] = attrs.field(factory=dict)
    experiments: tuple[Experiment, ...] = ()
    usage: UsageSettings = attrs.field(factory=UsageSettings)
    keep: KeepSettings = attrs.field(factory=KeepSettings)
    oidc: OidcSettings = attrs.field(factory=OidcSettings)
    telemetry: Annotated[TelemetrySettings, FieldInfo(file_only=_AT_START)] = attrs.field(factory=TelemetrySettings)
    window: WindowSettings = attrs.field(factory=WindowSettings)
    memory: MemorySettings = attrs.field(factory=MemorySettings)
    tools: ToolSettings = attrs.field(factory=ToolSettings)
    engine: Annotated[EngineSettings, FieldInfo(file_only=REACHES_IN)] = attrs.field(factory=EngineSettings)
    plugins: Annotated[PluginSettings, FieldInfo(file_only=REACHES_IN)] = attrs.field(factory=PluginSettings)
    mcp: tuple[McpServer, ...] = ()
    """Servers whose tools may be given to models."""
    webhooks: tuple[Webhook, ...] = ()
    """Are told what happens in `pointsman serve`."""
    personality: Personality = attrs.field(factory=Personality)
    """How `chat` speaks."""
    prompts: Annotated[str | None, FieldInfo(file_only=REACHES_IN)] = None
    """A folder of prompt templates."""
    drain: Annotated[float, FieldInfo(unit="of seconds", file_only=_AT_START)] = 30.0
    """When `pointsman serve` is told to stop, calls under way have so long to come to their end."""
    runs: Annotated[str | None, FieldInfo(file_only=_AT_START)] = None
    """The folder where runs of evaluations are kept; by default `runs` beside the database, or in it where it is a
    server."""
    log: Annotated[bool, FieldInfo(file_only=_AT_START)] = True
    """Whether what `pointsman generate` asks and is answered is kept as a conversation, and lines typed in `chat`."""
    encrypted: Annotated[bool, FieldInfo(file_only=_BEFORE)] = False
    """Whether conversations and memories are encrypted on disk."""
    key_store: Annotated[KeyStoreKind, FieldInfo(file_only=_BEFORE)] = "file"
    """Where the encryption keys are: in `key_file`, or in the keyring of the operating system."""
    key_file: Annotated[str | None, FieldInfo(file_only=_BEFORE)] = None
    """The file of the encryption keys, by default beside the user's data."""
    log_format: Annotated[LogFormat, FieldInfo(file_only=_AT_START)] = "text"
    """How `serve` writes its log to standard error: lines of text, or a JSON object a line and one for each request."""
    templates: Mapping[str, tuple[SavedTemplate, ...]] = attrs.field(factory=dict)
    """Prompt templates by name, the versions of each in their order, beside those of the folder `prompts`."""
    remote: bool = True
    """Whether models may be asked beyond this machine; if not, a provider elsewhere is as if it were switched off."""

    @classmethod
    def of(
        cls,
        kind: str,
        model: str | None = None,
        *,
        api_key: Secret | str | None = None,
        base_url: str | None = None,
    ) -> Settings:
        """Settings for one provider of the table, such as `groq`; `model` is asked where none is named."""
        key = Secret(api_key) if isinstance(api_key, str) else api_key
        provider = ProviderSettings(name=kind, model=model, api_key=key, base_url=base_url)
        return cls(providers={kind: provider}, default_provider=kind)

    @classmethod
    def local(cls, model: str | None = None, *, kind: str = "ollama", base_url: str | None = None) -> Settings:
        """Settings for a server on this machine: without arguments the first that answers, with its first model."""
        return cls() if model is None and base_url is None else cls.of(kind, model, base_url=base_url)

    @classmethod
    def openai(cls, model: str | None = None, *, api_key: Secret | str, base_url: str | None = None) -> Settings:
        """Settings for OpenAI."""
        return cls.of("openai", model, api_key=api_key, base_url=base_url)

    @classmethod
    def anthropic(cls, model: str | None = None, *, api_key: Secret | str, base_url: str | None = None) -> Settings:
        """Settings for Anthropic."""
        return cls.of("anthropic", model, api_key=api_key, base_url=base_url)

    @classmethod
    def gemini(cls, model: str | None = None, *, api_key: Secret | str, base_url: str | None = None) -> Settings:
        """Settings for Google Gemini."""
        return cls.of("gemini", model, api_key=api_key, base_url=base_url)

    @classmethod
    def custom(cls, base_url: str, model: str | None = None, *, api_key: Secret | str | None = None) -> Settings:
        """Settings for any server that speaks OpenAI's API, such as `http://localhost:8000`."""
        return cls.of("custom", model, api_key=api_key, base_url=base_url)
