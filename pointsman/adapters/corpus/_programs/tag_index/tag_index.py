"""Names by tag: each name may have several, each tag keeps its names in the order in which they came.

Topics: indexes, dictionaries
"""

from collections.abc import Iterable


class TagIndex:
    """An index of names by tag."""

    def __init__(self, ignored: Iterable[str] = ()) -> None:
        self._names: dict[str, list[str]] = {}
        self._seen: set[tuple[str, str]] = set()
        self.ignored = frozenset(tag.casefold() for tag in ignored)

    def add(self, name: str, tags: list[str] | None = None) -> list[str]:
        """Put `name` under `tags`; the tags that it was put under, its first letter where there were none."""
        tags = [] if tags is None else tags
        if not tags:
            tags.append(name[:1])
        used = []
        for tag in tags:
            key = tag.strip().casefold()
            if key in self.ignored or (key, name) in self._seen:
                continue
            self._seen.add((key, name))
            self._names.setdefault(key, []).append(name)
            used.append(key)
        return used

    def names(self, tag: str) -> list[str]:
        """The names under `tag`, in the order in which they came."""
        return list(self._names.get(tag.casefold(), []))

    def common(self, limit: int = 3) -> list[tuple[str, int]]:
        """The tags with most names, at most `limit`, equal ones by name."""
        counts = [(tag, len(names)) for tag, names in self._names.items()]
        return sorted(counts, key=lambda pair: (-pair[1], pair[0]))[:limit]
