from pathlib import Path

from recode_files import recode


def test_an_old_file_becomes_utf_8() -> None:
    path = Path("old.txt")
    path.write_bytes("café".encode("cp1252"))
    assert recode([path]) == {"recoded": ["old.txt"]}
    assert path.read_text(encoding="utf-8") == "café"
