"""What a simulator is made of. A record; the server runs it."""

from __future__ import annotations

import time
from collections.abc import Callable

import attrs

from pointsman.adapters.dialects.dialect import Dialect
from pointsman.adapters.simulator.request_log import Record
from pointsman.adapters.simulator.scenario import Scenario
from pointsman.core.security.secret import Secret


@attrs.frozen
class Simulator:
    """Answers to be served without a model.

    The same `seed` gives the same answers. `pace` is how many chunks of a stream are sent a second (0: as fast as
    possible) and `piece` how many characters are in one. With `api_key` a request without it is refused. Without
    `faulty` the models that fail on purpose are not listed. `now` gives the Unix seconds that stand in answers as their
    time. A `strict` one refuses what the vendor of the dialect refuses, in its words. `record` is told every request.
    """

    seed: int = 0
    dialects: tuple[Dialect, ...] = attrs.field(kw_only=True)
    scenario: Scenario = attrs.field(default=Scenario(), kw_only=True)
    pace: float = attrs.field(default=0.0, kw_only=True)
    piece: int = attrs.field(default=8, kw_only=True)
    api_key: Secret | None = attrs.field(default=None, kw_only=True)
    faulty: bool = attrs.field(default=True, kw_only=True)
    strict: bool = attrs.field(default=False, kw_only=True)
    record: Record | None = attrs.field(default=None, kw_only=True, repr=False)
    now: Callable[[], float] = attrs.field(default=time.time, kw_only=True, repr=False)
