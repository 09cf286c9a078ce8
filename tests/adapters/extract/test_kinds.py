"""What is read of good documents of every kind, and that the extractors keep the laws of their port."""

from __future__ import annotations

import base64

import pytest
from returns.result import Success

from pointsman.adapters.extract.docx import DocxExtractor, read_docx
from pointsman.adapters.extract.epub import EpubExtractor, read_epub
from pointsman.adapters.extract.opendocument import OpenDocumentExtractor
from pointsman.adapters.extract.pdf import PdfExtractor
from pointsman.adapters.extract.picture import PictureExtractor
from pointsman.adapters.extract.plain import PlainExtractor, read_plain
from pointsman.adapters.extract.sheets import XlsxExtractor
from pointsman.adapters.extract.slides import PptxExtractor
from pointsman.core.documents.document import Document, Passage, RawDocument
from pointsman.core.documents.document_error import NoSuchPages, NoTextLayer
from pointsman.core.documents.media_kind import CSV, DOCX, EPUB, HTML, MARKDOWN, ODT, PDF, PLAIN, PPTX, TSV, XLSX
from pointsman.core.images.image_facts import image_facts
from pointsman.services.ports.extractor import Extraction
from pointsman.testing import FakeExtractor
from pointsman.testing.laws import extractor
from tests.adapters.extract.samples import docx, epub, opendocument, paragraph, pdf, pptx, table, xlsx

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
OPENINGS = {
    "plain": extractor.Opening(
        extractor=PlainExtractor(),
        good=RawDocument("a.txt", b"Which way?\r\nThat way."),
        media_type=PLAIN,
        words="Which way?\nThat way.",
        broken=(RawDocument("b.txt", b"a\0b\0\0"),),
    ),
    "docx": extractor.Opening(
        extractor=DocxExtractor(),
        good=RawDocument("a.docx", docx(paragraph("Which way?"))),
        media_type=DOCX,
        words="Which way?",
        broken=(RawDocument("b.docx", b"PK\x03\x04"), RawDocument("c.docx", docx("<w:p>"))),
    ),
    "xlsx": extractor.Opening(
        extractor=XlsxExtractor(),
        good=RawDocument("a.xlsx", xlsx({"One": '<row><c t="str"><v>Which way?</v></c></row>'})),
        media_type=XLSX,
        words="Which way?",
        broken=(RawDocument("b.xlsx", b"PK\x03\x04"), RawDocument("c.xlsx", xlsx({"One": "<row>"}))),
    ),
    "pptx": extractor.Opening(
        extractor=PptxExtractor(),
        good=RawDocument("a.pptx", pptx(["<p><t>Which way?</t></p>"])),
        media_type=PPTX,
        words="Which way?",
        broken=(RawDocument("b.pptx", b"PK\x03\x04"), RawDocument("c.pptx", pptx(["<p>"]))),
    ),
    "odt": extractor.Opening(
        extractor=OpenDocumentExtractor(),
        good=RawDocument("a.odt", opendocument("text", "<p>Which way?</p>")),
        media_type=ODT,
        words="Which way?",
        broken=(RawDocument("b.odt", b"PK\x03\x04"), RawDocument("c.odt", opendocument("text", "<p>"))),
    ),
    "epub": extractor.Opening(
        extractor=EpubExtractor(),
        good=RawDocument("a.epub", epub({"one.xhtml": "<h1>One</h1><p>Which way?</p>"})),
        media_type=EPUB,
        words="Which way?",
        broken=(RawDocument("b.epub", b"PK\x05\x06"), RawDocument("c.epub", epub({}))),
    ),
    "pdf": extractor.Opening(
        extractor=PdfExtractor(),
        good=RawDocument("a.pdf", pdf(["Which way?"])),
        media_type=PDF,
        words="Which way?",
        broken=(RawDocument("b.pdf", b"%PDF-1.4 and nothing more"),),
    ),
    "picture": extractor.Opening(
        extractor=PictureExtractor(),
        good=RawDocument("a.png", PNG),
        media_type="image/png",
        words="1×1 pixels",
        broken=(RawDocument("b.png", PNG[:12]),),
    ),
    "fake": extractor.Opening(
        extractor=FakeExtractor({"a.txt": ("Which way?",)}),
        good=RawDocument("a.txt", b"Which way?"),
        media_type=PLAIN,
        words="Which way?",
        broken=(RawDocument("b.txt", b"?"),),
    ),
}


@pytest.mark.parametrize("law", extractor.LAWS)
@pytest.mark.parametrize("kind", OPENINGS)
async def test_every_extractor_keeps_the_laws(kind: str, law: extractor.Law) -> None:
    await law(OPENINGS[kind])


async def read_pdf(data: bytes, pages: frozenset[int] | None = None, *, pictures: bool = False) -> object:
    """The document, or the failure."""
    asked = Extraction(raw=RawDocument("a.pdf", data), media_type=PDF, pages=pages, page_pictures=pictures)
    read = await PdfExtractor().extract(asked)
    return read.unwrap() if isinstance(read, Success) else read.failure()


