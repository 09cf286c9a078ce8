"""Words in a tree by their letters: look-up, completion, the longest known start.

Topics: trees, text, search
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass
class Node:
    """What follows, by letter; how often a word ends here."""

    following: dict[str, "Node"] = field(default_factory=dict)
    count: int = 0


class PrefixTree:
    """Words with how often each was added."""

    def __init__(self, words: Iterable[str] = (), root: Node | None = None) -> None:
        self.root = Node() if root is None else root
        for word in words:
            self.add(word)

    def add(self, word: str, times: int = 1) -> None:
        """Add a word; raises ValueError for an empty one."""
        if not word:
            raise ValueError("an empty word")
        node = self.root
        for letter in word:
            node = node.following.setdefault(letter, Node())
        node.count += times

    def _node(self, start: str) -> Node | None:
        node: Node | None = self.root
        for letter in start:
            if node is None:
                return None
            node = node.following.get(letter)
        return node

    def count(self, word: str) -> int:
        """How often it was added."""
        node = self._node(word)
        return node.count if node else 0

    def complete(self, start: str, limit: int = 3) -> list[str]:
        """The words that begin so, the most frequent first, equal ones by alphabet."""
        node = self._node(start)
        found = [] if node is None else list(self._walk(node, start))
        return [word for _, word in sorted((-count, word) for word, count in found)[:limit]]

    def _walk(self, node: Node, word: str) -> Iterator[tuple[str, int]]:
        if node.count:
            yield word, node.count
        for letter, following in node.following.items():
            yield from self._walk(following, word + letter)

    def longest(self, text: str) -> str:
        """The longest word that the text begins with, "" if there is none."""
        node, best = self.root, 0
        for place, letter in enumerate(text, start=1):
            if letter not in node.following:
                break
            node = node.following[letter]
            if node.count:
                best = place
        return text[:best]
