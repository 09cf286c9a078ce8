"""What a client of the gateway sent, and what a provider answered, as it came. It may not know any dialect.

Between a client and a provider of one dialect nothing is lost: the original goes on, with what was changed on purpose.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter, is_
from typing import TypeAlias

import attrs

from pointsman.core.json import JsonObject

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Headers or query parameters, in their order."""


@attrs.frozen
class Untranslated:
    """A part of an original request that has no place in our types, and so reaches only a provider of its dialect."""

    path: str
    """Where it stands, such as `tools[].defer_loading`; `[]` stands for any item."""
    essential: bool = False
    """Whether leaving it out changes what is asked, so that another dialect must refuse instead of warn."""


@attrs.frozen(eq=False)
class OriginalRequest:
    """A request as a client of the gateway sent it."""

    dialect: str
    operation: str
    """As the dialect's routes name it: `chat`, `complete`, `embed`, `count`."""
    body: JsonObject = attrs.field(repr=False)
    data: bytes = attrs.field(repr=False)
    """The bytes of `body`."""
    request: object = attrs.field(repr=False)
    """What was read of it. `attrs.evolve` hands on what it does not change, so identity of fields tells what did."""
    headers: Pairs = attrs.field(default=(), repr=False)
    """The vendor's own, by the dialect's list."""
    query: Pairs = attrs.field(default=(), repr=False)
    untranslated: tuple[Untranslated, ...] = ()
    wants_usage: bool = True
    """Whether the client itself asked for the frame with the usage, which we always ask for."""
    fingerprint: Callable[[], bytes] = attrs.field(default=bytes, repr=False)
    """What it says beyond our types, for the key of a cached answer; empty where that is nothing."""


@attrs.frozen(eq=False)
class OriginalResponse:
    """An answer of a provider as it came. It holds none of our secrets."""

    dialect: str
    data: bytes = attrs.field(repr=False)
    headers: Pairs = attrs.field(default=(), repr=False)
    """The vendor's own, such as rate limits and request ids."""
    response: object = attrs.field(default=None, repr=False)
    """What was read of it; None for an error."""
    status: int = 200


def is_unchanged(before: object, now: object, fields: attrgetter[tuple[object, ...]]) -> bool:
    """Whether `now` holds the very values of `before` in all `fields`, which are at least two."""
    return all(map(is_, fields(before), fields(now)))
