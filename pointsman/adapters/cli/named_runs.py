"""Evaluation runs by what a person calls them: a file, an id among the user's runs, or the latest of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING, TypeAlias

import anyio
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.home import expand_home
from pointsman.core.effect import settle
from pointsman.core.error import ConfigurationError, InvalidRequest, StorageError

if TYPE_CHECKING:
    from pointsman.adapters.cli.wiring import Wiring
    from pointsman.core.settings import Settings
    from pointsman.services.ports.run_store import RunFolder, RunPlace, RunStore

LATEST = "latest"
RunTrouble: TypeAlias = InvalidRequest | ConfigurationError | StorageError
"""Why there is no such run, or none can be looked for."""
_LIST = "list them by `pointsman eval list`"


@attrs.frozen
class NamedRun:
    """A run, where it is, and what opens its journal: to be read, or `alone`, to be run."""

    id: str
    place: RunPlace
    open: Callable[[bool], AbstractAsyncContextManager[Result[RunStore, StorageError]]]


def run_in_file(wiring: Wiring, path: str) -> NamedRun:
    """The run in the file `path`, or a new one."""
    from pointsman.services.ports.run_store import RunPlace

    id = PurePath(path).name.removesuffix(".db")
    return NamedRun(id, RunPlace(path, path), lambda alone: wiring.open_run_store(path, alone=alone))


def run_in_folder(folder: RunFolder, id: str) -> NamedRun:
    """The run `id` among the user's runs, or a new one."""
    return NamedRun(id, folder.place_of(id), lambda alone: folder.open(id, alone=alone))


@asynccontextmanager
async def open_named_run(
    wiring: Wiring, read_settings: Callable[[], Result[Settings, ConfigurationError]], name: str
) -> AsyncIterator[Result[NamedRun, RunTrouble]]:
    """The run called `name`. Settings are read, and what they name is opened, only where that is no file."""
    file = anyio.Path(expand_home(name))
    if name != LATEST and await file.is_file():
        yield Success(run_in_file(wiring, str(file)))
        return
    async with open_user_runs(wiring, read_settings) as opened:
        if isinstance(opened, Failure):
            yield Failure(opened.failure())
            return
        yield await _find_run(opened.unwrap(), name)


@asynccontextmanager
async def open_user_runs(
    wiring: Wiring, read_settings: Callable[[], Result[Settings, ConfigurationError]]
) -> AsyncIterator[Result[RunFolder, ConfigurationError]]:
    """Where the runs are that name no file of their own."""
    settings = read_settings()
    if isinstance(settings, Failure):
        yield Failure(settings.failure())
        return
    async with wiring.open_runs(settings.unwrap()) as opened:
        yield opened


async def _find_run(folder: RunFolder, name: str) -> Result[NamedRun, RunTrouble]:
    listed = await settle(folder.entries())
    if isinstance(listed, Failure):
        return Failure(listed.failure())
    ids = [entry.id for entry in listed.unwrap()]
    wanted = ids[:1] if name == LATEST else [id for id in ids if id == name]
    if wanted:
        return Success(run_in_folder(folder, wanted[0]))
    problem = "there are no runs yet" if name == LATEST else f"there is no run {name!r}"
    return Failure(InvalidRequest(detail=f"{problem}; {_LIST}", problems=(problem,), local=True))
