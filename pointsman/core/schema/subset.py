"""What a dialect takes of JSON Schema, as data. The dialects' own subsets stand with the dialects."""

from __future__ import annotations

from typing import Literal

import attrs


@attrs.frozen(kw_only=True)
class Subset:
    """A part of JSON Schema.

    Taken by every subset: one type or several, properties, required, items, enum of plain values, anyOf, title,
    description, and a `$ref` that stands alone and leads into `$defs`. What else is taken is said here; a limit that is
    None does not exist.
    """

    name: str
    """Whose subset it is, for messages."""
    object_root: bool = True
    """The root must be an object with properties."""
    closed: bool = True
    """Every object must say `additionalProperties: false`: there are no maps."""
    all_required: bool = False
    """Every property must be required."""
    typed: bool = True
    """Every schema must say what it is: nothing may be anything."""
    tuples: Literal["none", "any", "exact"] = "none"
    """Whether `prefixItems` is taken: not, with any tail, or alone, for lists of just this length."""
    plain_enums: bool = True
    """An enum may hold truth values and null, not only texts and numbers."""
    keywords: frozenset[str] = frozenset()
    """Further keywords that are taken: bounds of numbers, texts and lists, `pattern`, `default`."""
    formats: frozenset[str] = frozenset()
    """The formats of texts that are taken."""
    integer_ranges: bool = False
    """The bounds of numbers are taken for integers alone."""
    whole_patterns: bool = False
    """A pattern must describe the whole text, from `^` to `$`."""
    min_items: int | None = None
    """The greatest `minItems` that is taken."""
    recursion: Literal["any", "optional", "none"] = "any"
    """Where a schema may hold itself: anywhere, only within a property that is not required, nowhere."""
    most_properties: int | None = None
    most_depth: int | None = None
    """Levels of objects and lists inside each other."""
    most_choices: int | None = None
    """Values of all enums together."""
    most_characters: int | None = None
    """Characters of all names and choices together."""
    most_optional: int | None = None
    """Properties that are not required, of all strict schemas of a request together."""
    most_unions: int | None = None
    """Schemas of more than one type, of all strict schemas of a request together."""


@attrs.frozen(kw_only=True)
class Size:
    """How large a schema is, in what the limits of a `Subset` count."""

    properties: int = 0
    depth: int = 0
    choices: int = 0
    characters: int = 0
    optional: int = 0
    unions: int = 0

    def __add__(self, other: Size) -> Size:
        """Both schemas together in one request."""
        return Size(
            properties=self.properties + other.properties,
            depth=max(self.depth, other.depth),
            choices=self.choices + other.choices,
            characters=self.characters + other.characters,
            optional=self.optional + other.optional,
            unions=self.unions + other.unions,
        )

    def excess(self, subset: Subset) -> str | None:
        """One sentence on the first limit of `subset` that is exceeded."""
        limits = (
            (self.properties, subset.most_properties, "properties", "split it"),
            (self.depth, subset.most_depth, "levels of nesting", "make it flatter"),
            (self.choices, subset.most_choices, "choices in enums", "let some be plain text"),
            (self.characters, subset.most_characters, "characters in names and choices", "shorten them"),
            (self.optional, subset.most_optional, "properties that are not required", "require some of them"),
            (self.unions, subset.most_unions, "schemas of more than one type", "give some of them one type"),
        )
        for count, most, what, cure in limits:
            if most is not None and count > most:
                return f"$: it has {count} {what}, and {subset.name} takes {most}; {cure}"
        return None
