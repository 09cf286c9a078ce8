"""Port: the App as it is at the moment, in a program whose settings change while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from returns.result import Result

from pointsman.core.error import ConfigurationError
from pointsman.core.json import Json
from pointsman.services.app import App
from pointsman.services.ports.stores import Stores


class Running(Protocol):
    """Gives out the App. Whoever has it keeps it until their scope ends, also when it is replaced meanwhile."""

    @property
    def stores(self) -> Stores:
        """What is kept; the same for every App there is in turn."""
        ...

    @property
    def demo(self) -> bool:
        """Whether models are simulated, because nothing is set up."""
        ...

    @property
    def overrides(self) -> Mapping[str, Mapping[str, Json]]:
        """What users want otherwise than everybody, by user."""
        ...

    def lease(self) -> AbstractContextManager[App]:
        """The App, for a scope."""
        ...

    async def reload(self) -> Result[None, ConfigurationError]:
        """Read the settings again, and go on with them; where they do not work, with the ones before."""
        ...
