"""What a server tells of the models that it holds, and how far a download of one has come. Absent is not known."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from pointsman.core.models.model import ModelType

ServedState: TypeAlias = Literal["loaded", "loading", "sleeping", "not-loaded", "downloading", "failed"]


@attrs.frozen(kw_only=True)
class ServedModel:
    """A model of a server: what it is, when it was made, whether it is in memory."""

    id: str
    state: ServedState | None = None
    type: ModelType | None = None
    architecture: str | None = None
    parameters: str | None = None
    """In the words of the server, such as `8.0B`."""
    quantization: str | None = None
    size_bytes: int | None = None
    context_length: int | None = None
    """Tokens."""
    modified: str | None = None
    """When it was made or got, as the server writes it."""
    memory_bytes: int | None = None
    """What it takes in memory."""
    until: str | None = None
    """When it is unloaded if nobody asks, as the server writes it."""
    instances: tuple[str, ...] = ()
    """Names of what is in memory, where a model may be there more than once."""
    capabilities: tuple[str, ...] = ()
    problem: str = ""
    """Why it failed to load."""

    @property
    def is_in_memory(self) -> bool:
        """Whether it is, or is on its way to be."""
        return self.state in ("loaded", "loading", "sleeping")


@attrs.frozen(kw_only=True)
class DownloadProgress:
    """How far a download is: what the server does, in its words, and how many bytes of how many."""

    status: str
    completed: int | None = None
    total: int | None = None
