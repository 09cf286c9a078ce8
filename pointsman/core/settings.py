"""What a user can set, as frozen data. Printable without secrets; parsed in `layers`, never here."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

import attrs

from pointsman.core.chat.options import OnPartial, Strategy
from pointsman.core.conversations.window import WindowStrategy
from pointsman.core.json import Json
from pointsman.core.mcp_server import McpServer
from pointsman.core.models.model import Ability
from pointsman.core.money.budget import Budget
from pointsman.core.prompts.personality import Personality
from pointsman.core.records.values import FieldInfo
from pointsman.core.routing.breaker import BreakerPolicy
from pointsman.core.routing.experiment import Experiment
from pointsman.core.routing.rate import Limit
from pointsman.core.security.secret import Secret
from pointsman.core.webhook import Webhook

KeyStoreKind: TypeAlias = Literal["file", "keyring"]
Seconds: TypeAlias = Annotated[float, FieldInfo(low=0.001, unit="of seconds")]
"""A time that must not be zero."""
Pause: TypeAlias = Annotated[float, FieldInfo(unit="of seconds")]
"""A time that may be zero."""
Tries: TypeAlias = Annotated[int, FieldInfo(high=100)]
_CONNECTION, _MODEL, _LIMITS = "Connection", "Model", "Limits and routing"
"""The parts of the form of a provider."""


@attrs.frozen(kw_only=True)
class Timeouts:
    """Limits in seconds.

    `connect` is to a connection, `total` that of one try, `models` that of a model list. A stream has two more:
    `first_byte` to its first byte, `idle` of silence in it. An answer that comes whole is ruled by `total` alone.
    A whole call, with its retries, is limited by the `timeout` of its provider, and with its fallbacks by its own.
    """

    connect: Seconds = 10.0
    first_byte: Seconds = 120.0
    idle: Seconds = 120.0
    total: Seconds = 600.0
    models: Seconds = 5.0


@attrs.frozen(kw_only=True)
class RetrySettings:
    """How often and how patiently to retry; delays in seconds; `kinds` by error tag. See `core/routing/backoff.py`.

    A request that went out and was not answered (a timeout, a connection that broke) is sent again only with
    `resend_unanswered`: it may have been served, and would be paid for twice. A fallback to another model is taken all
    the same where one is set.
    """

    max_retries: Tries = 2
    base_delay: Pause = 0.5
    exponential_base: Annotated[float, FieldInfo(low=1, high=100)] = 2.0
    """By how much each delay is longer than the one before; 1: they are all alike."""
    max_delay: Pause = 8.0
    retry_after_cap: Pause = 60.0
    kinds: Mapping[str, Tries] = attrs.field(factory=dict)
    resend_unanswered: bool = False


@attrs.frozen(kw_only=True)
class RetryOverrides:
    """What of `RetrySettings` is otherwise for one provider; what is None is as it is for all."""

    max_retries: Tries | None = None
    base_delay: Pause | None = None
    exponential_base: Annotated[float | None, FieldInfo(low=1, high=100)] = None
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
    max_tokens: Annotated[int | None, FieldInfo(low=1, title="Most tokens of an answer", section=_MODEL)] = None
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
    proxy: Annotated[str | None, FieldInfo(hidden=True, encrypted=True)] = attrs.field(
        default=None, repr=_without_password
    )
    headers: Mapping[str, Secret] = attrs.field(factory=dict)
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
    """How models are chosen where none is named.

    With `always` the router chooses for every request that names no model; without, only for the model `auto` and for
    requests with a task or a strategy. `candidates` are the models to choose from (default: the default model of each
    provider). `tasks` adds to and replaces the tables of `core/routing/policy.py`. `hedge_after` is in seconds.
    `error_classifier` is a small model that says of which kind an error is where its words do not, for the task `heal`.
    """

    always: bool = False
    strategy: Strategy = "task"
    candidates: tuple[str, ...] = ()
    tasks: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    weights: Mapping[str, float] = attrs.field(factory=dict)
    context_fallback: tuple[str, ...] = ()
    filter_fallback: tuple[str, ...] = ()
    on_partial: OnPartial = "fail"
    hedge_after: Pause | None = None
    error_classifier: str | None = None


@attrs.frozen(kw_only=True)
class SemanticSettings:
    """The cache by meaning: see `Likeness`. `model` embeds the questions."""

    model: str = ""
    threshold: float = 0.95
    max_temperature: float = 0.5
    max_entries: int = 2000


@attrs.frozen(kw_only=True)
class CacheSettings:
    """The response cache: off unless `enabled`; `ttl` in seconds, bounds in entries and bytes."""

    enabled: bool = False
    ttl: float = 3600.0
    max_entries: int = 10_000
    max_bytes: int = 256 * 2**20
    semantic: SemanticSettings | None = None


@attrs.frozen(kw_only=True)
class ModelSettings:
    """What the user knows of a model better than our table: sizes in tokens, prices in dollars a million tokens."""

    context_length: int | None = None
    max_output: int | None = None
    lacks: frozenset[Ability] | None = None
    input: Decimal | None = None
    output: Decimal | None = None
    cached_input: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None
    reasoning: Decimal | None = None


@attrs.frozen(kw_only=True)
class UsageSettings:
    """What is recorded of calls; prompts and answers only with `keep_content`. Records go after `keep_days`."""

    keep_content: bool = False
    keep_days: float | None = None


@attrs.frozen(kw_only=True)
class TelemetrySettings:
    """OpenTelemetry: `enabled` loads it; `content` puts prompts and answers into the spans."""

    enabled: bool = False
    content: bool = False


@attrs.frozen(kw_only=True)
class WindowSettings:
    """How conversations are fitted into a model's window.

    `max_tokens` is the most a request may have even where the model takes more, `max_messages` the most earlier
    messages that go along. `reserve` are tokens held free for the answer where the request does not say, at most a
    quarter of the window. The strategy `summarize` goes on with a summary, written by `summary_model` (default: the
    model that is asked), when what is not in it is more than `summarize_threshold` (0 to 1) of the window. Estimates
    are raised by `margin`.
    """

    strategy: WindowStrategy = "truncate_oldest"
    max_tokens: int | None = None
    max_messages: int | None = None
    reserve: int = 1024
    summarize_threshold: float = 0.7
    summary_model: str | None = None
    margin: float = 1.1


@attrs.frozen(kw_only=True)
class MemorySettings:
    """What is remembered: with `embedding_model` memories are also found by what they mean."""

    embedding_model: str | None = None


@attrs.frozen(kw_only=True)
class FetchSettings:
    """The tool `fetch`: whom it may ask (`example.org`, `*.example.org`); nobody: all that is public, after asking."""

    allowed_hosts: tuple[str, ...] = ()
    max_bytes: int = 1_000_000
    timeout: float = 20.0


@attrs.frozen(kw_only=True)
class ReadFileSettings:
    """The tool `read_file`: the folder that it may read (none: the working folder, after asking)."""

    root: str | None = None
    max_bytes: int = 200_000


@attrs.frozen(kw_only=True)
class ToolSettings:
    """How far the tools that reach out may reach."""

    fetch: FetchSettings = attrs.field(factory=FetchSettings)
    read_file: ReadFileSettings = attrs.field(factory=ReadFileSettings)


@attrs.frozen(kw_only=True)
class EngineSettings:
    """How models are run that are asked as `local/NAME`: each in a process of its own, which pointsman starts.

    What is None is chosen by the model and the machine. `context` is in tokens, for each of `slots` answers that are
    made at once; `gpu_layers` is how many layers of the model a GPU holds (0: none). A model that nobody has asked for
    `idle` seconds is unloaded. `memory` is what all of them together may need, in bytes; `folder` is where models lie.
    """

    gpu_layers: Annotated[int | None, FieldInfo(high=10_000)] = None
    context: Annotated[int | None, FieldInfo(low=1, unit="of tokens")] = None
    slots: Annotated[int | None, FieldInfo(low=1, high=256)] = None
    threads: Annotated[int | None, FieldInfo(low=1, high=1024)] = None
    idle: Seconds = 600.0
    memory: Annotated[int | None, FieldInfo(low=1, unit="of bytes")] = None
    folder: str | None = None
    """Default: `models` in the user's data folder."""


