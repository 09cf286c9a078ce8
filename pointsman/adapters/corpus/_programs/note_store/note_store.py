"""Notes in a file of JSON lines: added, found, marked as gone, packed.

Topics: files, json, storage
"""

import json
from collections.abc import Iterator
from pathlib import Path

from note_errors import BrokenStore, NoSuchNote

Note = dict[str, object]


class Notes:
    """Notes by number; the file only grows, until it is packed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def _lines(self) -> Iterator[Note]:
        try:
            with open(self.path, encoding="utf-8") as file:
                for number, line in enumerate(file, start=1):
                    try:
                        yield json.loads(line)
                    except json.JSONDecodeError as error:
                        raise BrokenStore(number) from error
        except FileNotFoundError:
            return

    def _write(self, note: Note) -> None:
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(note, ensure_ascii=False) + "\n")

    def all(self) -> dict[int, str]:
        """The notes that are there, by number."""
        notes: dict[int, str] = {}
        for note in self._lines():
            number = int(str(note["number"]))
            if note.get("gone"):
                notes.pop(number, None)
            else:
                notes[number] = str(note["text"])
        return notes

    def add(self, text: str, tags: list[str] | None = None) -> int:
        """The number of the new note; numbers are never used again. The tag `any` is put to the others."""
        tags = [] if tags is None else tags
        tags.append("any")
        number = max((int(str(note["number"])) for note in self._lines()), default=0) + 1
        self._write({"number": number, "text": text, "tags": tags})
        return number

    def remove(self, number: int) -> None:
        """Raises NoSuchNote if it is not there."""
        if number not in self.all():
            raise NoSuchNote(number)
        self._write({"number": number, "gone": True})

    def tagged(self, tag: str) -> list[int]:
        """The numbers of the notes with a tag."""
        there = self.all()
        return [
            int(str(note["number"]))
            for note in self._lines()
            if tag in str(note.get("tags", "")) and note["number"] in there
        ]
