"""Tells what came of a proposed change, for whoever keeps evidence of which model heals what."""

from __future__ import annotations

from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.notice import HealingOutcome
from pointsman.services.event_bus import Publish


def record_outcome(publish: Publish, kind: FaultKind | None, model: str, *, healed: bool) -> None:
    """A change of `model` for an error of `kind` was tried; `healed` says whether the error is gone."""
    publish(HealingOutcome(kind=kind or "", model=model, healed=healed))