@attrs.frozen(kw_only=True)
class Settings:
    """All settings. `default_provider` is a name in `providers`; None means that nothing is configured.

    `fallback` are model references tried in order when the asked model fails. `model_cache_ttl` is in seconds.
    `aliases` are names for model references, see `pointsman.core.models.aliases`.
    `runs` is the folder where runs of evaluations are kept (default: `runs` beside the database).
    `database` is the SQLite file that keeps usage records, budgets and the cache; without it they live as long as the
    App. `limits` are by provider or `provider/model`, `models` by `provider/model`, `provider/*` or `*/model`.
    `mcp` are servers whose tools may be given to models, `webhooks` are told what happens in `pointsman serve`.
    `personality` is how `chat` speaks, `prompts` a folder of prompt templates.
    With `log` what `pointsman generate` asks and is answered is kept as a conversation, and `chat` keeps typed lines.
    With `encrypted` conversations and memories are encrypted on disk; the keys for that and for saved secrets are in
    `key_file` (default: beside the user's data) or, with `key_store` = `keyring`, in that of the operating system.
    """

    providers: Mapping[str, ProviderSettings] = attrs.field(factory=dict)
    default_provider: str | None = None
    timeouts: Timeouts = attrs.field(factory=Timeouts)
    retries: RetrySettings = attrs.field(factory=RetrySettings)
    model_cache_ttl: Pause = 300.0
    fallback: tuple[str, ...] = ()
    aliases: Mapping[str, str] = attrs.field(factory=dict)
    system: str | None = None
    database: str | None = None
    routing: RoutingSettings = attrs.field(factory=RoutingSettings)
    cache: CacheSettings = attrs.field(factory=CacheSettings)
    breaker: BreakerPolicy = attrs.field(factory=BreakerPolicy)
    limits: Mapping[str, Limit] = attrs.field(factory=dict)
    budgets: tuple[Budget, ...] = ()
    models: Mapping[str, ModelSettings] = attrs.field(factory=dict)
    experiments: tuple[Experiment, ...] = ()
    usage: UsageSettings = attrs.field(factory=UsageSettings)
    telemetry: TelemetrySettings = attrs.field(factory=TelemetrySettings)
    window: WindowSettings = attrs.field(factory=WindowSettings)
    memory: MemorySettings = attrs.field(factory=MemorySettings)
    tools: ToolSettings = attrs.field(factory=ToolSettings)
    engine: EngineSettings = attrs.field(factory=EngineSettings)
    mcp: tuple[McpServer, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    personality: Personality = attrs.field(factory=Personality)
    prompts: str | None = None
    runs: str | None = None
    log: bool = True
    encrypted: bool = False
    key_store: KeyStoreKind = "file"
    key_file: str | None = None
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
