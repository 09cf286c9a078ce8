from pathlib import Path

from folder_digest import changes, load, look, save


def test_changes_are_seen() -> None:
    folder = Path("data")
    folder.mkdir(exist_ok=True)
    (folder / "a.txt").write_bytes(b"one")
    before = look(folder)
    (folder / "b.txt").write_bytes(b"two")
    assert changes(before, look(folder)) == {"added": ["b.txt"], "removed": [], "changed": []}


def test_saved_and_loaded() -> None:
    save({"größe": "1"}, Path("prints.json"))
    assert load(Path("prints.json")) == {"größe": "1"}
    assert load(Path("nothing.json")) == {}
