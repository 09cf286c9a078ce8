"""What comes of a proposed change: told to whoever keeps evidence of which model heals what, or taken back."""

from __future__ import annotations

from collections.abc import Mapping

from returns.result import Failure

from pointsman.core.chat.response import response_of
from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.healing.report import HealingFailure, UnreadableAnswer, asked_model
from pointsman.core.notice import HealingOutcome
from pointsman.services.event_bus import Publish
from pointsman.services.ports.source_folder import FileChange, SourceFile, SourceFolder


def record_outcome(publish: Publish, kind: FaultKind | None, model: str, *, healed: bool) -> None:
    """A change of `model` for an error of `kind` was tried; `healed` says whether the error is gone."""
    publish(HealingOutcome(kind=kind or "", model=model, healed=healed))


def record_failure(publish: Publish, kind: FaultKind | None, failure: HealingFailure) -> None:
    """Nothing was tried: where nothing can be made of the answer, it has not healed; other failures are no model's."""
    response = response_of(failure)
    if isinstance(failure, UnreadableAnswer) and response is not None:
        record_outcome(publish, kind, asked_model(response), healed=False)


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
