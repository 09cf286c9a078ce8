"""Ports: the models that lie on this machine; and the shelf on which some are put, from wherever they come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

import attrs
from returns.result import Result

from pointsman.core.error import ChatError, ConfigurationError, ModelNotFound, StorageError
from pointsman.core.models.local_model import LocalModel

Tell: TypeAlias = Callable[[int], None]
"""Hears how many bytes there are by now."""


class ModelLibrary(Protocol):
    """Knows the model files that are here, pointsman's own first, then those that other programs have put here."""

    async def models(self) -> tuple[LocalModel, ...]:
        """All of them; of each as much as is found out in a moment. What is damaged is left out."""
        ...

    async def find(self, name: str) -> Result[LocalModel, ModelNotFound | ConfigurationError]:
        """The model called `name`, whose file has been looked at and found whole; or what is wrong with it."""
        ...


@attrs.frozen(kw_only=True)
class OfferedPart:
    """One of several files that a model is made of: what it is called, where it is got, what it must be."""

    name: str
    address: str
    size_bytes: int | None = None
    sha256: str = ""


@attrs.frozen(kw_only=True)
class ModelOffer:
    """A model that could be got: what is known of it before. `free` are the bytes that are free where it would go."""

    name: str
    source: str
    """Where from, in words."""
    address: str
    """Where from, for who gets it."""
    size_bytes: int | None = None
    sha256: str = ""
    licence: str = ""
    free: int | None = None
    is_here: bool = False
    """Whether it has been got already."""
    parts: tuple[OfferedPart, ...] = ()
    """Its files, where it has several; then `size_bytes` is that of all, and `sha256` says nothing."""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of safetensors, whose files keep their names; else its parts are those of one file."""
        return any(part.name.endswith(".safetensors") for part in self.parts)


class ModelShelf(ModelLibrary, Protocol):
    """Gets models and forgets them. A model is there as a whole or not at all, whatever happens meanwhile."""

    async def offer(self, source: str, name: str = "") -> Result[ModelOffer, ChatError]:
        """What `source` would bring: a name of the catalogue, `hf:OWNER/REPO[:FILE]`, or an address. Nothing is got."""
        ...

    async def get(self, offer: ModelOffer, tell: Tell) -> Result[LocalModel, ChatError]:
        """Get it, go on where an earlier try was cut off, and check that it is what was offered."""
        ...

    async def add(self, path: str, name: str = "", base: str = "") -> Result[LocalModel, ChatError]:
        """Know the file or folder at `path` as a model from now on, or as an adapter of the model `base`.

        It stays where it is.
        """
        ...

    async def remove(self, name: str) -> Result[bool, StorageError]:
        """Forget the model `name`, and delete its file if it was got by us; says whether it was there."""
        ...

    def unreadable(self) -> tuple[str, ...]:
        """Folders of other programs that could not be looked into, as sentences."""
        ...
