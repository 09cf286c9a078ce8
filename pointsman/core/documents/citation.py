"""Which places of a document an answer cites, and which of them there are. Pure, total on any text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import attrs

_BRACKETS = re.compile(r"\[([^\[\]\n]{1,200})\]")
_LIST = re.compile(r"(?i)\bp(?:ages?|p?\.) ?((?:\d{1,6}(?: ?(?:[-–,]|to|and) ?(?:pages? )?)?)+)")
_RANGE = re.compile(r"(\d{1,6})(?: ?(?:[-–]|to) ?(?:pages? )?(\d{1,6}))?")
_PAGE = re.compile(r"page \d+")
_MOST_RANGE = 100


@attrs.frozen
class Citations:
    """The places that are cited, in the order of the text, each once; and those cited that were never read."""

    places: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def cited_places(text: str, places: Iterable[str]) -> Citations:
    """What `text` cites in brackets, as in `[page 3]`, `[pages 3–5]` or `[1:02.0–1:08.5]`; `places` are those read."""
    known = frozenset(places)
    named = dict.fromkeys(place for found in _BRACKETS.finditer(text) for place in _read_places(found[1], known))
    has_pages = any(_PAGE.fullmatch(place) for place in known)
    unknown = tuple(place for place in named if place not in known) if has_pages else ()
    return Citations(tuple(place for place in named if place in known), unknown)


def _read_places(inside: str, known: frozenset[str]) -> Iterator[str]:
    """The places in one pair of brackets; of words that are no place, as in `[sic]`, none."""
    if inside.strip() in known:
        yield inside.strip()
        return
    for listed in _LIST.finditer(inside):
        for page in _RANGE.finditer(listed[1]):
            first, last = int(page[1]), int(page[2] or page[1])
            yield from (f"page {number}" for number in range(first, min(last, first + _MOST_RANGE - 1) + 1))
    yield from (part.strip() for part in re.split("[,;]", inside) if part.strip() in known)
