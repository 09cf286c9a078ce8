"""Tells what came of a proposed change, for whoever keeps evidence of which model heals what."""

from __future__ import annotations

from pointsman.core.chat.response import response_of
from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.healing.report import HealingFailure, UnreadableAnswer, asked_model
from pointsman.core.notice import HealingOutcome
from pointsman.services.event_bus import Publish


def record_outcome(publish: Publish, kind: FaultKind | None, model: str, *, healed: bool) -> None:
    """A change of `model` for an error of `kind` was tried; `healed` says whether the error is gone."""
    publish(HealingOutcome(kind=kind or "", model=model, healed=healed))


def record_failure(publish: Publish, kind: FaultKind | None, failure: HealingFailure) -> None:
    """Nothing was tried: where nothing can be made of the answer, it has not healed; other failures are no model's."""
    response = response_of(failure)
    if isinstance(failure, UnreadableAnswer) and response is not None:
        record_outcome(publish, kind, asked_model(response), healed=False)
