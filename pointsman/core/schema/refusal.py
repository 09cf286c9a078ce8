"""What of a JSON Schema no subset has words for, and how it is said. Pure."""

from __future__ import annotations

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
