"""Recordings that are gone with the process."""

from __future__ import annotations

import attrs
from returns.result import Result, Success

from pointsman.core.canonical import canonical
from pointsman.core.effect import effect
from pointsman.core.error import StorageError
from pointsman.services.ports.recording_store import RecordedExchange, RecordedRequest


@attrs.frozen
class MemoryRecordings:
    """A `RecordingStore` in a dictionary, by what the request asks."""

    tapes: dict[bytes, RecordedExchange] = attrs.field(factory=dict, repr=False)

    @effect
    async def find(self, request: RecordedRequest) -> Result[RecordedExchange | None, StorageError]:
        """As `RecordingStore.find`."""
        return Success(self.tapes.get(canonical(request)))

    @effect
    async def keep(self, tape: RecordedExchange) -> Result[None, StorageError]:
        """As `RecordingStore.keep`."""
        self.tapes[canonical(tape.request)] = tape
        return Success(None)
