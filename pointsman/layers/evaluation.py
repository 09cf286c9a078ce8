"""Puts together where answers of models are judged: the executor of this machine, with a sandbox of its own."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from returns.result import Failure, Result, Success

from pointsman.adapters.sandbox.caged import open_caged
from pointsman.adapters.sandbox.process import ProcessSandbox
from pointsman.adapters.system.executor import LocalExecutor
from pointsman.services.ports.executor import Executor
from pointsman.services.ports.sandbox import Sandbox, SandboxError, SandboxName


@asynccontextmanager
async def open_executor(name: SandboxName) -> AsyncIterator[Result[Executor, SandboxError]]:
    """The executor of this machine; as many pieces of work at once as there are processors."""
    async with _open_sandbox(name) as opened:
        yield opened.map(lambda sandbox: LocalExecutor.of(sandbox, os.cpu_count() or 1))


@asynccontextmanager
async def _open_sandbox(name: SandboxName) -> AsyncIterator[Result[Sandbox, SandboxError]]:
    if name == "process":
        yield Success(ProcessSandbox())
    elif name in ("auto", "caged"):
        async with open_caged() as caged:
            yield caged.map(lambda sandbox: sandbox)
    else:
        yield Failure(SandboxError(detail=f"there is no sandbox {name!r} here"))
