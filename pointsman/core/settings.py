"""What a user can set, as frozen data. Printable without secrets; parsed in `layers`, never here."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

import attrs

from pointsman.core.chat.options import OnPartial, Strategy
from pointsman.core.conversations.window import WindowStrategy
from pointsman.core.database_address import show_database
from pointsman.core.json import Json
from pointsman.core.mcp_server import McpServer
from pointsman.core.models.model import Ability
from pointsman.core.money.budget import Budget
from pointsman.core.prompts.personality import Personality
from pointsman.core.prompts.prompt import SavedTemplate
from pointsman.core.records.values import FieldInfo
from pointsman.core.routing.breaker import BreakerPolicy
from pointsman.core.routing.experiment import Experiment
from pointsman.core.routing.rate import Limit
from pointsman.core.security.secret import Secret
from pointsman.core.security.virtual_key import Role
from pointsman.core.shared_address import show_shared
from pointsman.core.webhook import Webhook

LogFormat: TypeAlias = Literal["text", "json"]
KeyStoreKind: TypeAlias = Literal["file", "keyring"]
Seconds: TypeAlias = Annotated[float, FieldInfo(low=0.001, unit="of seconds")]
"""A time that must not be zero."""
Pause: TypeAlias = Annotated[float, FieldInfo(unit="of seconds")]
"""A time that may be zero."""
Tries: TypeAlias = Annotated[int, FieldInfo(high=100)]
_BEFORE = "It is read before what is saved can be: set it in the settings file or by a variable."
_AT_START = "It is read when the server starts: set it in the settings file or by a variable."
_REACHES_IN = "It reaches into the machine of the server: whoever runs that sets it, in the settings file."
"""Why a setting is never saved by a page."""
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
    enabled: Annotated[
        bool, FieldInfo(title="Enabled", hint="A provider that is switched off is never asked.", section=_LIMITS)
    ] = True
    priority: Annotated[
        int, FieldInfo(low=None, title="Priority", hint="The higher is asked first.", section=_LIMITS)
    ] = 0
    tags: Annotated[tuple[str, ...], FieldInfo(title="Tags", hint="Separated by commas.", section=_LIMITS)] = ()


@attrs.frozen(kw_only=True)
class RoutingSettings:
    """How models are chosen where none is named."""

    always: bool = False
    """Whether the router chooses for every request that names no model; else only for the model `auto` and for requests
    with a task or a strategy."""
    strategy: Strategy = "task"
    """What the models are ranked by."""
    candidates: tuple[str, ...] = ()
    """The models to choose from; by default the default model of each provider."""
    tasks: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    """Which models a task goes to; adds to and replaces the tables of `core/routing/policy.py`."""
    weights: Mapping[str, float] = attrs.field(factory=dict)
    """The share of each model, for the strategy `weighted`."""
    context_fallback: tuple[str, ...] = ()
    """Asked where a prompt does not fit."""
    filter_fallback: tuple[str, ...] = ()
    """Asked where a provider's filter stopped the answer."""
    on_partial: OnPartial = "fail"
    """What is done where a stream breaks off: fail with what has come, or start again with the next model."""
    hedge_after: Pause | None = None
    """Seconds after which the next model is asked beside one that has not begun to answer."""
    error_classifier: str | None = None
    """A small model that says of which kind an error is where its words do not, for the task `heal`."""


@attrs.frozen(kw_only=True)
class SemanticSettings:
    """The cache by meaning: see `Likeness`."""

    model: str = ""
    """Embeds the questions."""
    threshold: float = 0.95
    """How alike questions must be, 0 to 1."""
    max_temperature: float = 0.5
    """Requests of a higher temperature are not answered from it."""
    max_entries: int = 2000
    """The most that it holds."""


@attrs.frozen(kw_only=True)
class CacheSettings:
    """The response cache."""

    enabled: bool = False
    """Whether there is one."""
    ttl: float = 3600.0
    """Seconds that an answer is good for."""
    max_entries: int = 10_000
    """The most answers that it holds."""
    max_bytes: int = 256 * 2**20
    """The most bytes that they may take."""
    semantic: SemanticSettings | None = None


