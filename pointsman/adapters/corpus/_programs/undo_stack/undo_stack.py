"""Changes of a text that can be undone and done again.

Topics: editors, state
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Change:
    """At `place`, `old` became `new`."""

    place: int
    old: str
    new: str

    def apply(self, text: str) -> str:
        """`text` after the change; ValueError where it is not what was changed."""
        end = self.place + len(self.old)
        if text[self.place : end] != self.old:
            raise ValueError("the text is another one")
        return text[: self.place] + self.new + text[end:]

    def turned(self) -> "Change":
        """The change that takes this one back."""
        return Change(self.place, self.new, self.old)


@dataclass
class Editor:
    """A text with its history; at most `depth` changes can be undone."""

    text: str = ""
    depth: int = 100
    done: list[Change] = field(default_factory=list)
    undone: list[Change] = field(default_factory=list)

    def replace(self, place: int, length: int, new: str) -> None:
        """Put `new` in the place of `length` signs."""
        if not 0 <= place <= len(self.text) - length or length < 0:
            raise IndexError("there is no such place")
        change = Change(place, self.text[place : place + length], new)
        if change.old == change.new:
            return
        self.text = change.apply(self.text)
        self.done.append(change)
        del self.done[: -self.depth]
        self.undone.clear()

    def undo(self, times: int = 1) -> int:
        """Take back the last changes; how many there were."""
        count = 0
        while self.done and count < times:
            change = self.done.pop()
            self.text = change.turned().apply(self.text)
            self.undone.append(change)
            count += 1
        return count

    def redo(self) -> bool:
        """Do again what was undone last; whether there was anything."""
        if not self.undone:
            return False
        change = self.undone.pop()
        self.text = change.apply(self.text)
        self.done.append(change)
        return True
