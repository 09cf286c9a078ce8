"""Tells the event bus how far runs are that other processes are at: what they have judged stands in their journals."""

from __future__ import annotations

import anyio
import attrs
from returns.result import Failure

from pointsman.core.effect import settle
from pointsman.core.evaluation.manifest import RunManifest
from pointsman.core.money.cost import FREE
from pointsman.core.notice import EvaluationProgress
from pointsman.services.event_bus import EventBus
from pointsman.services.ports.run_store import ModelTally, RunEntry, RunFolder

_LOOK_SECONDS = 1.0


@attrs.define(eq=False)
class RunWatch:
    """Looks into `folder` while anybody listens. What has not changed is not told again."""

    folder: RunFolder
    bus: EventBus
    _told: dict[str, EvaluationProgress] = attrs.field(factory=dict, init=False)

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            if self.bus.wants(EvaluationProgress):
                await self.look()
            await anyio.sleep(_LOOK_SECONDS)

    async def look(self) -> None:
        """Tell of the runs that go on, and once of each that has ended."""
        listed = await settle(self.folder.entries())
        if isinstance(listed, Failure):  # nobody has asked: who lists the runs is told why that fails
            return
        for entry in listed.unwrap():
            if entry.is_running or (entry.id in self._told and self._told[entry.id].running):
                found = await read_progress(self.folder, entry)
                if found is not None and found != self._told.get(entry.id):
                    self._told[entry.id] = found
                    self.bus.publish(found)


async def read_progress(folder: RunFolder, entry: RunEntry) -> EvaluationProgress | None:
    """How far the run is; None where it cannot be read, or has not begun."""
    async with folder.open(entry.id) as opened:
        if isinstance(opened, Failure):
            return None
        store = opened.unwrap()
        manifest, tallies = await settle(store.manifest()), await settle(store.tallies())
    if isinstance(manifest, Failure) or isinstance(tallies, Failure):
        return None
    held = manifest.unwrap()
    return None if held is None else progress_of(entry, held, tallies.unwrap())


def progress_of(entry: RunEntry, manifest: RunManifest, tallies: tuple[ModelTally, ...]) -> EvaluationProgress:
    """The sums of all models."""
    return EvaluationProgress(
        run=entry.id,
        judged=sum(one.judged for one in tallies),
        total=questions_a_model(manifest) * len(manifest.models),
        healed=sum(one.healed for one in tallies),
        cost=sum((one.cost for one in tallies), FREE),
        running=entry.is_running,
    )


def questions_a_model(manifest: RunManifest) -> int:
    """How many a run has for each model, controls apart."""
    return manifest.items * manifest.repeat * len(manifest.prompts) * len(manifest.formats)
