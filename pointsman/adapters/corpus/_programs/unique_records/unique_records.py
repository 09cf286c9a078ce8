"""Records without doubles: the first or the newest of equal ones, merged values, and what two lists share.

Topics: deduplication, sets, dicts
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import TypeVar

T = TypeVar("T")
Record = dict[str, str]


def unique(items: Iterable[T], key: Callable[[T], Hashable], seen: set[Hashable] | None = None) -> Iterator[T]:
    """The first of all items with an equal key, one after the other; keys in `seen` count as known."""
    if seen is None:
        seen = set()
    for item in items:
        mark = key(item)
        if mark not in seen:
            seen.add(mark)
            yield item


def newest(records: Iterable[Record], key: str, time: str) -> list[Record]:
    """The record with the largest time for each key, the later of equal ones; sorted by key."""
    best: dict[str, Record] = {}
    for record in records:
        known = best.get(record[key])
        if known is None or record[time] >= known[time]:
            best[record[key]] = record
    return sorted(best.values(), key=itemgetter(key))


def merged(records: Iterable[Record], *keys: str) -> list[Record]:
    """One record for each combination of keys: the first value that is not empty wins."""
    found: dict[tuple[str, ...], Record] = {}
    for record in records:
        target = found.setdefault(tuple(record.get(key, "") for key in keys), {})
        for name, value in record.items():
            if not target.get(name):
                target[name] = value
    return list(found.values())


def shared(left: Sequence[T], right: Sequence[T]) -> list[T]:
    """What is in both, in the order of the left one, as often as in the one that has fewer."""
    counts: dict[T, int] = {}
    for item in right:
        counts[item] = counts.get(item, 0) + 1
    found = []
    for item in left:
        if counts.get(item, 0) > 0:
            counts[item] -= 1
            found.append(item)
    return found
