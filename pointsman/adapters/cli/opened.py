"""What the command line is handed when something is opened for it: a server, a demo, tools, plug-ins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:  # the parser and `--help` load none of it
    from collections.abc import Awaitable, Callable, Mapping

    import anyio
    from returns.result import Result

    from pointsman.core.error import InvalidRequest, StorageError
    from pointsman.core.plugin import PluginReport
    from pointsman.core.security.secret import Secret
    from pointsman.services.app import App
    from pointsman.services.healing.healer import Healer
    from pointsman.services.ports.engine import EngineWatch
    from pointsman.services.ports.model_library import ModelShelf
    from pointsman.services.ports.tools import ToolFunction


class ServerEnding(Protocol):
    """How a server is stopped, and what is left of it until then."""

    @property
    def over(self) -> anyio.Event:
        """Set when every connection is closed."""
        ...

    @property
    def calls(self) -> int:
        """How many calls are under way."""
        ...

    @property
    def cut_count(self) -> int:
        """How many calls were cut short."""
        ...

    @property
    def drain(self) -> float:
        """Seconds that calls under way have to come to their end."""
        ...

    def begin(self) -> None:
        """Take no new connection; let what is under way come to its end."""
        ...

    def hasten(self) -> None:
        """Let nothing go on any longer."""
        ...


@attrs.frozen(kw_only=True)
class RunningServer:
    """A gateway that serves."""

    address: str
    link: str | None = attrs.field(repr=False)
    """The word of the link by which one may sign in once."""
    default_provider: str
    demo: bool
    """Whether models are simulated, for nothing is set up."""
    ending: ServerEnding = attrs.field(repr=False)
    workers: int = 1
    """How many processes serve."""
    shares_limits: bool = True
    """Whether they count rate limits together."""
    replace: Callable[[], None] | None = attrs.field(default=None, repr=False)
    """Replaces all workers, one after the other; None where there is nothing but this process."""


@attrs.frozen(kw_only=True)
class SimulatorAddress:
    """Simulated models that are served."""

    address: str
    paths: Mapping[str, str]
    """What each vendor's base URL has after the address."""


@attrs.frozen(kw_only=True)
class DemoApp:
    """A server whose providers are simulated, and what the demo does with it."""

    app: App
    """The server's own."""
    address: str
    """Of the simulator."""
    gateway: str
    """The address of the server."""
    outside: App
    """Somebody else's: its provider `gateway` is the server, asked by Anthropic's protocol."""
    budget_tag: str
    """Calls with this tag have a small budget of their own."""
    healer: Healer
    """Heals without asking, in a folder with a `trains.py` that fails."""
    small: str | None = None
    """A very small model that is on this machine."""


@attrs.frozen
class LocalModels:
    """The models on this machine, and the engines that run them."""

    shelf: ModelShelf
    engines: EngineWatch


@attrs.frozen
class InstalledPlugins:
    """How it stands with each plug-in, and the packages that could not be looked into."""

    reports: tuple[PluginReport, ...]
    unreadable: tuple[str, ...] = ()


@attrs.frozen
class KnownTools:
    """The tools that `--tools` can name, and what is wrong with plug-ins that bring none."""

    tools: tuple[ToolFunction, ...]
    problems: tuple[str, ...] = ()


@attrs.frozen
class LoadedModel:
    """A model whose engine runs: where it listens, for who has the key. `wait` gives how it ended, when it has."""

    address: str
    key: Secret
    wait: Callable[[], Awaitable[str]]


class KeptTexts(Protocol):
    """Texts that the user keeps under names of their own, a file each."""

    def names(self) -> tuple[str, ...]:
        """The names that are kept, in order."""
        ...

    def read(self, name: str) -> str | None:
        """What is kept under `name`; None where nothing is."""
        ...

    def keep(self, name: str, text: str) -> Result[str, InvalidRequest | StorageError]:
        """Write `text` under `name`, over what was there; gives the path."""
        ...

    def drop(self, name: str) -> Result[bool, StorageError]:
        """Delete what is kept under `name`; False where nothing was."""
        ...
