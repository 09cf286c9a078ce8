from pathlib import Path

from temp_workspace import publish, workspace


def test_a_folder_for_a_while() -> None:
    with workspace(Path("near")) as folder:
        (folder / "a.txt").write_text("hi", encoding="utf-8")
        assert folder.is_dir()
    assert not folder.exists()


def test_files_are_published() -> None:
    assert publish(Path("site"), {"a.txt": "one", "b.txt": "zwölf"}) == []
    assert (Path("site") / "b.txt").read_text(encoding="utf-8") == "zwölf"
