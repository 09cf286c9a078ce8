"""A scoreboard in memory."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from pointsman.core.routing.model_stats import HALF_LIFE, UNOBSERVED, Observed, Sample, fade, observe
from pointsman.services.ports.scoreboard import Standing

_MOST_MODELS = 1000


@attrs.define
class MemoryScoreboard:
    """A `Scoreboard` of this process. What was seen counts half after `half_life` seconds."""

    half_life: float = HALF_LIFE
    _observed: dict[str, Observed] = attrs.field(factory=dict, repr=False)
    _busy: dict[str, int] = attrs.field(factory=dict, repr=False)
    _turns: dict[str, int] = attrs.field(factory=dict, repr=False)

    def begin(self, model: str) -> None:
        """As `Scoreboard.begin`."""
        self._busy[model] = self._busy.get(model, 0) + 1

    def end(self, model: str, sample: Sample | None, now: float) -> None:
        """As `Scoreboard.end`."""
        left = self._busy.get(model, 0) - 1
        if left > 0:
            self._busy[model] = left
        else:
            self._busy.pop(model, None)
        if sample is not None:
            if len(self._observed) >= _MOST_MODELS and model not in self._observed:
                del self._observed[min(self._observed, key=lambda name: self._observed[name].at)]
            self._observed[model] = observe(self._observed.get(model, UNOBSERVED), sample, now, self.half_life)

    def read(self, models: Sequence[str], now: float) -> tuple[Standing, ...]:
        """As `Scoreboard.read`."""
        return tuple(
            Standing(fade(self._observed.get(model, UNOBSERVED), now, self.half_life), self._busy.get(model, 0))
            for model in models
        )

    def turn(self, name: str, *, advance: bool) -> int:
        """As `Scoreboard.turn`."""
        number = self._turns.get(name, 0)
        if advance:
            self._turns[name] = number + 1
        return number
