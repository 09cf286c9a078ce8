"""What others wrote and we serve is what they published."""

from __future__ import annotations

from pathlib import Path

from tools.vendor_katex import HOME, complaints


def test_katex_is_what_npm_gave() -> None:
    assert list(complaints()) == []
    assert "MIT" in (HOME / "LICENSE").read_text()


def test_a_changed_a_missing_and_an_added_file_are_complained_of(tmp_path: Path) -> None:
    (tmp_path / "SHA256SUMS").write_text("# katex\n" + "0" * 64 + "  a.js\n" + "0" * 64 + "  b.js\n")
    (tmp_path / "a.js").write_text("changed")
    (tmp_path / "c.js").write_text("added")
    said = list(complaints(tmp_path))
    assert said == ["b.js: it is missing", "c.js: nobody took it from npm", "a.js: it was changed; take it anew"]
