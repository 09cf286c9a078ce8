"""`docs/documents.md` is true: its programs run, its table has every error, and what it says of bounds is so."""

from __future__ import annotations

import ast
import re
from inspect import iscoroutine
from pathlib import Path
from typing import get_args

import pytest

from pointsman.adapters.extract.packed import MOST_UNPACKED
from pointsman.core.documents.document_error import DocumentError
from pointsman.services.ports.extractor import MOST_BYTES, MOST_CHARACTERS
from tests.adapters.extract.samples import pdf
from tests.adapters.extract.test_kinds import PNG
from tests.adapters.media.test_sound_and_documents import tone

PAGE = (Path(__file__).parent.parent / "docs" / "documents.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of which the page speaks."""
    monkeypatch.chdir(tmp_path)
    Path("report.pdf").write_bytes(pdf(["Points are set by a pointsman.", "He is on his way.", "The end."]))
    Path("talk.wav").write_bytes(tone())
    Path("photo.png").write_bytes(PNG)


@pytest.mark.usefixtures("files")
async def test_its_programs_run() -> None:
    names: dict[str, object] = {"__name__": "page"}
    for block in BLOCKS:
        code = compile(block, "docs/documents.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        pending = eval(code, names)
        if iscoroutine(pending):
            await pending


def test_it_names_every_error_and_the_bounds() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == [one.__name__ for one in get_args(DocumentError)]
    said = (
        f"more than {MOST_BYTES >> 20} MB, {MOST_UNPACKED >> 20} MB unpacked, or {MOST_CHARACTERS // 1_000_000} million"
    )
    assert said in PAGE
