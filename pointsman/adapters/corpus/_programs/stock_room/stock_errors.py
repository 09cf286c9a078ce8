"""What can go wrong in a store."""

from collections.abc import Mapping


class TooFew(Exception):
    """Some goods are short, by how many."""

    def __init__(self, missing: Mapping[str, int]) -> None:
        super().__init__(", ".join(f"{count} {good}" for good, count in sorted(missing.items())))
        self.missing = dict(missing)


class NoSuchOrder(LookupError):
    """Nothing is set aside for that number."""
