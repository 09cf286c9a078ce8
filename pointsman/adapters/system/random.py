"""Real randomness."""

from __future__ import annotations

import random
import uuid

import attrs


@attrs.frozen
class SystemRandom:
    """The process's random source; good for jitter and names, not for secrets."""

    def uniform(self) -> float:
        """At least 0, below 1."""
        return random.random()

    def new_id(self) -> str:
        """A random UUID in hexadecimal."""
        return uuid.uuid4().hex
