"""Forty files that no one should have to read: each gives one sentence, by its kind, in bounded memory."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from returns.methods import unwrap_or_failure
from returns.result import Failure, Success

from pointsman.adapters.extract import packed
from pointsman.adapters.extract.docx import read_docx
from pointsman.adapters.extract.packed import MOST_UNPACKED
from pointsman.adapters.extract.pdf import PdfExtractor
from pointsman.core.documents.document import Document, RawDocument
from pointsman.core.documents.document_error import DocumentFault, DocumentTooLarge, ExtractionOverrun, ExtractorMissing
from pointsman.core.documents.media_kind import PDF
from pointsman.core.effect import settle
from pointsman.layers.documents import document_reader
from pointsman.services.documents.document_reader import ReadingOptions
from pointsman.services.ports.extractor import MOST_BYTES, Extraction
from tests.adapters.extract.samples import WORD, archive, docx, epub, opendocument, paragraph, pdf
from tests.adapters.extract.test_kinds import PNG

Make: TypeAlias = Callable[[Path], object]


def written(data: bytes) -> Make:
    """A file of these bytes."""
    return lambda path: path.write_bytes(data)


def word_of(document: str) -> bytes:
    """A Word document whose text part is this XML."""
    return archive({"word/document.xml": document})


def locked_archive() -> bytes:
    """A Word document whose text is marked as encrypted in its archive."""
    data = bytearray(docx(paragraph("x")))
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    return bytes(data)


def huge(path: Path) -> None:
    """A file of no bytes on disk, and too many to read."""
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)


def zip_bomb(path: Path) -> None:
    """A megabyte that unpacks to more than is unpacked."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bomb,
        bomb.open("word/document.xml", "w") as file,
    ):
        for _ in range((MOST_UNPACKED >> 20) + 1):
            file.write(bytes(2**20))


def endless_book() -> bytes:
    """A book that has its one chapter read again and again."""
    item = '<item id="c" href="one.xhtml" media-type="text/html"/>'
    spine = '<itemref idref="c"/>' * 20_001
    package = f"<package><manifest>{item}</manifest><spine>{spine}</spine></package>"
    return epub({"one.xhtml": "<p/>"}, **{"OEBPS__book.opf": package})


def flood() -> bytes:
    """A Word document of more text than is read, well packed."""
    return docx(paragraph("x" * 1_000_000) * 17)


XML_BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {name} "{"&" + before + ";"}{"&" + before + ";"}">'
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
RIGHTS = '<encryption><CipherReference URI="OEBPS/one.xhtml"/></encryption>'

