"""Port: how long, in which process and in which event loop an App may be used."""

from __future__ import annotations

from typing import Protocol

from pointsman.core.error import ConfigurationError


class Lifetime(Protocol):
    """Of an App or a file that was opened."""

    def problem(self) -> ConfigurationError | None:
        """Why it cannot be used here and now; None where it can."""
        ...
