"""Providers of other packages: found by their entry point, imported when they are asked for, never before.

    [project.entry-points."pointsman.providers"]
    shout = "shouting:make"

The name is the kind that settings name; `make` is a `Client`, or a function that gives one: without parameters, or with
one, the `ProviderSettings`. A package that does not load is a client whose every answer says so; all else goes on.

`pointsman --help` reads the rows: what looks for packages and makes clients is imported where it is needed.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, TypeGuard

import attrs

from pointsman.adapters.providers.row import Provider
from pointsman.core.error import ConfigurationError
from pointsman.core.settings import ProviderSettings

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from pointsman.services.ports.client import ChatClient, Client

GROUP = "pointsman.providers"
_LONGEST_REASON = 300


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


def load_client(provider: ProviderSettings) -> Client:
    """The client of a kind that another package has installed; one that fails typed where that does not work."""
    points = _points(provider.kind)
    if len(points) != 1:
        packages = ", ".join(sorted(_package_of(point) for point in points)) or "no package"
        return _failing(provider, f"the kind {provider.kind!r} is installed by {packages}")
    try:
        return _client_from(points[0].load(), provider)
    except Exception as problem:  # another package's code: it must not keep the other providers from working
        reason = f"{type(problem).__name__}: {problem}"[:_LONGEST_REASON]
        return _failing(provider, f"{points[0].value!r} of {_package_of(points[0])} did not load: {reason}")


def _client_from(loaded: object, provider: ProviderSettings) -> Client:
    from pointsman.services.ports.own_client import client_of

    if callable(loaded):
        loaded = loaded(provider) if inspect.signature(loaded).parameters else loaded()
    if _is_client(loaded):
        return loaded
    if _can_chat(loaded):
        return client_of(loaded, name=provider.name)
    raise TypeError(f"it gave a {type(loaded).__name__}; it must give a `Client`, see `client_of`")


def _is_client(loaded: object) -> TypeGuard[Client]:
    return hasattr(loaded, "call") and hasattr(loaded, "open")


def _can_chat(loaded: object) -> TypeGuard[ChatClient]:
    return hasattr(loaded, "chat") and hasattr(loaded, "stream")


def _failing(provider: ProviderSettings, reason: str) -> Client:
    from pointsman.services.ports.own_client import FailingClient

    detail = f"providers.{provider.name}: {reason}"
    return FailingClient(ConfigurationError(detail=detail, problems=(detail,), provider=provider.name, local=True))


def _points(kind: str) -> tuple[EntryPoint, ...]:
    return _points_on(kind, tuple(sys.path))


@lru_cache(maxsize=64)
def _points_on(kind: str, path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """Looking takes some milliseconds; `path` is there so that what is kept is looked up again when that changes."""
    from importlib.metadata import entry_points

    return tuple(entry_points(group=GROUP, name=kind))


def _package_of(point: EntryPoint) -> str:
    return "a package without a name" if point.dist is None else f"the package {point.dist.name}"


def _row_of(kind: str, point: EntryPoint) -> Provider:
    return Provider(
        name=kind,
        title=f"{kind}, of {_package_of(point)}",
        base_url=f"installed:{kind}",
        key_required=False,
        is_installed=True,
    )
