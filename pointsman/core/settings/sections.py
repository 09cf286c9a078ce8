"""The sections of a settings file, a record each."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

import attrs

from pointsman.core.chat.options import OnPartial, Strategy
from pointsman.core.conversations.window import WindowStrategy
from pointsman.core.models.model import Ability
from pointsman.core.records.values import FieldInfo
from pointsman.core.security.secret import Secret
from pointsman.core.security.virtual_key import Role
from pointsman.core.settings.provider import Pause, Seconds

REACHES_IN = "It reaches into the machine of the server: whoever runs that sets it, in the settings file."
"""Why a setting is never saved by a page."""


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
    read_abandoned: Pause = 30.0
    """An answer whose client has left is read on for so long, to learn what it costs, where its provider is known to
    write it to the end (and bill it) all the same (`when_left`); 0: it is not, and the most that it could cost is
    booked."""
    read_abandoned_bytes: Annotated[int, FieldInfo(low=1, unit="of bytes")] = 4_000_000
    """The most that is read of it then."""


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

    root: Annotated[str | None, FieldInfo(file_only=REACHES_IN)] = None
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

    kind: str = "auto"
    """Which engine: `auto` (llama.cpp for GGUF files; for folders of safetensors mlx_lm or transformers, whichever is
    there), `mlx_lm` or `transformers` for folders, or the name of a plug-in's for all."""
    python: str | None = None
    """The Python that runs mlx_lm or transformers, such as an environment's with CUDA; default: pointsman's own."""
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
