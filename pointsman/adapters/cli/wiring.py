"""What the command line needs of the rest of the house: settings, an App, stores, servers. `__main__` provides it.

The command line builds nothing itself and imports no layer; what it is given here, tests give it in part.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:  # the parser and `--help` load none of it
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
    from decimal import Decimal

    from returns.result import Result

    from pointsman.adapters.cli.context import OpenedTools
    from pointsman.adapters.cli.opened import (
        DemoApp,
        InstalledPlugins,
        KeptTexts,
        KnownTools,
        LoadedModel,
        LocalModels,
        RunningServer,
        SimulatorAddress,
    )
    from pointsman.adapters.cli.options import Options
    from pointsman.core.chat.part import Audio, Image
    from pointsman.core.chat.request import ChatRequest
    from pointsman.core.error import ChatError, ConfigurationError, InvalidRequest, ProviderError, StorageError
    from pointsman.core.faults.sampling import FaultRequest, FaultSet
    from pointsman.core.models.served_model import FoundServer
    from pointsman.core.prompts.prompt import PromptBook
    from pointsman.core.settings import Settings
    from pointsman.services.app import App
    from pointsman.services.documents.document_reader import DocumentReader
    from pointsman.services.evaluation.progress import FaultProgress
    from pointsman.services.healing.error_watch import ErrorWatcher, TellGroup
    from pointsman.services.healing.healer import Healer
    from pointsman.services.ports.client import Client
    from pointsman.services.ports.clock import Clock
    from pointsman.services.ports.database_files import (
        CarriedTable,
        DatabaseCopy,
        ErasedTable,
        Person,
        RestoredDatabase,
    )
    from pointsman.services.ports.executor import ClientExecutor, SandboxExecutor
    from pointsman.services.ports.model_server import ModelServer
    from pointsman.services.ports.run_store import RunFolder, RunStore
    from pointsman.services.ports.sandbox import AttackOutcome, Sandbox, SandboxError
    from pointsman.services.ports.settings_store import StoredSettings
    from pointsman.services.ports.stores import Stores
    from pointsman.services.ports.tools import ToolFunction
    from pointsman.services.settings.settings_service import SettingsService


class Wiring(Protocol):
    """All that commands ask for. What is opened stays so until its scope ends; modules are loaded when needed."""

    def read_settings(
        self, config: str | None, stored: StoredSettings | None = None
    ) -> Result[Settings, ConfigurationError]:
        """The settings of the environment, of the file `config` (else the usual one), and of `stored`."""
        ...

    def settings_notes(self, config: str | None) -> tuple[str, ...]:
        """What a settings file of another program calls otherwise: a line each, for the person."""
        ...

    async def load_settings(self, options: Options) -> Result[Settings, ConfigurationError]:
        """As `read_settings`, and with what is saved in the database and what the command line says."""
        ...

    def own_database(self) -> str | None:
        """The path of the user's own database; None where the data folder cannot be written to."""
        ...

    def clock(self) -> Clock:
        """The machine's clock."""
        ...

    def open_app(self, settings: Settings) -> AbstractAsyncContextManager[Result[App, ConfigurationError]]:
        """Everything a program can ask of pointsman."""
        ...

    def open_stores(self, settings: Settings) -> AbstractAsyncContextManager[Result[Stores, ConfigurationError]]:
        """The stores alone."""
        ...

    def open_clients(
        self, settings: Settings
    ) -> AbstractAsyncContextManager[Result[Mapping[str, Client], ConfigurationError]]:
        """The providers by name, with nothing around them."""
        ...

    def open_tools(
        self, names: Sequence[str], settings: Settings
    ) -> AbstractAsyncContextManager[Result[OpenedTools, ConfigurationError]]:
        """The tools called `names`, and all tools of the MCP servers of those names."""
        ...

    def load_functions(self, source: str) -> Result[tuple[ToolFunction, ...], ConfigurationError]:
        """The functions of a user's Python file, or of Python code, as tools. It is run."""
        ...

    def kept_texts(self, settings: Settings, kind: Literal["prompts", "schemas"]) -> KeptTexts:
        """The user's own templates or schemas."""
        ...

    def open_server(
        self, settings: Settings, options: Options
    ) -> AbstractAsyncContextManager[Result[RunningServer, ConfigurationError]]:
        """The gateway, the API and the page, served."""
        ...

    async def work(self, settings: Settings, options: Options) -> bool | None:
        """Where this process was started as a worker: serve until it is told to end; whether it could. Else None."""
        ...

    def open_simulator(
        self, options: Options
    ) -> AbstractAsyncContextManager[Result[SimulatorAddress, ConfigurationError]]:
        """Simulated models, served. Raises `OSError` where the address cannot be listened on."""
        ...

    def open_demo(self, options: Options) -> AbstractAsyncContextManager[Result[DemoApp, ConfigurationError]]:
        """An App that asks simulated models over real HTTP."""
        ...

    def local_models(self, settings: Settings) -> LocalModels:
        """What lies and runs on this machine."""
        ...

    def run_local_model(
        self, name: str, settings: Settings
    ) -> AbstractAsyncContextManager[Result[LoadedModel, ProviderError]]:
        """An engine for that model alone, which ends with the scope."""
        ...

    def open_model_server(
        self, named: str, settings: Settings
    ) -> AbstractAsyncContextManager[Result[ModelServer, ConfigurationError]]:
        """A server of models that somebody else runs: a provider's name, a kind, or an address."""
        ...

    async def scan_hosts(self, hosts: tuple[str, ...], *, announced: bool) -> tuple[FoundServer, ...]:
        """The servers of models at the known ports of `hosts`, and with `announced` those that announce themselves."""
        ...

    def known_tools(self, settings: Settings) -> KnownTools:
        """The tools that come with pointsman, and those of plug-ins."""
        ...

    def plugins(self, settings: Settings) -> InstalledPlugins:
        """What other packages bring; each is loaded, one by one."""
        ...

    def write_plugin(self, name: str, groups: tuple[str, ...]) -> Result[str, InvalidRequest]:
        """Write a new plug-in into the current folder; gives its path."""
        ...

    def prompt_book(self, settings: Settings) -> Result[PromptBook, ConfigurationError]:
        """The prompt templates."""
        ...

    async def read_image(self, name: str, settings: Settings) -> Result[Image, InvalidRequest]:
        """The picture at a path or a web address, made to fit the default provider."""
        ...

    def document_reader(self, config: str | None) -> DocumentReader:
        """What reads documents without asking a model; an App has one that hears recordings, too.

        The settings in the file `config`, else the usual ones, say which plug-ins are switched off.
        """
        ...

    async def read_audio(self, name: str) -> Result[Audio, InvalidRequest]:
        """The sound at a path."""
        ...

    def settings_service(self, stores: Stores) -> SettingsService:
        """What changes the saved settings, and checks each change."""
        ...

    async def make_faults(
        self, request: FaultRequest, folder: str | None, prove: bool, sandbox: str, progress: FaultProgress
    ) -> Result[FaultSet, ConfigurationError | SandboxError]:
        """Faulty programs: of the own corpus, or of the user's programs in `folder`.

        `prove` runs their tests here and now, in the sandbox of that name; those in `folder` are always proved.
        `progress` counts what is run.
        """
        ...

    def open_sandbox(self, name: str) -> AbstractAsyncContextManager[Result[Sandbox, SandboxError]]:
        """The sandbox called `name`, where code of strangers runs; `auto` is the strongest that holds here."""
        ...

    async def attack_sandbox(self, sandbox: Sandbox) -> Result[Sequence[AttackOutcome], SandboxError]:
        """Try to get out of it in many ways, and say what came of each."""
        ...

    def healer(self, app: App, request: ChatRequest, *, budget: Decimal | None, on_terminal: bool) -> Healer:
        """What heals commands in the current folder; it applies nothing until it is told how to ask."""
        ...

    def watcher(
        self, app: App, request: ChatRequest, options: Options, tell: TellGroup, sandbox: Sandbox | None
    ) -> ErrorWatcher:
        """What follows a log of the program in the current folder."""
        ...

    def log_lines(self, name: str, clock: Clock, *, from_start: bool) -> AsyncGenerator[str, None]:
        """The lines of the log at a path, or of standard input (`-`). Reading them may raise `OSError`."""
        ...

    async def back_up(self, settings: Settings, target: str, *, force: bool) -> Result[DatabaseCopy, StorageError]:
        """Copy the database to the file `target`, also while others use it."""
        ...

    async def restore(self, settings: Settings, source: str) -> Result[RestoredDatabase, StorageError]:
        """Put the copy `source` in the place of the database, while nobody uses it."""
        ...

    async def erase(self, settings: Settings, person: Person) -> Result[tuple[ErasedTable, ...], StorageError]:
        """Erase all that the database keeps of somebody."""
        ...

    async def carry_over(
        self, settings: Settings, source: str, tell: Callable[[str, int, int], None]
    ) -> Result[tuple[CarriedTable, ...], StorageError]:
        """Carry a SQLite file to the server that the settings name; `tell` hears of a table, of how many rows."""
        ...

    def key_place(self, settings: Settings) -> str:
        """Where the encryption keys are."""
        ...

    def shared_keys(self, settings: Settings) -> str | None:
        """Where the keys are kept that other databases may be encrypted with, too; None where there can be none."""
        ...

    def provider_names(self) -> tuple[str, ...]:
        """The providers that are known without any setting."""
        ...

    def version(self) -> str:
        """That of pointsman."""
        ...

    def open_runs(self, settings: Settings) -> AbstractAsyncContextManager[Result[RunFolder, ConfigurationError]]:
        """Where runs are kept that name no file: a folder beside the database, or the server that is the database."""
        ...

    def open_run_store(
        self, path: str, *, alone: bool = False
    ) -> AbstractAsyncContextManager[Result[RunStore, StorageError]]:
        """The journal of a run in the file `path`, made if it is not there; `alone` is for who runs it."""
        ...

    def open_executor(
        self, sandbox: Sandbox, cluster: str | None
    ) -> AbstractAsyncContextManager[Result[SandboxExecutor, SandboxError | ConfigurationError]]:
        """Who does the work of an evaluation: the workers of `cluster` in such a sandbox, or this machine in it."""
        ...

    def open_readers(
        self, cluster: str
    ) -> AbstractAsyncContextManager[Result[ClientExecutor, ChatError | ConfigurationError]]:
        """Who asks models for the parts of a long document: the workers of `cluster`, by their own settings."""
        ...
