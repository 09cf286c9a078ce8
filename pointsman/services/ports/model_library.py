"""Port: the models that lie on this machine."""

from __future__ import annotations

from typing import Protocol

from returns.result import Result

from pointsman.core.error import ConfigurationError, ModelNotFound
from pointsman.core.models.local_model import LocalModel


class ModelLibrary(Protocol):
    """Knows the model files that are here, pointsman's own first, then those that other programs have put here."""

    async def models(self) -> tuple[LocalModel, ...]:
        """All of them; of each as much as is found out in a moment. What is damaged is left out."""
        ...

    async def find(self, name: str) -> Result[LocalModel, ModelNotFound | ConfigurationError]:
        """The model called `name`, whose file has been looked at and found whole; or what is wrong with it."""
        ...
