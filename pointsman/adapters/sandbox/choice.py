"""Which sandbox is opened: the one that is named, else the strongest that holds; never a weaker one unasked."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.sandbox.process import ProcessSandbox
from pointsman.core.evaluation.sandbox_names import SANDBOXES
from pointsman.services.ports.sandbox import Sandbox, SandboxError


@attrs.frozen(kw_only=True)
class NoSandboxHolds(SandboxError):
    """Nothing here stops what it should; `process` is weaker, and must be asked for by its name."""

    hint: ClassVar[str] = "Mend that, or type `--sandbox process` for plain processes, which stop far less."


@asynccontextmanager
async def choose_sandbox(name: str = "auto") -> AsyncIterator[Result[Sandbox, SandboxError]]:
    """Open the sandbox called `name` (`SANDBOXES`; `docker:IMAGE` names its image) while the scope lasts."""
    kind, _, image = name.partition(":")
    if kind == "process":
        yield Success(ProcessSandbox())
    elif kind == "docker":
        from pointsman.adapters.sandbox.docker import DEFAULT_IMAGE, open_docker

        async with open_docker(image or DEFAULT_IMAGE) as docker:
            yield docker
    elif kind not in SANDBOXES:
        yield Failure(SandboxError(detail=f"there is no sandbox {name!r}, but {', '.join(SANDBOXES)}"))
    elif sys.platform != "linux":
        yield Failure(NoSandboxHolds(detail=f"{name}: cages and bubblewrap need Linux"))
    else:
        async with _open_on_linux(kind) as opened:
            yield opened


@asynccontextmanager
async def _open_on_linux(kind: str) -> AsyncIterator[Result[Sandbox, SandboxError]]:
    from pointsman.adapters.sandbox.bubblewrap import open_bubblewrap
    from pointsman.adapters.sandbox.caged import open_caged

    problems: list[str] = []
    if kind in ("auto", "caged"):
        async with open_caged() as caged:
            if isinstance(caged, Success) or kind == "caged":
                yield caged
                return
            problems.append(caged.failure().detail)
    async with open_bubblewrap() as bubblewrap:
        if isinstance(bubblewrap, Success) or kind == "bubblewrap":
            yield bubblewrap
            return
        problems.append(bubblewrap.failure().detail)
    yield Failure(NoSandboxHolds(detail=f"no sandbox holds here: {'; '.join(problems)}"))
