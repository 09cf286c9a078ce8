"""Random that repeats itself."""

from __future__ import annotations

import attrs


@attrs.define
class FixedRandom:
    """Always the same fraction; tokens are counted up."""

    value: float = 0.0
    count: int = 0

    def uniform(self) -> float:
        """The fixed fraction."""
        return self.value

    def new_id(self) -> str:
        """`token-1`, `token-2`, …"""
        self.count += 1
        return f"token-{self.count}"
