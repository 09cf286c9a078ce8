"""What is told of a database as a file: a copy that was made, one that was put back, somebody who was erased."""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen
class DatabaseCopy:
    """A file that was written, its bytes, how much of what is in it, and whether a part needs keys to be read."""

    path: str
    size: int
    counts: Mapping[str, int]
    is_sealed: bool


@attrs.frozen
class RestoredDatabase:
    """What was put in the place of the old database, and where that is now, if there was one."""

    copy: DatabaseCopy
    old: str | None


@attrs.frozen
class CarriedTable:
    """How many rows of a table were carried to another database: all, as their digest proves."""

    table: str
    rows: int


@attrs.frozen(kw_only=True)
class Person:
    """Somebody to be erased: whom calls and memories name as their `tenant`, and as a virtual key or as a user."""

    tenant: str
    key_id: str = ""
    key_name: str = ""
    user_id: str = ""
    user_name: str = ""

    @property
    def name(self) -> str:
        """As the trail and saved overrides call them."""
        return f"key:{self.key_name}" if self.key_id else self.user_name or self.tenant


@attrs.frozen
class ErasedTable:
    """How many rows of a table were about somebody, before and after."""

    table: str
    before: int
    after: int
