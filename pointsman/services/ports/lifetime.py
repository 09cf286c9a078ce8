"""Port: how long, in which process and in which event loop an App may be used."""

from __future__ import annotations

from typing import Protocol

from pointsman.core.error import ConfigurationError, StorageError


class Lifetime(Protocol):
    """Of an App or a file that was opened."""

    def problem(self) -> ConfigurationError | None:
        """Why it cannot be used here and now; None where it can."""
        ...


class _Always:
    """No end, one process, one event loop."""

    def problem(self) -> ConfigurationError | None:
        """None."""
        return None


ALWAYS: Lifetime = _Always()
"""For who has nothing to fear."""


def refuse_use(lifetime: Lifetime, name: str, *, is_closed: bool) -> StorageError | None:
    """Why what is called `name`, and keeps something, cannot be used here and now; None where it can."""
    problem = lifetime.problem()
    if problem is not None:
        return StorageError(detail=problem.detail, local=True, remedy="")
    closed = f"{name} is closed: use it inside the scope that opened it"
    return StorageError(detail=closed, local=True, remedy="") if is_closed else None
