"""The files of evaluation runs, by what a person calls them. Opens none of them."""

from __future__ import annotations

import anyio
from returns.result import Failure, Result, Success

from pointsman.core.error import InvalidRequest

LATEST = "latest"


async def list_run_files(folder: str | None) -> list[str]:
    """The files of the runs in `folder`, by name, which begins with when they began."""
    if folder is None or not await anyio.Path(folder).is_dir():
        return []
    return sorted([str(path) async for path in anyio.Path(folder).glob("*.db")])


async def find_run_file(folder: str | None, name: str) -> Result[str, InvalidRequest]:
    """The file of the run called `name`: a file itself, an id among the runs in `folder`, or `LATEST` of them."""
    file = await anyio.Path(name).expanduser()
    if name != LATEST and await file.is_file():
        return Success(str(file))
    runs = await list_run_files(folder)
    wanted = runs[-1:] if name == LATEST else [path for path in runs if anyio.Path(path).stem == name]
    if wanted:
        return Success(wanted[0])
    problem = "there are no runs yet" if name == LATEST else f"there is no run {name!r}"
    return Failure(
        InvalidRequest(detail=f"{problem}; list them by `pointsman eval list`", problems=(problem,), local=True)
    )
