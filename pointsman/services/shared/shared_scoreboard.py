"""A scoreboard that knows what other processes have seen too: sums that fade alike add up, whoever has made them.

Each process writes its own sums, and replaces them; so nothing is ever counted twice, and what a process has seen
outlives it. Turns are taken in each process by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from pointsman.core.json import Json, as_object, as_text, count_or_none, dumps_text, float_or_none, loads
from pointsman.core.routing.model_stats import Observed, Sample, merge
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.scoreboard import Scoreboard, Standing
from pointsman.services.ports.shared_board import KEPT_SECONDS, BoardRow

BUSY_SECONDS: Final = 20.0
"""So long calls are taken for under way of which a process says no more: it may be dead."""
_MOST_MODELS, _MOST_ROWS = 1000, 10_000
_SUMS: Final = ("calls", "errors", "seconds", "firsts", "first_seconds", "tokens", "token_seconds")


@attrs.frozen
class _Remote:
    """What one other process has seen of one model, as of the Unix time `observed.at`."""

    observed: Observed
    in_flight: int


@attrs.define(eq=False)
class SharedScoreboard:
    """A `Scoreboard` over `own`, what this process has seen, and a `Topic` of the board: what others have."""

    own: Scoreboard
    clock: Clock
    process: str
    prefix: str = "seen:"
    _changed: set[str] = attrs.field(factory=set, repr=False)
    _written: dict[str, float] = attrs.field(factory=dict, repr=False)
    """When each model's row was written last, by the monotonic clock; only while it has calls under way."""
    _remote: dict[str, dict[str, _Remote]] = attrs.field(factory=dict, repr=False)
    """By model, then by process."""
    _own_models: dict[str, None] = attrs.field(factory=dict, repr=False)
    """Those that were asked here, the latest last."""

    def begin(self, model: str) -> None:
        """As `Scoreboard.begin`."""
        self._changed.add(model)
        self.own.begin(model)

    def end(self, model: str, sample: Sample | None, now: float) -> None:
        """As `Scoreboard.end`."""
        self._changed.add(model)
        self.own.end(model, sample, now)

    def read(self, models: Sequence[str], now: float) -> tuple[Standing, ...]:
        """As `Scoreboard.read`."""
        return tuple(
            self._with_remote(model, standing, now)
            for model, standing in zip(models, self.own.read(models, now), strict=True)
        )

    def turn(self, name: str, *, advance: bool) -> int:
        """As `Scoreboard.turn`."""
        return self.own.turn(name, advance=advance)

    def collect(self, *, everything: bool) -> dict[str, str]:
        """As `Topic.collect`. Calls under way are said again before others take them for dead."""
        now = self.clock.monotonic()
        late = {model for model, written in self._written.items() if now - written > BUSY_SECONDS / 2}
        for model in self._changed:
            self._own_models.pop(model, None)
            self._own_models[model] = None
        for model in list(self._own_models)[:-_MOST_MODELS]:
            del self._own_models[model]
        models = list(self._own_models) if everything else sorted(self._changed | late)
        self._changed.clear()
        return dict(map(self._row, models, self.own.read(models, self.clock.now())))

    def take(self, rows: Sequence[BoardRow]) -> None:
        """As `Topic.take`."""
        for row in rows:
            process, _, model = row.name.partition(" ")
            self._remote.setdefault(model, {})[process] = _read(row, self.clock.now())
        if sum(map(len, self._remote.values())) > _MOST_ROWS:
            self._forget()

    def note_exchange(self) -> None:
        """As `Topic.note_exchange`."""

    def _row(self, model: str, standing: Standing) -> tuple[str, str]:
        if standing.in_flight:
            self._written[model] = self.clock.monotonic()
        else:
            self._written.pop(model, None)
        return f"{self.process} {model}", _write(standing)

    def _with_remote(self, model: str, own: Standing, now: float) -> Standing:
        remote = self._remote.get(model)
        if remote is None:
            return own
        observed, in_flight = own.observed, own.in_flight
        for one in remote.values():
            observed = merge(observed, one.observed, now)
            in_flight += one.in_flight if now < one.observed.at + BUSY_SECONDS else 0
        return Standing(observed, in_flight)

    def _forget(self) -> None:
        oldest = self.clock.now() - KEPT_SECONDS
        kept = {
            model: {process: one for process, one in remote.items() if one.observed.at > oldest}
            for model, remote in self._remote.items()
        }
        self._remote = {model: remote for model, remote in kept.items() if remote}


def _write(standing: Standing) -> str:
    seen = standing.observed
    sums: dict[str, Json] = {name: getattr(seen, name) for name in _SUMS}
    return dumps_text({"busy": standing.in_flight, "named": seen.fingerprint, **sums})


def _read(row: BoardRow, now: float) -> _Remote:
    """By its age, not by the time of who wrote it: clocks of machines differ."""
    data = as_object(loads(row.text).value_or({}))
    sums = {name: float_or_none(data.get(name)) or 0.0 for name in _SUMS}
    observed = Observed(at=now - row.age, fingerprint=as_text(data.get("named")), **sums)
    return _Remote(observed, count_or_none(data.get("busy")) or 0)
