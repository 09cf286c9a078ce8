"""A cache that holds a number of entries and lets go of the one that was not used for longest.

Topics: caches, classes
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable


class RecentCache:
    """At most `size` entries. `on_drop` is told the key of each that has to go."""

    def __init__(self, size: int, on_drop: Callable[[str], None] | None = None) -> None:
        if size < 1:
            raise ValueError("a cache holds at least one entry")
        self.size = size
        self._entries: OrderedDict[str, int] = OrderedDict()
        self._on_drop = on_drop
        self.hits = 0
        self.misses = 0

    def get(self, key: str, make: Callable[[str], int]) -> int:
        """The entry of `key`; one that is not there is made, once."""
        if key in self._entries:
            self.hits += 1
            self._entries.move_to_end(key)
            return self._entries[key]
        self.misses += 1
        value = make(key)
        self.put(key, value)
        return value

    def put(self, key: str, value: int) -> None:
        """Keep `value`; it counts as used."""
        self._entries[key] = value
        self._entries.move_to_end(key)
        while len(self._entries) > self.size:
            dropped, _ = self._entries.popitem(last=False)
            if self._on_drop is not None:
                self._on_drop(dropped)

    def forget(self, keys: Iterable[str]) -> int:
        """Let go of `keys`; how many of them were there."""
        return sum(self._entries.pop(key, None) is not None for key in keys)

    def keys(self) -> list[str]:
        """The keys, the one that was not used for longest first."""
        return list(self._entries)

    @property
    def share(self) -> float:
        """The share of questions that the cache could answer, 0.0 where there was none."""
        asked = self.hits + self.misses
        return round(self.hits / asked, 3) if asked else 0.0
