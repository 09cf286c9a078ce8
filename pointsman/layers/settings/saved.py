"""Settings that were saved while the program ran, beside those of environment and file."""

from __future__ import annotations

import os
from collections.abc import Mapping

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.home import expand_home
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.core.database_address import names_server
from pointsman.core.effect import effect, settle
from pointsman.core.error import ConfigurationError, InvalidRequest, StorageError, configuration_error, invalid_request
from pointsman.core.settings import ProviderSettings, Settings
from pointsman.layers.settings.found import load_settings, own_database
from pointsman.layers.settings.rules import check_provider
from pointsman.layers.settings.sources import Arguments
from pointsman.layers.stores import by_settings, key_source
from pointsman.services.ports.settings_store import StoredSettings


@effect
async def load_all_settings(
    arguments: Arguments | None = None, config: str | None = None, environment: Mapping[str, str] | None = None
) -> Result[Settings, ConfigurationError]:
    """As `load_settings`, and with what is saved in the database: above the file, below `arguments`.

    It is saved on the page, or by `pointsman settings`. Keys come decrypted, as `Secret`s. Where there is no database
    nothing is saved, and none is made.
    """
    given = os.environ if environment is None else environment
    first = load_settings(Arguments(), config, given)
    if isinstance(first, Failure):
        return first
    stored = await read_stored(first.unwrap())
    if isinstance(stored, Failure):
        return Failure(stored.failure())
    return load_settings(arguments, config, given, stored.unwrap())


async def read_stored(settings: Settings) -> Result[StoredSettings, ConfigurationError]:
    """What is saved in the database of `settings`, or the user's own; nothing where there is none yet."""
    path = settings.database if settings.database is not None else own_database()
    if path is None or not _there(path):
        return Success(StoredSettings())
    async with by_settings(attrs.evolve(settings, database=path)) as opened:
        if isinstance(opened, Failure):
            looked = await _look_into(attrs.evolve(settings, database=path))
            return looked.lash(lambda _: Failure(opened.failure()))
        read = await settle(opened.unwrap().settings.read())
        if isinstance(read, Failure):
            detail = f"the saved settings: {read.failure().detail}"
            return Failure(configuration_error(detail))
        return Success(read.unwrap())


async def _look_into(settings: Settings) -> Result[StoredSettings, StorageError]:
    """What is saved in a file that can be read and not be written: who only asks needs no more."""
    from pointsman.adapters.keys.fernet_cipher import FernetCipher
    from pointsman.adapters.sql.proof import SqlProof
    from pointsman.adapters.sql.settings_store import SqlSettings
    from pointsman.adapters.sqlite.read_only import open_to_read

    if names_server(settings.database):
        return Failure(StorageError(detail="it is a server"))
    async with open_to_read(settings.database or "") as opened:
        if isinstance(opened, Failure):
            return Failure(opened.failure())
        database = opened.unwrap()
        return await settle(SqlSettings(database, FernetCipher(key_source(settings), SqlProof(database))).read())


def _there(path: str) -> bool:
    return names_server(path) or expand_home(path).is_file()


def check_to_save(provider: ProviderSettings) -> Result[ProviderSettings, InvalidRequest]:
    """`provider` in order, or everything that is wrong with it."""
    found = check_provider(provider)
    if isinstance(found, Failure):
        listed = found.failure().problems
        return Failure(invalid_request(*listed))
    return Success(found.unwrap())


def usual_address(kind: str) -> str | None:
    """Where a provider of `kind` listens that has no address of its own."""
    row = PROVIDERS.get(kind)
    return None if row is None else row.base_url