@attrs.frozen(kw_only=True)
class ModelSettings:
    """What the user knows of a model better than our table: sizes in tokens, prices in dollars a million tokens."""

    context_length: int | None = None
    """The window: the most tokens of prompt and answer."""
    max_output: int | None = None
    """The most tokens of an answer."""
    lacks: frozenset[Ability] | None = None
    """What it cannot do."""
    input: Decimal | None = None
    """Of the prompt."""
    output: Decimal | None = None
    """Of the answer."""
    cached_input: Decimal | None = None
    """Of what the provider has read before."""
    cache_write: Decimal | None = None
    """Of what it is to remember, for five minutes."""
    cache_write_1h: Decimal | None = None
    """And for an hour."""
    reasoning: Decimal | None = None
    """Of thinking, where that has a price of its own."""


@attrs.frozen(kw_only=True)
class UsageSettings:
    """What is recorded of calls."""

    keep_content: bool = False
    """Whether prompts and answers are recorded, too."""
    keep_days: float | None = None
    """Days after which records are deleted; `usage` of `[keep]` takes its place."""


@attrs.frozen(kw_only=True)
class KeepSettings:
    """How long things are kept (`400d`, `12h`, `52w`); `serve` and `pointsman sweep` see to it. Else they stay."""

    usage: str | None = None
    """Usage records, from their call on."""
    conversations: str | None = None
    """Conversations, from their last change on."""
    memories: str | None = None
    """Memories, from when they were remembered on."""
    audit: str | None = None
    """The trail of changes of the settings."""


@attrs.frozen(kw_only=True)
class OidcSettings:
    """Sign-in to the page by OpenID Connect; needs the extra `oidc`. Without an `issuer` there is none."""

    issuer: str = ""
    """The provider, exactly as it calls itself: `https://accounts.example`."""
    client_id: str = ""
    """What it calls this server."""
    client_secret: Secret | None = None
    """What this server shows it; a public client has none."""
    claim: str = "groups"
    """The claim of its tokens that says what somebody is."""
    roles: Mapping[str, Role] = attrs.field(factory=dict)
    """The role (`admin`, `member` or `viewer`) of a value of the claim; who has none of them may not sign in."""
    scope: str = "openid profile"
    """What it is asked for."""
    title: str = "single sign-on"
    """What the button calls it."""
    address: str | None = None
    """Where browsers find this server, such as `https://models.example`; by default, where they say they do."""


@attrs.frozen(kw_only=True)
class TelemetrySettings:
    """OpenTelemetry."""

    enabled: bool = False
    """Whether it is loaded; needs the extra `otel`."""
    content: bool = False
    """Whether prompts and answers go into the spans."""


@attrs.frozen(kw_only=True)
class WindowSettings:
    """How conversations are fitted into a model's window."""

    strategy: WindowStrategy = "truncate_oldest"
    """What is done with what does not fit."""
    max_tokens: int | None = None
    """The most a request may have, even where the model takes more."""
    max_messages: int | None = None
    """The most earlier messages that go along."""
    reserve: int = 1024
    """Tokens held free for the answer where the request does not say, at most a quarter of the window."""
    summarize_threshold: float = 0.7
    """The strategy `summarize` goes on with a summary when what is not in it is more than this share of the window."""
    summary_model: str | None = None
    """Writes the summaries; by default the model that is asked."""
    margin: float = 1.1
    """Estimates of tokens are raised by this."""


@attrs.frozen(kw_only=True)
class MemorySettings:
    """What is remembered."""

    embedding_model: str | None = None
    """With one, memories are also found by what they mean."""


@attrs.frozen(kw_only=True)
class FetchSettings:
    """The tool `fetch`."""

    allowed_hosts: tuple[str, ...] = ()
    """Whom it may ask (`example.org`, `*.example.org`); nobody: all that is public, after asking."""
    max_bytes: int = 1_000_000
    """The most it reads of a page."""
    timeout: float = 20.0
    """Seconds that a page may take."""