ODD: dict[str, tuple[str, Make, str, str]] = {
    "empty": ("a.pdf", written(b""), "EmptyDocument", "it is empty"),
    "blank": ("a.txt", written(b" \n\t"), "EmptyDocument", "it is empty"),
    "encrypted pdf": ("a.pdf", written(pdf(["x"], encrypt=True)), "EncryptedDocument", "a password"),
    "scanned pdf": ("a.pdf", written(pdf([""])), "NoTextLayer", "its page is a picture"),
    "cut pdf": ("a.pdf", written(pdf(["x"])[:200]), "DamagedDocument", "cut or damaged"),
    "pdf of no pages": ("a.pdf", written(pdf([])), "DamagedDocument", "cut or damaged"),
    "no pdf": ("a.pdf", written(b"\x00\x01\x02\x03" * 90), "MislabelledDocument", "named like a PDF, and is none"),
    "no picture": ("a.png", written(b"\x00\x01\x02\x03" * 90), "MislabelledDocument", "named like a picture"),
    "cut picture": ("a.png", written(PNG[:20]), "MislabelledDocument", "named like a picture"),
    "zip bomb": ("a.docx", zip_bomb, "DocumentTooLarge", "more than 128 MB"),
    "flood": ("a.docx", lambda path: path.write_bytes(flood()), "DocumentTooLarge", "more than 16 million characters"),
    "flood in a book": (
        "a.epub",
        lambda path: path.write_bytes(epub(dict.fromkeys(("one.xhtml", "two.xhtml"), "<p>" + "x" * 9_000_000))),
        "DocumentTooLarge",
        "more than 16 million characters",
    ),
    "XML bomb": ("a.docx", written(word_of(f"{XML_BOMB}]><w>&i;</w>")), "DamagedDocument", "defines entities"),
    "outside entity": (
        "a.docx",
        written(word_of('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><w>&e;</w>')),
        "DamagedDocument",
        "defines entities",
    ),
    "book without end": ("a.epub", lambda path: path.write_bytes(endless_book()), "DocumentTooLarge", "chapters"),
    "deep XML": ("a.docx", written(word_of("<a>" * 5000)), "DamagedDocument", "nested"),
    "damaged XML": ("a.docx", written(docx("<w:p>")), "DamagedDocument", "XML is cut or damaged"),
    "cut archive": ("a.docx", written(docx(paragraph("x"))[:-30]), "DamagedDocument", "archive is cut or damaged"),
    "locked archive": ("a.docx", written(locked_archive()), "EncryptedDocument", "archive is encrypted"),
    "empty word": ("a.docx", written(docx("")), "EmptyDocument", "holds no text"),
    "archive": ("a.zip", written(archive({"a.txt": "x"})), "UnsupportedDocument", "ZIP archive; unpack it"),
    "binary workbook": ("a.xlsb", written(archive({"xl/workbook.bin": ""})), "UnsupportedDocument", "save it as XLSX"),
    "drawing": ("a.odg", written(opendocument("graphics", "")), "UnsupportedDocument", "of another kind"),
    "old word": (
        "a.doc",
        written(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        "UnsupportedDocument",
        "before 2007",
    ),
    "locked word": (
        "a.docx",
        written(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")),
        "EncryptedDocument",
        "with a password",
    ),
    "protected book": (
        "a.epub",
        written(epub({"one.xhtml": "<p>x"}, **{"META-INF__encryption.xml": RIGHTS})),
        "EncryptedDocument",
        "copy protection",
    ),
    "book of nothing": ("a.epub", written(epub({})), "DamagedDocument", "names no chapters"),
    "book of air": ("a.epub", written(epub({"one.xhtml": "<p/>"})), "EmptyDocument", "holds no text"),
    "book without its chapter": (
        "a.epub",
        written(epub({"one.xhtml": "x"}).replace(b"OEBPS/one.xhtml", b"OEBPS/two.xhtml")),
        "DamagedDocument",
        "missing or damaged",
    ),
    "NULs": ("a.txt", written(b"text\0and\0NULs"), "UnsupportedDocument", "NUL bytes"),
    "noise": ("noise", written(bytes(range(1, 32)) * 20), "UnsupportedDocument", "control characters"),
    "script alone": ("a.html", written(b"<script>let it = 1;</script>"), "EmptyDocument", "holds no text"),
    "giant cell": ("a.csv", written(b'"' + b"x" * 1_100_000), "DamagedDocument", "is no table"),
    "packed": ("a.txt.gz", written(gzip.compress(b"text" * 99)), "UnsupportedDocument", "packed by gzip; unpack it"),
    "program": ("a", written(b"\x7fELF\x02\x01\x01" + bytes(99)), "UnsupportedDocument", "is a program"),
    "RTF": ("a.rtf", written(b"{\\rtf1 hello}"), "UnsupportedDocument", "is RTF"),
    "TIFF": ("a.tif", written(b"II*\0\x08\0\0\0"), "UnsupportedDocument", "save it as PNG or JPEG"),
    "recording": ("a.wav", written(b"RIFF\x24\0\0\0WAVEfmt "), "ExtractorMissing", "no model to hear it"),
    "huge": ("a.txt", huge, "DocumentTooLarge", "more than 64 MB"),
    "folder": ("a.d", lambda path: path.mkdir(), "UnreadableFile", "it is a folder"),
    "pipe": ("a.pipe", lambda path: os.mkfifo(path), "UnreadableFile", "it is a pipe"),
    "device": ("a.dev", lambda path: path.symlink_to("/dev/zero"), "UnreadableFile", "it is a device"),
    "nothing": ("a.gone", lambda path: None, "UnreadableFile", "no such file"),
    "dangling link": ("a.link", lambda path: path.symlink_to("nowhere"), "UnreadableFile", "no such file"),
}


@pytest.mark.parametrize("name", ODD)
async def test_what_cannot_be_read_is_told_in_one_sentence_by_its_kind(tmp_path: Path, name: str) -> None:
    called, make, tag, words = ODD[name]
    make(tmp_path / called)
    error = unwrap_or_failure(await settle(document_reader().read(str(tmp_path / called))))
    assert isinstance(error, DocumentFault)
    said = str(error)
    assert (error.tag, words in said, called in said, "\n" in said) == (tag, True, True, False), said


def test_xml_of_too_many_elements_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MOST_ELEMENTS", 100)
    read = read_docx(RawDocument("a.docx", word_of(f"<a>{'<b/>' * 100}</a>")))
    assert isinstance(read, Failure)
    assert isinstance(read.failure(), DocumentTooLarge)
    assert "100 elements" in str(read.failure())


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux's /proc")
async def test_a_file_that_opens_and_cannot_be_read_is_told() -> None:
    error = unwrap_or_failure(await settle(document_reader().read("/proc/self/mem")))
    assert isinstance(error, DocumentFault)
    assert "/proc/self/mem: it cannot be read: input/output error" in str(error)


async def test_a_path_that_is_none_is_told() -> None:
    error = unwrap_or_failure(await settle(document_reader().read("a\0b")))
    assert isinstance(error, DocumentFault)
    assert "this is no path" in str(error)


@pytest.mark.parametrize(
    ("called", "data", "media_type", "warning"),
    [
        ("a.pdf", b"Only text.", "text/plain", "it is named like a PDF, and is text; it is read as that"),
        ("a.docx", PNG, "image/png", "it is named like a Word document, and is a picture; it is read as that"),
        ("a.txt", pdf(["x"]), PDF, ""),
        ("a", b"<!DOCTYPE html><p>x", "text/html", ""),
        ("a.jpeg", PNG, "image/png", ""),
    ],
)
async def test_what_a_file_is_says_its_content_and_not_its_name(
    called: str, data: bytes, media_type: str, warning: str
) -> None:
    read = unwrap_or_failure(await settle(document_reader().read(RawDocument(called, data))))
    assert isinstance(read, Document)
    assert (read.media_type, read.warnings) == (media_type, (warning,) if warning else ())


async def test_pages_of_what_has_none_are_a_warning() -> None:
    read = await settle(document_reader().read(RawDocument("a.txt", b"x"), ReadingOptions(pages=frozenset({1}))))
    assert read.unwrap().warnings == ("it has no pages, so all of it is read",)


def test_a_bomb_is_never_unpacked_beyond_the_bound(tmp_path: Path) -> None:
    from pointsman.adapters.extract.docx import read_docx

    zip_bomb(tmp_path / "a.docx")
    raw = RawDocument("a.docx", (tmp_path / "a.docx").read_bytes())
    tracemalloc.start()
    try:
        read_docx(raw)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MOST_UNPACKED + 16 * 2**20


READ_ALL = """
import sys
from pathlib import Path
import anyio
from pointsman.core.effect import settle
from pointsman.layers.documents import document_reader
from tests.adapters.extract.test_odd_files import ODD

async def read_all():
    for number, (called, make, _, _) in enumerate(ODD.values()):
        folder = Path(sys.argv[1]) / str(number)
        folder.mkdir()
        make(folder / called)
        await settle(document_reader().read(str(folder / called)))

anyio.run(read_all)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:")))
"""


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_all_of_them_together_take_no_more_memory_than_one_file_may(tmp_path: Path) -> None:
    assert len(ODD) >= 20
    command = [sys.executable, "-c", READ_ALL, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) * 2**10 < MOST_BYTES + MOST_UNPACKED + 160 * 2**20


@pytest.mark.parametrize("reader", [PdfExtractor(memory_bytes=1), PdfExtractor(seconds=0)], ids=["memory", "time"])
async def test_a_pdf_that_takes_too_much_ends_alone(reader: PdfExtractor) -> None:
    asked = Extraction(raw=RawDocument("a.pdf", pdf(["x"])), media_type=PDF)
    error = unwrap_or_failure(await reader.extract(asked))
    assert isinstance(error, ExtractionOverrun)


async def test_without_the_library_a_pdf_says_what_to_install() -> None:
    asked = Extraction(raw=RawDocument("a.pdf", pdf(["x"])), media_type=PDF)
    error = unwrap_or_failure(await PdfExtractor(library="no_such_library").extract(asked))
    assert isinstance(error, ExtractorMissing)
    assert "pip install 'pointsman[documents]'" in str(error)


async def test_documents_are_read_at_once_and_apart() -> None:
    import anyio

    read: list[bool] = []

    async def one(number: int) -> None:
        found = await settle(document_reader().read(RawDocument(f"{number}.pdf", pdf([f"Number {number}"]))))
        read.append(isinstance(found, Success) and found.unwrap().text == f"Number {number}")

    async with anyio.create_task_group() as group:
        for number in range(4):
            group.start_soon(one, number)
    assert read == [True] * 4


def test_word_is_read_by_its_namespace_whatever_its_prefix_is() -> None:
    from pointsman.adapters.extract.docx import read_docx

    document = f'<x:document xmlns:x="{WORD}"><x:body><x:p><x:r><x:t>Hi</x:t></x:r></x:p></x:body></x:document>'
    assert read_docx(RawDocument("a.docx", word_of(document))).unwrap().text == "Hi"
