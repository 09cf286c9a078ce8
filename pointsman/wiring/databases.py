"""Database files, as the command line is given them: copied, carried over, erased in part."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from returns.result import Result

    from pointsman.core.error import StorageError
    from pointsman.core.settings import Settings
    from pointsman.services.ports.database_files import (
        CarriedTable,
        DatabaseCopy,
        ErasedTable,
        Person,
        RestoredDatabase,
    )


class DatabaseWiring:
    """The part of `LiveWiring` that is about databases and their keys."""

    async def back_up(self, settings: Settings, target: str, *, force: bool) -> Result[DatabaseCopy, StorageError]:
        from pointsman.layers.database_files import back_up

        return await back_up(settings, target, force=force)

    async def restore(self, settings: Settings, source: str) -> Result[RestoredDatabase, StorageError]:
        from pointsman.layers.database_files import restore

        return await restore(settings, source)

    async def erase(self, settings: Settings, person: Person) -> Result[tuple[ErasedTable, ...], StorageError]:
        from pointsman.layers.database_files import erase

        return await erase(settings, person)

    async def carry_over(
        self, settings: Settings, source: str, tell: Callable[[str, int, int], None]
    ) -> Result[tuple[CarriedTable, ...], StorageError]:
        from pointsman.layers.database_files import carry_over

        return await carry_over(settings, source, tell)

    def key_place(self, settings: Settings) -> str:
        from pointsman.layers.database_files import key_place

        return key_place(settings)

    def shared_keys(self, settings: Settings) -> str | None:
        from pointsman.layers.stores import key_source, keys_are_shared

        return key_source(settings).place if keys_are_shared(settings) else None
