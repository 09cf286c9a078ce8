"""The `pointsman` command: joins the command line with the layers, and ends with the command's exit code.

Modules are loaded by the method that needs them, so that no command waits for what another one uses.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Literal, NoReturn

from pointsman.adapters.cli.exit_codes import BROKEN_PIPE, INTERRUPTED, OK, STORAGE
from pointsman.adapters.cli.streams import OutputLost, drop_output, keep_terminal
from pointsman.adapters.cli.terminal import Terminal, standard, typed_in

if TYPE_CHECKING:
    from decimal import Decimal

    from returns.result import Result

    from pointsman.adapters.cli.options import Options
    from pointsman.adapters.cli.wiring import (
        DemoApp,
        InstalledPlugins,
        KeptTexts,
        KnownTools,
        LoadedModel,
        LocalModels,
        OpenedTools,
        RunningServer,
        SimulatorAddress,
    )
    from pointsman.core.chat.part import Audio, Image
    from pointsman.core.chat.request import ChatRequest
    from pointsman.core.error import ChatError, ConfigurationError, InvalidRequest, ProviderError, StorageError
    from pointsman.core.faults.sampling import FaultRequest, FaultSet
    from pointsman.core.models.server_scan import FoundServer
    from pointsman.core.prompts.prompt import PromptBook
    from pointsman.core.settings import Settings
    from pointsman.layers.serving import ServeOptions
    from pointsman.layers.settings import Arguments
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
    from pointsman.services.ports.run_store import RunStore
    from pointsman.services.ports.sandbox import AttackOutcome, Sandbox, SandboxError
    from pointsman.services.ports.settings_store import StoredSettings
    from pointsman.services.ports.stores import Stores
    from pointsman.services.ports.tools import ToolFunction
    from pointsman.services.settings.settings_service import SettingsService


def main() -> NoReturn:
    """Run the command line of this process."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))  # while modules are loaded there is nothing to end
    restore = keep_terminal()
    terminal = standard()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _restore_on_sigterm(restore)
    try:
        code = _run_and_flush(terminal)
    finally:
        restore()
    if code == INTERRUPTED:
        os._exit(code)  # a thread may still wait for a line that will never come
    sys.exit(code)


def _restore_on_sigterm(restore: Callable[[], None]) -> None:
    """SIGTERM ends the process as ever, and leaves its terminal usable. What listens to it itself comes before this."""

    def end(number: int, _frame: object) -> None:
        restore()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, end)


def _run_and_flush(terminal: Terminal) -> int:
    """The exit code of this process's command line. What breaks on the way is one sentence."""
    try:
        return _finish(sys.argv[1:], terminal)
    except KeyboardInterrupt:
        terminal.note("Interrupted.")
        return INTERRUPTED
    except (BrokenPipeError, OutputLost, BaseExceptionGroup) as problem:
        drop_output()
        return _lost_output(problem, terminal)


def _finish(arguments: Sequence[str], terminal: Terminal) -> int:
    try:
        code = run(arguments, terminal)
    except SystemExit as left:  # argparse has told what there was to tell
        code = left.code if isinstance(left.code, int) else OK
    terminal.out.flush()
    return code


def _lost_output(problem: BaseException, terminal: Terminal) -> int:
    """The exit code where standard output takes nothing more, also if several tasks have found that out."""
    reasons = list(_leaves(problem))
    if any(isinstance(one, KeyboardInterrupt) for one in reasons):
        return INTERRUPTED
    if any(isinstance(one, BrokenPipeError) for one in reasons):
        return BROKEN_PIPE
    lost = next((one for one in reasons if isinstance(one, OutputLost)), None)
    if lost is None:
        raise problem
    terminal.err.write(f"pointsman: standard output cannot be written: {lost}. Give it another file, or make room.\n")
    return STORAGE


def _leaves(problem: BaseException) -> Iterator[BaseException]:
    if not isinstance(problem, BaseExceptionGroup):
        yield problem
        return
    for one in problem.exceptions:
        yield from _leaves(one)


def run(arguments: Sequence[str], terminal: Terminal) -> int:
    """Run one command and give its exit code."""
    from pointsman import __version__
    from pointsman.adapters.cli.main import run_line
    from pointsman.adapters.providers.table import PROVIDERS

    return run_line(arguments, terminal, LiveWiring(), tuple(PROVIDERS), __version__)


def _arguments(options: Options) -> Arguments:
    from pointsman.layers.settings import Arguments

    return Arguments(
        provider=getattr(options, "provider", None),  # `providers` takes a settings file and nothing else
        base_url=getattr(options, "base_url", None),
        model=getattr(options, "model", None),
        temperature=getattr(options, "temperature", None),
        max_tokens=getattr(options, "max_tokens", None),
        timeout=getattr(options, "timeout", None),
    )


