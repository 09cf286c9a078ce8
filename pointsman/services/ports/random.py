"""Port: chance and fresh names."""

from __future__ import annotations

from typing import Protocol


class Random(Protocol):
    """Where randomness comes from."""

    def uniform(self) -> float:
        """A number of at least 0 and below 1."""
        ...

    def new_id(self) -> str:
        """A new identifier, unique in practice."""
        ...
