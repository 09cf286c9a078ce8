"""Port: where the settings come from that `open_app` is given none."""

from __future__ import annotations

from typing import Protocol

from returns.result import Result

from pointsman.core.error import ConfigurationError
from pointsman.core.settings import Settings


class SettingsSource(Protocol):
    """Gives the settings as they are now."""

    def __call__(self) -> Result[Settings, ConfigurationError]:
        """Read them; everything that is wrong with them is one `ConfigurationError`, and nothing raises."""
        ...
