"""Port: statistics of how the models do. A port, so that several processes can share what they have seen.

Its methods return at once, as no call may wait for statistics; an adapter that shares them does so in the background.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import attrs

from pointsman.core.routing.model_stats import UNOBSERVED, Observed, Sample


@attrs.frozen
class Standing:
    """What was observed of a model lately, and the calls it is busy with."""

    observed: Observed = UNOBSERVED
    in_flight: int = 0


class Scoreboard(Protocol):
    """Notes what models do; a model is named `provider/model`, times are Unix seconds."""

    def begin(self, model: str) -> None:
        """A call begins."""
        ...

    def end(self, model: str, sample: Sample | None, now: float) -> None:
        """A call has ended; without a sample it says nothing of the model."""
        ...

    def read(self, models: Sequence[str], now: float) -> tuple[Standing, ...]:
        """How each of `models` stands."""
        ...

    def turn(self, name: str, *, advance: bool) -> int:
        """Round-robin counter of `name`, from 0; `advance` increments it. Explaining a route does not."""
        ...
