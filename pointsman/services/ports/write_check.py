"""What is known of whether anything can be kept."""

from __future__ import annotations

import attrs

from pointsman.core.error import StorageError


@attrs.frozen
class WriteCheck:
    """Why the database cannot be written, and whether what calls come to `is_kept` all the same, beside it."""

    problem: StorageError | None
    is_kept: bool = True


ALL_WELL = WriteCheck(None)
"""The database can be written, as far as is known."""


async def check_nothing() -> WriteCheck:
    """For what is kept in memory."""
    return ALL_WELL
