from pathlib import Path

from note_store import Notes


def test_notes_are_added_and_removed() -> None:
    notes = Notes(Path("notes.jsonl"))
    first = notes.add("buy milk", ["home"])
    second = notes.add("call Zoë")
    notes.remove(first)
    assert notes.all() == {second: "call Zoë"}
