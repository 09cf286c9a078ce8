"""Providers of other packages: found by their entry point, imported when they are asked for, never before.

    [project.entry-points."pointsman.providers"]
    shout = "shouting:make"

The name is the kind that settings name; `make` is a `Client`, or a function that gives one: without parameters, or with
one, the `ProviderSettings`. A package that does not load is a client whose every answer says so; all else goes on.

`pointsman --help` reads the rows: what looks for packages and makes clients is imported where it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeGuard

import attrs

from pointsman.adapters.providers.row import Provider

if TYPE_CHECKING:
    from returns.result import Result

    from pointsman.core.error import ConfigurationError
    from pointsman.core.plugin import Plugin
    from pointsman.core.settings import ProviderSettings
    from pointsman.services.ports.client import ChatClient, Client


@attrs.frozen
class ProviderRows(Mapping[str, Provider]):
    """Our own rows. Asked for a kind that none of them is, it also looks at what other packages have installed.

    Only our own are counted and gone through: looking for the others takes time, and they have no rows to read.
    """

    own: Mapping[str, Provider]

    def __getitem__(self, kind: str) -> Provider:
        row = self.own.get(kind)
        if row is None:
            points = _points(kind)
            return _row_of(kind, points[0]) if points else self.own[kind]
        return row

    def __contains__(self, kind: object) -> bool:
        return kind in self.own or (isinstance(kind, str) and bool(_points(kind)))

    def __iter__(self) -> Iterator[str]:
        return iter(self.own)

    def __len__(self) -> int:
        return len(self.own)


def load_client(provider: ProviderSettings, disabled: tuple[str, ...] = ()) -> Client:
    """The client of a kind that another package has installed; one that fails typed where that does not work."""
    from returns.result import Failure

    from pointsman.adapters.plugins.discovery import load_plugin
    from pointsman.core.plugin import plugin_fault
    from pointsman.services.ports.own_client import FailingClient

    loaded = load_plugin("providers", provider.kind, disabled)
    made = loaded.bind(lambda found: client_from(*found, provider))
    if isinstance(made, Failure):
        fault = plugin_fault(f"providers.{provider.name}: {made.failure().detail}")
        return FailingClient(attrs.evolve(fault, provider=provider.name))
    return made.unwrap()


def client_from(plugin: Plugin, loaded: object, provider: ProviderSettings) -> Result[Client, ConfigurationError]:
    """The client that the object of a plug-in is, or gives."""
    from returns.result import Failure, Success

    from pointsman.adapters.plugins.discovery import made_by
    from pointsman.core.plugin import load_fault
    from pointsman.services.ports.own_client import client_of

    made = made_by(plugin, loaded, provider)
    if isinstance(made, Failure):
        return Failure(made.failure())
    client = made.unwrap()
    if is_client(client):
        return Success(client)
    if _can_chat(client):
        return Success(client_of(client, name=provider.name))
    return Failure(load_fault(plugin, f"it gave a {type(client).__name__}; it must give a `Client`, see `client_of`"))


def is_client(loaded: object) -> TypeGuard[Client]:
    """Whether it has what all of a client is made of."""
    return hasattr(loaded, "call") and hasattr(loaded, "open")


def _can_chat(loaded: object) -> TypeGuard[ChatClient]:
    return hasattr(loaded, "chat") and hasattr(loaded, "stream")


def _points(kind: str) -> tuple[Plugin, ...]:
    from pointsman.adapters.plugins.discovery import plugins_called

    return plugins_called("providers", kind)


def _row_of(kind: str, plugin: Plugin) -> Provider:
    return Provider(
        name=kind,
        title=f"{kind}, of the package {plugin.package}",
        base_url=f"installed:{kind}",
        key_required=False,
        is_installed=True,
    )