def _serve_options(options: Options) -> ServeOptions:
    from pointsman.layers.serving import ServeOptions

    return ServeOptions(
        host=options.host,
        port=options.port,
        config=options.config,
        arguments=_arguments(options),
        allow_hosts=tuple(options.allow_host),
        demo=not options.no_demo,
        secure_cookie=options.https,
        reuse_port=options.reuse_port,
        inherit=True,
        drain=options.drain,
    )


class LiveWiring:
    """`pointsman.adapters.cli.wiring.Wiring` by the layers that reach the world."""

    def read_settings(
        self, config: str | None, stored: StoredSettings | None = None
    ) -> Result[Settings, ConfigurationError]:
        from pointsman.layers.live import load_settings
        from pointsman.layers.settings import Arguments

        return load_settings(Arguments(), config, stored=stored)

    def settings_notes(self, config: str | None) -> tuple[str, ...]:
        from pointsman.layers.live import settings_notes

        return settings_notes(config)

    async def load_settings(self, options: Options) -> Result[Settings, ConfigurationError]:
        from pointsman.layers.settings.saved import load_all_settings

        return await load_all_settings(_arguments(options), options.config)

    def own_database(self) -> str | None:
        from pointsman.layers.live import own_database

        return own_database()

    def clock(self) -> Clock:
        from pointsman.adapters.system.clock import SystemClock

        return SystemClock()

    def open_app(self, settings: Settings) -> AbstractAsyncContextManager[Result[App, ConfigurationError]]:
        from pointsman.layers.app import open_app
        from pointsman.layers.live import live

        return open_app(live, settings)

    def open_stores(self, settings: Settings) -> AbstractAsyncContextManager[Result[Stores, ConfigurationError]]:
        from pointsman.layers.stores import by_settings

        return by_settings(settings)

    def open_clients(
        self, settings: Settings
    ) -> AbstractAsyncContextManager[Result[Mapping[str, Client], ConfigurationError]]:
        from pointsman.layers.live import http_clients

        return http_clients(settings, self.clock())

    @asynccontextmanager
    async def open_tools(
        self, names: Sequence[str], settings: Settings
    ) -> AsyncIterator[Result[OpenedTools, ConfigurationError]]:
        from pointsman.adapters.cli.wiring import OpenedTools
        from pointsman.layers.tools import equipment

        async with equipment(names, settings) as opened:
            yield opened.map(lambda tools: OpenedTools(tools.tools, tools.failed))

    def load_functions(self, source: str) -> Result[tuple[ToolFunction, ...], ConfigurationError]:
        from pointsman.layers.user_functions import load_functions

        return load_functions(source)

    def kept_texts(self, settings: Settings, kind: Literal["prompts", "schemas"]) -> KeptTexts:
        from pointsman.layers.kept_files import kept_files

        return kept_files(settings, kind)

    @asynccontextmanager
    async def open_server(
        self, settings: Settings, options: Options
    ) -> AsyncIterator[Result[RunningServer, ConfigurationError]]:
        from pointsman.adapters.cli.wiring import RunningServer
        from pointsman.adapters.system.gc_tuning import freeze_gc
        from pointsman.adapters.system.log_lines import set_up_log
        from pointsman.layers.serving import Served, serving

        def describe(served: Served) -> RunningServer:
            with served.running.lease() as app:
                active = app.settings.default_provider or ""
            return RunningServer(
                address=served.address,
                link=served.link,
                default_provider=active,
                demo=served.running.demo,
                ending=served.site.ending,
            )

        set_up_log(options.log_format or settings.log_format, verbose=options.verbose)
        if options.workers > 1:
            async with self._open_workers(settings, options) as supervised:
                yield supervised
            return
        async with serving(settings, _serve_options(options)) as opened:
            running = opened.map(describe)
            freeze_gc()
            yield running

    @asynccontextmanager
    async def _open_workers(
        self, settings: Settings, options: Options
    ) -> AsyncIterator[Result[RunningServer, ConfigurationError]]:
        from pointsman.adapters.cli.wiring import RunningServer
        from pointsman.layers.workers import Supervised, supervising

        def describe(found: Supervised) -> RunningServer:
            return RunningServer(
                address=found.address,
                link=found.link,
                default_provider=found.default_provider,
                demo=found.demo,
                ending=found.supervisor,
                workers=options.workers,
                replace=found.replace,
            )

        async with supervising(settings, _serve_options(options), options.workers) as opened:
            yield opened.map(describe)

    async def work(self, settings: Settings, options: Options) -> bool | None:
        from pointsman.adapters.workers.place import take_place

        place = take_place()
        if place is None:
            return None
        from pointsman.adapters.system.log_lines import set_up_log
        from pointsman.layers.workers import work

        set_up_log(options.log_format or settings.log_format, verbose=options.verbose)
        return await work(place, settings, _serve_options(options))

    @asynccontextmanager
    async def open_simulator(self, options: Options) -> AsyncIterator[Result[SimulatorAddress, ConfigurationError]]:
        from returns.result import Failure, Success

        from pointsman.adapters.cli.wiring import SimulatorAddress
        from pointsman.core.security.secret import Secret
        from pointsman.layers.simulation import (
            read_scenario,
            recording_to,
            simulated_paths,
            simulator,
            simulator_running,
        )

        scenario = read_scenario(options.scenario)
        with recording_to(options.record) as record:
            if isinstance(scenario, Failure) or isinstance(record, Failure):
                yield Failure(scenario.failure() if isinstance(scenario, Failure) else record.failure())
                return
            key = Secret(options.api_key) if options.api_key else None
            served = simulator(
                options.seed, scenario.unwrap(), options.pace, key, strict=options.strict, record=record.unwrap()
            )
            async with simulator_running(served, options.host, options.port) as address:
                yield Success(SimulatorAddress(address=address, paths=simulated_paths()))

    @asynccontextmanager
    async def open_demo(self, options: Options) -> AsyncIterator[Result[DemoApp, ConfigurationError]]:
        from pointsman.adapters.cli.wiring import DemoApp
        from pointsman.layers.demo import BUDGET_TAG, OpenedDemo, open_demo

        def describe(demo: OpenedDemo) -> DemoApp:
            return DemoApp(
                app=demo.app,
                address=demo.address,
                gateway=demo.gateway,
                outside=demo.outside,
                budget_tag=BUDGET_TAG,
                healer=demo.healer,
                small=demo.small,
            )

        async with open_demo(options.seed, options.pace) as opened:
            yield opened.map(describe)

    def local_models(self, settings: Settings) -> LocalModels:
        from pointsman.adapters.cli.wiring import LocalModels
        from pointsman.layers.engines import engine_watch, shelf_of

        return LocalModels(shelf_of(settings.engine), engine_watch())

    @asynccontextmanager
    async def run_local_model(self, name: str, settings: Settings) -> AsyncIterator[Result[LoadedModel, ProviderError]]:
        from pointsman.adapters.cli.wiring import LoadedModel
        from pointsman.layers.engines import running_model

        async with running_model(name, settings) as opened:
            yield opened.map(lambda model: LoadedModel(model.address, model.key, model.engine.wait))

    def open_model_server(
        self, named: str, settings: Settings
    ) -> AbstractAsyncContextManager[Result[ModelServer, ConfigurationError]]:
        from pointsman.layers.model_servers import open_model_server

        return open_model_server(named, settings)

    async def scan_hosts(self, hosts: tuple[str, ...], *, announced: bool) -> tuple[FoundServer, ...]:
        from pointsman.adapters.net.server_scan import scan_announced, scan_hosts

        found = (*await scan_hosts(hosts), *(await scan_announced() if announced else ()))
        return tuple({server.address: server for server in found}.values())

    def known_tools(self, settings: Settings) -> KnownTools:
        from pointsman.adapters.cli.wiring import KnownTools
        from pointsman.layers.plugins import all_plugin_tools
        from pointsman.layers.tools import NAMES, built_in

        brought, problems = all_plugin_tools(settings.plugins.disabled)
        return KnownTools((*built_in(NAMES).unwrap(), *brought), problems)

    def plugins(self, settings: Settings) -> InstalledPlugins:
        from pointsman.adapters.cli.wiring import InstalledPlugins
        from pointsman.adapters.plugins.discovery import unreadable_packages
        from pointsman.layers.plugins import plugin_reports

        return InstalledPlugins(plugin_reports(settings), unreadable_packages())

    def write_plugin(self, name: str, groups: tuple[str, ...]) -> Result[str, InvalidRequest]:
        from pathlib import Path

        from pointsman.adapters.plugins.new_plugin import write_plugin

        return write_plugin(Path.cwd(), name, groups).map(str)

    def prompt_book(self, settings: Settings) -> Result[PromptBook, ConfigurationError]:
        from pointsman.layers.prompts import prompt_book

        return prompt_book(settings)

    async def read_image(self, name: str, settings: Settings) -> Result[Image, InvalidRequest]:
        from pointsman.adapters.media.image import image_from
        from pointsman.layers.media import limits_of

        provider = settings.providers.get(settings.default_provider or "")
        source = await typed_in(sys.stdin.buffer.read) if name == "-" and sys.stdin is not None else name
        return await image_from(source, limits=limits_of(provider.kind if provider else ""))

    def document_reader(self, config: str | None) -> DocumentReader:
        from pointsman.layers.documents import document_reader

        disabled = self.read_settings(config).map(lambda settings: settings.plugins.disabled)
        return document_reader(disabled=disabled.value_or(()))

    async def read_audio(self, name: str) -> Result[Audio, InvalidRequest]:
        from pointsman.adapters.media.sound import audio_from

        return await audio_from(name)

    def settings_service(self, stores: Stores) -> SettingsService:
        from pointsman.layers.settings.saved import check_to_save, usual_address
        from pointsman.services.settings.settings_service import SettingsService

        return SettingsService(stores.settings, self.clock(), check_to_save, usual_address)

    async def make_faults(
        self, request: FaultRequest, folder: str | None, prove: bool, sandbox: str, progress: FaultProgress
    ) -> Result[FaultSet, ConfigurationError | SandboxError]:
        from pointsman.layers.faults import make_faults

        return await make_faults(request, folder=folder, prove=prove, sandbox=sandbox, progress=progress)

    def provider_names(self) -> tuple[str, ...]:
        from pointsman.adapters.providers.table import PROVIDERS

        return tuple(PROVIDERS)

    def version(self) -> str:
        from pointsman import __version__

        return __version__

    def runs_folder(self, settings: Settings) -> str | None:
        from pointsman.layers.stores import runs_folder

        folder = runs_folder(settings)
        return None if folder is None else str(folder)

    @asynccontextmanager
    async def open_run_store(self, path: str, *, alone: bool = False) -> AsyncIterator[Result[RunStore, StorageError]]:
        from pointsman.adapters.sqlite.run_store import open_run_store

        async with open_run_store(path, alone=alone) as opened:
            yield opened.map(lambda store: store)

    def open_executor(
        self, sandbox: Sandbox, cluster: str | None
    ) -> AbstractAsyncContextManager[Result[SandboxExecutor, SandboxError | ConfigurationError]]:
        from pointsman.layers.cluster import open_executor

        return open_executor(sandbox, cluster)

    def open_readers(
        self, cluster: str
    ) -> AbstractAsyncContextManager[Result[ClientExecutor, ChatError | ConfigurationError]]:
        from pointsman.layers.cluster import open_readers

        return open_readers(cluster)

    def open_sandbox(self, name: str) -> AbstractAsyncContextManager[Result[Sandbox, SandboxError]]:
        from pointsman.layers.recipes import open_sandbox

        return open_sandbox(name)

    async def attack_sandbox(self, sandbox: Sandbox) -> Result[Sequence[AttackOutcome], SandboxError]:
        from pointsman.adapters.sandbox.attacks import attack_all

        return await attack_all(sandbox)

    def healer(self, app: App, request: ChatRequest, *, budget: Decimal | None, on_terminal: bool) -> Healer:
        from pointsman.layers.healing import healer_for
        from pointsman.services.healing.healer import approve_nothing

        return healer_for(app, request=request, budget=budget, on_terminal=on_terminal, approve=approve_nothing)

    def watcher(
        self, app: App, request: ChatRequest, options: Options, tell: TellGroup, sandbox: Sandbox | None
    ) -> ErrorWatcher:
        import shlex

        from pointsman.layers.healing import watcher_for

        return watcher_for(
            app,
            tell=tell,
            request=request,
            budget=options.budget,
            most_asked=options.most,
            per_minute=options.per_minute,
            check=tuple(shlex.split(options.check or "")),
            sandbox=sandbox,
        )

    def log_lines(self, name: str, clock: Clock, *, from_start: bool) -> AsyncGenerator[str, None]:
        from pathlib import Path

        from pointsman.adapters.project.log_follower import follow_log, read_lines

        if name == "-":
            return read_lines(sys.stdin.fileno())
        return follow_log(Path(name), clock, from_start=from_start)

    async def back_up(self, settings: Settings, target: str, *, force: bool) -> Result[DatabaseCopy, StorageError]:
        from pointsman.layers.database_files import back_up

        return await back_up(settings, target, force=force)

    async def restore(self, settings: Settings, source: str) -> Result[RestoredDatabase, StorageError]:
        from pointsman.layers.database_files import restore

        return await restore(settings, source)

    async def erase(self, settings: Settings, person: Person) -> Result[tuple[ErasedTable, ...], StorageError]:
        from pointsman.layers.database_files import erase

        return await erase(settings, person)

    async def carry_over(
        self, settings: Settings, source: str, tell: Callable[[str, int, int], None]
    ) -> Result[tuple[CarriedTable, ...], StorageError]:
        from pointsman.layers.database_files import carry_over

        return await carry_over(settings, source, tell)

    def key_place(self, settings: Settings) -> str:
        from pointsman.layers.database_files import key_place

        return key_place(settings)

    def shared_keys(self, settings: Settings) -> str | None:
        from pointsman.layers.stores import key_source, keys_are_shared

        return key_source(settings).place if keys_are_shared(settings) else None


if __name__ == "__main__":
    main()
