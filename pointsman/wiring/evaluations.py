"""Evaluation and healing, as the command line is given them: where tests run, where runs are kept."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from returns.result import Result

    from pointsman.adapters.cli.options import Options
    from pointsman.core.chat.request import ChatRequest
    from pointsman.core.error import ChatError, ConfigurationError, StorageError
    from pointsman.core.faults.sampling import FaultRequest, FaultSet
    from pointsman.core.settings import Settings
    from pointsman.services.app import App
    from pointsman.services.evaluation.progress import FaultProgress
    from pointsman.services.healing.error_watch import ErrorWatcher, TellGroup
    from pointsman.services.healing.healer import Healer
    from pointsman.services.ports.clock import Clock
    from pointsman.services.ports.executor import ClientExecutor, SandboxExecutor
    from pointsman.services.ports.run_store import RunFolder, RunStore
    from pointsman.services.ports.sandbox import AttackOutcome, Sandbox, SandboxError


class EvaluationWiring:
    """The part of `LiveWiring` that is about evaluation, healing and what runs strangers' code."""

    async def make_faults(
        self, request: FaultRequest, folder: str | None, prove: bool, sandbox: str, progress: FaultProgress
    ) -> Result[FaultSet, ConfigurationError | SandboxError]:
        from pointsman.layers.faults import make_faults

        return await make_faults(request, folder=folder, prove=prove, sandbox=sandbox, progress=progress)

    def open_runs(self, settings: Settings) -> AbstractAsyncContextManager[Result[RunFolder, ConfigurationError]]:
        from pointsman.layers.stores import open_runs

        return open_runs(settings)

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
