"""Leases of this process: taken of the others, renewed while they are held, and given back without waiting."""

from __future__ import annotations

from typing import Final

import anyio
import attrs
from returns.result import Failure

from pointsman.core.effect import settle
from pointsman.services.ports.clock import Random
from pointsman.services.ports.shared_leases import RENEWAL_SECONDS, SharedLease, SharedLeases
from pointsman.services.shared.availability import Availability

ALONE: Final = SharedLease("", "")
"""The lease of who can ask nobody, and goes on by itself."""


@attrs.define(eq=False)
class LeaseKeeper:
    """Asks `leases` while there is somebody to ask. `run` it beside those who hold one."""

    leases: SharedLeases
    availability: Availability
    random: Random
    process: str
    _held: set[SharedLease] = attrs.field(factory=set, repr=False)
    _ended: list[SharedLease] = attrs.field(factory=list, repr=False)
    _changed: anyio.Event = attrs.field(factory=anyio.Event, repr=False)

    async def acquire(self, name: str, most: int = 1) -> SharedLease | None:
        """A lease of `name`, of which `most` are held at a time; None where others hold them, `ALONE` while away."""
        if not self.availability.is_to_be_asked():
            return ALONE
        lease = SharedLease(name, f"{self.process}-{self.random.new_id()}")
        try:
            given = await settle(self.leases.acquire(lease, most))
        except BaseException:  # who is cancelled may have been given it
            self.release(lease)
            raise
        if isinstance(given, Failure):
            self.availability.note_silence(given.failure())
            self.release(lease)
            return ALONE
        self.availability.note_answer()
        if not given.unwrap():
            return None
        self._held.add(lease)
        return lease

    def release(self, lease: SharedLease) -> None:
        """Give it back; the others are told at once."""
        if lease is not ALONE:
            self._held.discard(lease)
            self._ended.append(lease)
            self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._renew()
            async with self.availability.clock.passive.limit(RENEWAL_SECONDS):
                while True:
                    await self._changed.wait()
                    await self._tell_ends()

    async def _renew(self) -> None:
        if self._held and self.availability.is_to_be_asked():
            renewed = await settle(self.leases.renew(tuple(self._held)))
            if isinstance(renewed, Failure):
                self.availability.note_silence(renewed.failure())

    async def _tell_ends(self) -> None:
        self._changed = anyio.Event()
        ended, self._ended = self._ended, []
        for lease in ended:
            if not self.availability.is_to_be_asked():
                return  # they lapse
            told = await settle(self.leases.release(lease))
            if isinstance(told, Failure):
                self.availability.note_silence(told.failure())
                return
