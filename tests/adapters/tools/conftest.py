"""A folder for the tests of the file tool."""

from pathlib import Path

import pytest

from tests.adapters.tools.town import SECRET


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A folder with files, beside one that is not to be read."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "sub").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret.txt").write_text(SECRET)
    (root / "a.txt").write_text("one\ntwo\nthree\n")
    (root / "sub" / "b.txt").write_text("no end")
    return root
