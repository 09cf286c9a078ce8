"""Takes a change back, in as many of its files as allow it. Of its own, for it knows nothing of commands and models."""

from __future__ import annotations

from collections.abc import Mapping

from returns.result import Failure

from pointsman.services.ports.source_folder import FileChange, SourceFile, SourceFolder


async def take_back(folder: SourceFolder, changes: Mapping[str, FileChange]) -> dict[str, str]:
    """Undo `changes`; gives the files in which one could not be undone, each with why. At best in all at once."""
    if not isinstance(await folder.write({path: one.reverse for path, one in changes.items()}), Failure):
        return {}
    left: dict[str, str] = {}
    for path, change in changes.items():
        undone = await folder.write({path: change.reverse})
        if isinstance(undone, Failure) and not await _is_back(folder, path, change):
            left[path] = undone.failure().detail
    return left


async def _is_back(folder: SourceFolder, path: str, change: FileChange) -> bool:
    """Whether somebody else, perhaps the command itself, has taken it back already."""
    found = await folder.read(path, len(change.before))
    return isinstance(found, SourceFile) and found.source.raw == change.before
