"""Words by their beginning.

Topics: trees, text, search
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass
class Node:
    """What follows one letter: more letters, and how often a word ends here."""

    after: dict[str, Node] = field(default_factory=dict)
    ends: int = 0


class PrefixTree:
    """A tree of words that may be put in several times."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._root = Node()
        self._size = 0
        for word in words:
            self.add(word)

    def add(self, word: str) -> None:
        """Put `word` in once more."""
        if not word:
            raise ValueError("a word has at least one letter")
        node = self._root
        for letter in word:
            node = node.after.setdefault(letter, Node())
        node.ends += 1
        self._size += 1

    def __len__(self) -> int:
        return self._size

    def _find(self, prefix: str) -> Node | None:
        node = self._root
        for letter in prefix:
            following = node.after.get(letter)
            if following is None:
                return None
            node = following
        return node

    def count(self, word: str) -> int:
        """How often `word` was put in."""
        node = self._find(word)
        return 0 if node is None else node.ends

    def beginning_with(self, prefix: str) -> Iterator[str]:
        """The different words with this beginning, in the order of the alphabet."""
        found = self._find(prefix)
        waiting = [] if found is None else [(prefix, found)]
        while waiting:
            word, node = waiting.pop()
            if node.ends:
                yield word
            for letter in sorted(node.after, reverse=True):
                waiting.append((word + letter, node.after[letter]))
