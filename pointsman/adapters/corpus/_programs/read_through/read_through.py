"""A cache that loads what it lacks: at most so many entries, the one that was used longest ago goes.

Topics: caches, threads
"""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock


class ReadThrough:
    """Values by key; `load` is called once for a key that is not there, never twice at the same time."""

    def __init__(self, load: Callable[[str], str], size: int = 2, dropped: list[str] | None = None) -> None:
        if size < 1:
            raise ValueError("at least one entry is needed")
        self.load = load
        self.size = size
        self.values: OrderedDict[str, str] = OrderedDict()
        self.dropped = [] if dropped is None else dropped
        self.hits = 0
        self.misses = 0
        self.lock = Lock()

    def get(self, key: str, default: str | None = None) -> str:
        """The value; where `load` raises LookupError, the default if there is one."""
        with self.lock:
            if key in self.values:
                self.hits += 1
                self.values.move_to_end(key)
                return self.values[key]
            self.misses += 1
            try:
                value = self.load(key)
            except LookupError:
                if default is None:
                    raise
                return default
            self.values[key] = value
            if len(self.values) > self.size:
                oldest, _ = self.values.popitem(last=False)
                self.dropped.append(oldest)
            return value

    def forget(self, start: str) -> int:
        """Drop all whose key starts so; how many that were."""
        with self.lock:
            keys = [key for key in self.values if key.startswith(start)]
            for key in keys:
                del self.values[key]
            return len(keys)

    def rate(self) -> float:
        """The part of look-ups that found something, 0 before the first."""
        total = self.hits + self.misses
        return round(self.hits / total, 3) if total else 0.0
