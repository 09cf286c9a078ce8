"""A changed copy of a large value, on the way of every call. It knows no value."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

__all__ = ["replace"]

_T = TypeVar("_T")

if TYPE_CHECKING:
    from attrs import evolve as replace  # the names and types of the fields are checked
else:

    def replace(value: _T, /, **changes: Any) -> _T:
        """As `attrs.evolve`, at a tenth of its price (28 fields): for classes without slots, checks and conversions."""
        kind = value.__class__
        names = _names(kind)
        if not names.issuperset(changes):
            raise TypeError(f"{kind.__name__} has no {', '.join(changes.keys() - names)}")
        copied = object.__new__(kind)
        # One copy of the whole table: filling an empty one field by field takes twice as long. The class is frozen.
        object.__setattr__(copied, "__dict__", value.__dict__ | changes)
        return copied


@cache
def _names(kind: type) -> frozenset[str]:
    fields = attrs.fields(kind)
    if kind.__dictoffset__ == 0 or any(field.validator or field.converter for field in fields):
        raise TypeError(f"{kind.__name__} has slots, checks or converts its fields; use `attrs.evolve`")
    return frozenset(field.name for field in fields)
