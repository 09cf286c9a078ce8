"""Port: a server of models that somebody else runs (Ollama, LM Studio, llama.cpp): what it has, what it does with it.

What it changes is changed for all who use that server.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from returns.result import Result

from pointsman.core.error import ProviderError
from pointsman.core.models.served_model import DownloadProgress, ServedModel

TellProgress: TypeAlias = Callable[[DownloadProgress], None]


class ModelServer(Protocol):
    """What can be asked of it about its models. What a server has no way for is an `UnsupportedFeature`."""

    async def models(self) -> Result[tuple[ServedModel, ...], ProviderError]:
        """All that it has, with their state."""
        ...

    async def describe(self, model: str) -> Result[ServedModel, ProviderError]:
        """All that it tells of one."""
        ...

    async def load(self, model: str) -> Result[bool, ProviderError]:
        """Have it in memory; returns when it is there, and whether it had to be loaded."""
        ...

    async def unload(self, model: str) -> Result[bool, ProviderError]:
        """Take it out of memory; says whether it was there."""
        ...

    async def get(self, model: str, tell: TellProgress) -> Result[bool, ProviderError]:
        """Have the server download it; says whether it had to. Asked again, a download that was cut goes on."""
        ...

    async def copy(self, model: str, name: str) -> Result[bool, ProviderError]:
        """Make a model called `name` of another."""
        ...

    async def upload(self, path: str, name: str, tell: TellProgress) -> Result[bool, ProviderError]:
        """Make a model called `name` of the GGUF file at `path`; what the server has already is not sent."""
        ...

    async def remove(self, model: str) -> Result[bool, ProviderError]:
        """Delete it from the server's disk; says whether it was there."""
        ...