async def test_a_pdf_has_its_pages_its_title_and_a_warning_for_a_page_without_text() -> None:
    read = await read_pdf(pdf(["One (1)\nand more", "", "Three"], title="Points"))
    assert read == Document(
        name="a.pdf",
        media_type=PDF,
        passages=(Passage(text="One (1)\nand more", page=1), Passage(text="Three", page=3)),
        title="Points",
        page_count=3,
        warnings=("page 2 holds no text",),
    )


async def test_of_a_pdf_only_the_pages_are_read_that_are_asked_for() -> None:
    read = await read_pdf(pdf(["One", "Two", "Three"]), frozenset({2, 9}))
    assert isinstance(read, Document)
    assert (read.text, read.page_count) == ("Two", 3)
    assert isinstance(await read_pdf(pdf(["One"]), frozenset({9})), NoSuchPages)


async def test_a_scanned_pdf_is_told_and_can_be_had_as_pictures() -> None:
    scanned = pdf(["", ""])
    refused = await read_pdf(scanned)
    assert isinstance(refused, NoTextLayer)
    assert "its 2 pages are pictures" in str(refused)
    read = await read_pdf(scanned, pictures=True)
    assert isinstance(read, Document)
    assert [passage.page for passage in read.passages] == [1, 2]
    facts = image_facts(read.pictures[0].data).unwrap()
    assert (facts.media_type, facts.longest_edge) == ("image/png", 1100)


def test_a_word_document_has_headings_tables_and_notes_and_no_deleted_words() -> None:
    deleted = "<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:r><w:t>stays</w:t></w:r></w:p>"
    body = paragraph("Points", "Heading1") + deleted + table(("a", "b"), ("1", "2")) + paragraph("After")
    notes = f'<w:footnotes xmlns:w="w">{paragraph("A note.")}</w:footnotes>'
    core = '<cp xmlns:dc="d"><dc:title>On points</dc:title></cp>'
    raw = docx(body, **{"word__footnotes.xml": notes, "docProps__core.xml": core})
    read = read_docx(RawDocument("a.docx", raw)).unwrap()
    assert read.title == "On points"
    assert [(one.kind, one.text, one.heading) for one in read.passages] == [
        ("text", "# Points\n\nstays", ""),
        ("table", "a | b\n1 | 2", ""),
        ("text", "After", ""),
        ("text", "A note.", "Notes"),
    ]


def test_of_pictures_in_a_word_document_a_warning_is_given() -> None:
    raw = docx(paragraph("See."), **{"word__media__image1.png": b"x", "word__media__image2.png": b"x"})
    assert read_docx(RawDocument("a.docx", raw)).unwrap().warnings == ("its 2 pictures are left out",)


def test_a_book_has_its_chapters_in_the_order_of_its_spine_under_their_headings() -> None:
    chapters = {
        "b.xhtml": "<h1>The <i>first</i></h1><p>One.</p>",
        "a.xhtml": "<p>Two &amp; more.</p>",
        "c.xhtml": "<p/>",
    }
    read = read_epub(RawDocument("a.epub", epub(chapters, title="Of points"))).unwrap()
    assert read.title == "Of points"
    assert [(one.place, one.text) for one in read.passages] == [("The first", "# The first\nOne."), ("", "Two & more.")]


@pytest.mark.parametrize(
    ("data", "media_type", "text", "title"),
    [
        (b"# Points\n\nThat way.", MARKDOWN, "# Points\n\nThat way.", "Points"),
        (b"<title>P &amp; Q</title><h1>Hi</h1><script>x()</script><p>A<br>b", HTML, "P & Q\n# Hi\nA\nb", "P & Q"),
        (b'a;b\n1;"2\n3"\n\n', CSV, "a | b\n1 | 2 3", ""),
        (b"a\tb,c\n1\t2\n", TSV, "a | b,c\n1 | 2", ""),
        ("ä".encode("utf-16"), PLAIN, "ä", ""),
        (b"\xef\xbb\xbfx\ry", PLAIN, "x\ny", ""),
        ("Zug".encode("utf-16-le"), PLAIN, "Zug", ""),
        (b'<meta charset="iso-8859-5"><p>' + "Поезд".encode("iso-8859-5"), HTML, "Поезд", ""),
    ],
)
def test_text_is_read_in_whatever_form_it_comes(data: bytes, media_type: str, text: str, title: str) -> None:
    read = read_plain(RawDocument("a", data), media_type).unwrap()
    assert (read.text, read.title, read.warnings) == (text, title, ())


def test_text_that_is_not_utf_8_is_read_with_a_warning() -> None:
    read = read_plain(RawDocument("a.txt", "Zürich".encode("cp1252")), PLAIN).unwrap()
    assert read.text == "Zürich"
    assert read.warnings == ("it is not UTF-8; it is read as Windows-1252, so letters with accents may be wrong",)
