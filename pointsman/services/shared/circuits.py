"""Circuits that open and close in all processes: who opens one writes it on the board, and the others take it over.

Failures in a row are counted in each process by itself. A circuit whose time is over is probed by one process, which
has a lease for it: what came of that is written before the lease is given back, and read by who has it next.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from pointsman.core.json import as_object, as_text, count_or_none, dumps_text, float_or_none, loads
from pointsman.core.routing.breaker import CLOSED, Circuit
from pointsman.services.interceptors.breaker import OwnCircuits
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.shared_board import BoardRow
from pointsman.services.ports.shared_leases import SharedLease
from pointsman.services.shared.board_keeper import BoardKeeper
from pointsman.services.shared.lease_keeper import LeaseKeeper

_MOST_CAUSE = 300
"""Characters of what the last failure was; others are told no more of it."""


@attrs.define(eq=False)
class SharedCircuits:
    """`Circuits` of all processes, and a `Topic` of the board of `keeper`, once it has one."""

    leases: LeaseKeeper
    clock: Clock
    keeper: BoardKeeper | None = None
    prefix: str = "circuit:"
    _known: OwnCircuits = attrs.field(factory=OwnCircuits, repr=False)
    _changed: set[str] = attrs.field(factory=set, repr=False)
    _opened_here: set[str] = attrs.field(factory=set, repr=False)
    _probing: dict[str, list[SharedLease]] = attrs.field(factory=dict, repr=False)
    _probed: list[SharedLease] = attrs.field(factory=list, repr=False)
    _probed_before: list[SharedLease] = attrs.field(factory=list, repr=False)

    def read(self, model: str) -> Circuit:
        """As `Circuits.read`."""
        return self._known.read(model)

    def write(self, model: str, circuit: Circuit) -> None:
        """As `Circuits.write`."""
        before = self._known.read(model).opened
        self._known.write(model, circuit)
        if circuit.opened == before:
            return
        (self._opened_here.discard if circuit.opened is None else self._opened_here.add)(model)
        self._changed.add(model)
        self._wake()

    async def begin_probe(self, model: str, most: int) -> bool:
        """As `Circuits.begin_probe`."""
        opened = self._known.read(model).opened
        lease = await self.leases.acquire(f"probe:{model}", most)
        if lease is None:
            return False
        try:
            if self.keeper is not None:
                await self.keeper.exchange()
        except BaseException:
            self.leases.release(lease)
            raise
        if self._known.read(model).opened != opened:  # who had the lease before has learned it meanwhile
            self.leases.release(lease)
            return False
        self._probing.setdefault(model, []).append(lease)
        return True

    def end_probe(self, model: str) -> None:
        """As `Circuits.end_probe`."""
        begun = self._probing.get(model)
        if begun:
            self._probed.append(begun.pop())
            self._wake()
        if not begun:
            self._probing.pop(model, None)

    def collect(self, *, everything: bool) -> dict[str, str]:
        """As `Topic.collect`; of those that were opened elsewhere others know better."""
        now = self.clock.monotonic()
        models = self._changed | self._opened_here if everything else self._changed
        rows = {model: _write(self._known.read(model), now) for model in models}
        self._changed = set[str]()
        self._probed_before, self._probed = self._probed_before + self._probed, []
        return rows

    def take(self, rows: Sequence[BoardRow]) -> None:
        """As `Topic.take`."""
        now = self.clock.monotonic()
        for row in rows:
            if row.name not in self._changed:  # what has happened here meanwhile is newer
                self._opened_here.discard(row.name)
                mine = self._known.read(row.name)
                self._known.write(row.name, attrs.evolve(_read(row, now), probing=mine.probing))

    def note_exchange(self) -> None:
        """As `Topic.note_exchange`: who probes next knows what came of the last probe."""
        for lease in self._probed_before:
            self.leases.release(lease)
        self._probed_before = []

    def _wake(self) -> None:
        if self.keeper is not None:
            self.keeper.wake()


def _write(circuit: Circuit, now: float) -> str:
    if circuit.opened is None:
        return dumps_text({})
    since = circuit.opened if circuit.since is None else circuit.since
    return dumps_text(
        {
            "opened": now - circuit.opened,
            "since": now - since,
            "failures": circuit.failures,
            "cause": circuit.cause[:_MOST_CAUSE],
        }
    )


def _read(row: BoardRow, now: float) -> Circuit:
    data = as_object(loads(row.text).value_or({}))
    opened, since = float_or_none(data.get("opened")), float_or_none(data.get("since"))
    if opened is None:
        return CLOSED
    return Circuit(
        failures=count_or_none(data.get("failures")) or 0,
        opened=now - row.age - opened,
        since=now - row.age - (opened if since is None else since),
        cause=as_text(data.get("cause")),
    )
