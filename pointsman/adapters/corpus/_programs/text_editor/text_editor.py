"""Changes of a text that can be undone and done again; small ones are joined, old ones forgotten.

Topics: editors, state
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """At a place, some text went and other text came."""

    place: int
    old: str
    new: str

    def apply(self, text: str) -> str:
        """The text with the change; raises ValueError where the old text does not stand there."""
        end = self.place + len(self.old)
        if text[self.place : end] != self.old or self.place > len(text):
            raise ValueError(f"{self.old!r} is not at {self.place}")
        return text[: self.place] + self.new + text[end:]

    def inverse(self) -> "Change":
        """What takes the change back."""
        return Change(self.place, self.new, self.old)

    def joined(self, later: "Change") -> "Change | None":
        """Both in one, if the later one types on where this one ended."""
        if self.old or later.old or later.place != self.place + len(self.new) or self.new.endswith(("\n", " ")):
            return None
        return Change(self.place, "", self.new + later.new)


class Editor:
    """A text with a history of at most `limit` changes."""

    def __init__(self, text: str = "", limit: int = 100, done: list[Change] | None = None) -> None:
        self.text = text
        self.limit = limit
        self.done = [] if done is None else done
        self.undone: list[Change] = []

    def change(self, place: int, old: str, new: str) -> None:
        """Change the text; what was undone before cannot be done again."""
        change = Change(place, old, new)
        self.text = change.apply(self.text)
        self.undone.clear()
        joined = self.done[-1].joined(change) if self.done else None
        if joined is None:
            self.done.append(change)
        else:
            self.done[-1] = joined
        del self.done[: -self.limit]

    def insert(self, place: int, new: str) -> None:
        """Put text in."""
        self.change(place, "", new)

    def undo(self, times: int = 1) -> int:
        """How many changes were taken back."""
        return self._move(self.done, self.undone, times, back=True)

    def redo(self, times: int = 1) -> int:
        """How many changes were made again."""
        return self._move(self.undone, self.done, times, back=False)

    def _move(self, source: list[Change], target: list[Change], times: int, *, back: bool) -> int:
        count = 0
        while source and count < times:
            change = source.pop()
            self.text = (change.inverse() if back else change).apply(self.text)
            target.append(change)
            count += 1
        return count
