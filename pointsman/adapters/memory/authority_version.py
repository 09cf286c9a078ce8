"""The version of keys, sessions and users that are kept in memory."""

from __future__ import annotations

import attrs
from returns.future import FutureResult

from pointsman.core.error import StorageError


@attrs.define
class MemoryAuthorityVersion:
    """An `AuthorityVersion` of this process; the stores in memory say when they change something."""

    _number: int = 0

    def grow(self) -> None:
        """Something has changed."""
        self._number += 1

    def read(self) -> FutureResult[int, StorageError]:
        """As `AuthorityVersion.read`."""
        return FutureResult.from_value(self._number)
