"""Port: from JSON text to a value of a type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from returns.result import Result

from pointsman.core.json import Json

_Value = TypeVar("_Value")


class Structure(Protocol):
    """JSON text as a value of a type, or every problem with it by its path."""

    def __call__(
        self, text: str, kind: type[_Value], read: Callable[[Json], Json] | None
    ) -> Result[_Value, tuple[str, ...]]:
        """`text` as a `kind`, once `read` (if any) has brought its JSON to the form of the type's own schema."""
        ...
