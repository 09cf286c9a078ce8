"""Definitions of a schema that hold each other, and whether they come back to themselves. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import attrs


@attrs.frozen
class Edge:
    """A definition (empty: the root) that holds another, and whether only within an optional property."""

    holder: str
    held: str
    path: str
    optional: bool


def cyclic(edges: Sequence[Edge]) -> Edge | None:
    """The first of `edges` that leads back to where it comes from."""
    return next((edge for edge in edges if _leads(edges, edge.held, edge.holder)), None)


def _leads(edges: Sequence[Edge], start: str, end: str) -> bool:
    """Whether `end` is held, directly or not, by `start`."""
    seen, left = set[str](), [start]
    while left:
        name = left.pop()
        if name == end:
            return True
        if name not in seen:
            seen.add(name)
            left += [edge.held for edge in edges if edge.holder == name]
    return False
