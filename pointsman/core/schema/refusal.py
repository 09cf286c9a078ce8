"""What of a JSON Schema no subset has words for (keywords, definitions in a circle), and how it is said. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from pointsman.core.json import JsonObject

_REFUSED = {
    "patternProperties": "name the properties, or make it a list of entries",
    "unevaluatedItems": "say it with items",
    "$dynamicRef": "use $ref",
    "$recursiveRef": "use $ref",
    "additionalItems": "say it with prefixItems and items",
}


class SchemaRefusal(Exception):
    """What cannot be written. Stays within the core's files on strict schemas."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")


def refuse_keywords(schema: JsonObject, path: str) -> None:
    """Raise `SchemaRefusal` where `schema` has a keyword that can neither be written nor merely described."""
    for keyword, cure in _REFUSED.items():
        if keyword in schema:
            raise SchemaRefusal(f"{path}.{keyword}", f"it cannot be expressed; {cure}")


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