@attrs.frozen(kw_only=True)
class ReadFileSettings:
    """The tool `read_file`."""

    root: Annotated[str | None, FieldInfo(file_only=_REACHES_IN)] = None
    """The folder that it may read; none: the working folder, after asking."""
    max_bytes: int = 200_000
    """The most it reads of a file."""


@attrs.frozen(kw_only=True)
class ToolSettings:
    """How far the tools that reach out may reach."""

    fetch: FetchSettings = attrs.field(factory=FetchSettings)
    read_file: ReadFileSettings = attrs.field(factory=ReadFileSettings)


@attrs.frozen(kw_only=True)
class EngineSettings:
    """How models are run that are asked as `local/NAME`: each in a process of its own, which pointsman starts.

    What is None is chosen by the model and the machine.
    """

    kind: str = "llama.cpp"
    """Which engine: our own, or the name of a plug-in's."""
    gpu_layers: Annotated[int | None, FieldInfo(high=10_000)] = None
    """How many layers of the model a GPU holds; 0: none."""
    context: Annotated[int | None, FieldInfo(low=1, unit="of tokens")] = None
    """The window of each answer."""
    slots: Annotated[int | None, FieldInfo(low=1, high=256)] = None
    """How many answers are made at once."""
    threads: Annotated[int | None, FieldInfo(low=1, high=1024)] = None
    """Threads of the processor."""
    idle: Seconds = 600.0
    """A model that nobody has asked for so long is unloaded."""
    memory: Annotated[int | None, FieldInfo(low=1, unit="of bytes")] = None
    """What all models together may need."""
    folder: str | None = None
    """Default: `models` in the user's data folder."""


@attrs.frozen(kw_only=True)
class PluginStores:
    """Stores of plug-ins, by name, in place of our own."""

    cache: str | None = None
    """Answers."""
    ledger: str | None = None
    """What is spent of budgets."""
    usage_log: str | None = None
    """Records of calls."""
    scoreboard: str | None = None
    """How models do."""
    evidence: str | None = None
    """Which models heal what."""
    conversations: str | None = None
    """Conversations; not with `encrypted`."""
    memories: str | None = None
    """What is remembered; not with `encrypted`."""


@attrs.frozen(kw_only=True)
class PluginSettings:
    """Which of the plug-ins that are installed are used, and how."""

    disabled: tuple[str, ...] = ()
    """Packages, or single plug-ins as `group.name` (`tools.weather`), that are never loaded."""
    middleware: tuple[str, ...] = ()
    """What stands around all requests, the first outermost."""
    tools: tuple[str, ...] = ()
    """Tools that `serve` offers besides our own; on the command line each is named by `--tools`."""
    stores: PluginStores = attrs.field(factory=PluginStores)
    """Stores in place of our own."""


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
    """A server of Redis or Valkey (`redis://host:6379/0`) in which processes keep their rate limits together; without
    it each keeps its own. Budgets are never there, but in `database`."""
    shared_password: Annotated[Secret | None, FieldInfo(file_only=_BEFORE)] = None
    """Opens `shared`."""
    cluster: Annotated[str | None, FieldInfo(file_only=_REACHES_IN)] = None
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
    engine: Annotated[EngineSettings, FieldInfo(file_only=_REACHES_IN)] = attrs.field(factory=EngineSettings)
    plugins: Annotated[PluginSettings, FieldInfo(file_only=_REACHES_IN)] = attrs.field(factory=PluginSettings)
    mcp: tuple[McpServer, ...] = ()
    """Servers whose tools may be given to models."""
    webhooks: tuple[Webhook, ...] = ()
    """Are told what happens in `pointsman serve`."""
    personality: Personality = attrs.field(factory=Personality)
    """How `chat` speaks."""
    prompts: Annotated[str | None, FieldInfo(file_only=_REACHES_IN)] = None
    """A folder of prompt templates."""
    drain: Annotated[float, FieldInfo(unit="of seconds", file_only=_AT_START)] = 30.0
    """When `pointsman serve` is told to stop, calls under way have so long to come to their end."""
    runs: Annotated[str | None, FieldInfo(file_only=_AT_START)] = None
    """The folder where runs of evaluations are kept; by default `runs` beside the database."""
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
