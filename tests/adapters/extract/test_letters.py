"""Letters in pictures: what the child is given and writes, what happens where it breaks, and the real library."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from returns.methods import unwrap_or_failure

from pointsman.adapters.extract.letters import OcrRecognizer
from pointsman.core.chat.part import Bytes
from pointsman.core.documents.document_error import ExtractionOverrun, ExtractorMissing

STAND_IN = """
class RapidOCR:
    def __init__(self, **threads):
        assert threads == {"intra_op_num_threads": 2, "inter_op_num_threads": 1}

    def __call__(self, picture):
        if picture == b"broken":
            raise ValueError("no picture")
        if picture == b"crash":
            raise SystemExit(3)
        return ([[[], picture.decode(), 0.9], [[], "more", 0.9]] if picture else None), 0.1
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library of the same name, which reads what the picture's bytes say."""
    (tmp_path / "rapidocr_onnxruntime.py").write_text(STAND_IN, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))


def pictures(*texts: bytes) -> list[Bytes]:
    """Pictures of these bytes."""
    return [Bytes(text, "image/png") for text in texts]


@pytest.mark.usefixtures("stand_in")
async def test_each_picture_gives_its_lines_and_one_that_is_broken_none() -> None:
    read = await OcrRecognizer().recognize("a.pdf", pictures(b"one", b"", b"broken", b"two"))
    assert read.unwrap() == ("one\nmore", "", "", "two\nmore")


@pytest.mark.usefixtures("stand_in")
async def test_a_child_that_ends_midway_is_told() -> None:
    error = unwrap_or_failure(await OcrRecognizer().recognize("a.pdf", pictures(b"one", b"crash")))
    assert isinstance(error, ExtractionOverrun)
    assert "a.pdf: looking for letters" in str(error)


async def test_without_the_library_it_says_what_to_install() -> None:
    error = unwrap_or_failure(await OcrRecognizer(library="no_such_library").recognize("a.png", pictures(b"x")))
    assert isinstance(error, ExtractorMissing)
    assert "pip install 'pointsman[ocr]'" in str(error)


@pytest.mark.long
@pytest.mark.skipif(importlib.util.find_spec("rapidocr_onnxruntime") is None, reason="needs pointsman[ocr]")
async def test_the_real_library_reads_print() -> None:
    drawn = Image.new("RGB", (700, 160), "white")
    ImageDraw.Draw(drawn).text((20, 20), "Night train to Brig", fill="black", font=ImageFont.load_default(36))
    stream = io.BytesIO()
    drawn.save(stream, "PNG")
    read = await OcrRecognizer().recognize("a.png", pictures(stream.getvalue()))
    assert "train" in read.unwrap()[0]
