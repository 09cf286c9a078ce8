"""Workbooks, presentations and OpenDocument files: what is read of good ones, and a sentence for each odd one."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from returns.methods import unwrap_or_failure

from pointsman.adapters.extract.packed import MOST_UNPACKED
from pointsman.core.documents.chunk import split_document
from pointsman.core.documents.document import Document, Passage, RawDocument
from pointsman.core.documents.document_error import DocumentFault
from pointsman.core.effect import settle
from pointsman.layers.documents import document_reader
from pointsman.services.documents.document_reader import ReadingOptions
from tests.adapters.extract.samples import archive, opendocument, pptx, xlsx

ROWS = (
    '<row><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>Day</t></is></c></row><row r="2"/>'
    '<row><c r="A3"><v>1.5</v></c><c r="B3" t="b"><v>1</v></c><c r="C3" s="1"><v>45292</v></c></row>'
    '<row><c r="A4" t="str"><f>A1</f><v>Point</v></c><c r="C4" s="2"><v>45292.5</v></c>'
    '<c r="D4" t="e"><v>#N/A</v></c></row>'
)
STRINGS = "<si><r><t>Po</t></r><r><t>int</t></r><rPh><t>ポ</t></rPh></si>"
STYLES = (
    '<numFmts><numFmt numFmtId="170" formatCode="[$-409]d\\ mmm hh:mm"/></numFmts><cellStyleXfs><xf numFmtId="14"/>'
    '</cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/></cellXfs>'
)
CELL = '<c t="str"><v>way</v></c>'


async def read(name: str, data: bytes, pages: frozenset[int] | None = None) -> Document | DocumentFault:
    """The document, or what is wrong with it."""
    got = unwrap_or_failure(await settle(document_reader().read(RawDocument(name, data), ReadingOptions(pages=pages))))
    assert isinstance(got, Document | DocumentFault)
    return got


async def test_a_workbook_is_a_table_for_each_sheet_with_its_gaps_and_dates() -> None:
    data = xlsx({"Points": ROWS, "Empty": "", "More": f"<row>{CELL}</row>"}, strings=STRINGS, styles=STYLES)
    got = await read("a.xlsx", data)
    assert isinstance(got, Document)
    shown = "Point |  | Day\n1.5 | TRUE | 2024-01-01\nPoint |  | 2024-01-01 12:00 | #N/A"
    assert got.passages == (
        Passage(kind="table", text=shown, heading="Points"),
        Passage(kind="table", text="way", heading="More"),
    )


async def test_a_table_that_is_cut_has_its_first_row_again() -> None:
    head = '<row><c t="str"><v>which</v></c></row>'
    got = await read("a.xlsx", xlsx({"Points": head + f"<row>{CELL}</row>" * 200}))
    assert isinstance(got, Document)
    chunks = split_document(got, 60)
    assert len(chunks) > 2
    assert all(chunk.text.startswith("[Points]\nwhich\nway") for chunk in chunks)
    assert sum(chunk.text.count("way") for chunk in chunks) == 200


async def test_slides_are_pages_in_the_order_in_which_they_are_shown() -> None:
    table = "<tbl><tr><tc><p><t>a</t></p></tc><tc><p><t>b</t></p></tc></tr></tbl>"
    first = f"<p><r><t>Which</t></r><br/><r><t>way?</t></r></p>{table}<p><fld><t>1</t></fld></p>"
    notes = "<p><t>Ask him.</t></p>"
    data = pptx([first, "<p><t>That way.</t></p>"], notes=notes, ppt__media__1="x", docProps__core="x")
    got = await read("a.pptx", data)
    assert isinstance(got, Document)
    assert (got.page_count, got.warnings) == (2, ("its 1 picture is left out",))
    assert got.passages == (
        Passage(text="Which\nway?", page=1),
        Passage(kind="table", text="a | b", page=1),
        Passage(text="Notes: Ask him.", page=1),
        Passage(text="That way.", page=2),
    )
    second = await read("a.pptx", data, frozenset({2}))
    assert isinstance(second, Document)
    assert second.text == "That way."
    assert "2 slides" in str(await read("a.pptx", data, frozenset({3})))


async def test_an_opendocument_text_has_headings_notes_and_tables() -> None:
    note = "<note><note-citation>1</note-citation><note-body><p>Mind it.</p></note-body></note>"
    table = '<table name="Sums"><table-row><table-cell><p>a</p></table-cell></table-row></table>'
    gone = "<tracked-changes><p>Deleted.</p></tracked-changes>"
    body = (
        f'{gone}<h outline-level="2">Points</h><p>One<s c="2"/>way{note}.<annotation><p>?</p></annotation></p>{table}'
    )
    got = await read("a.odt", opendocument("text", body, **{"meta.xml": "<m><title>On  points</title></m>"}))
    assert isinstance(got, Document)
    assert got.title == "On points"
    assert got.passages == (
        Passage(text="## Points\n\nOne  way (Note: Mind it.)."),
        Passage(kind="table", text="a", heading="Sums"),
    )


async def test_repeated_cells_and_rows_stand_as_often_as_they_are_seen() -> None:
    cell = '<table-cell number-columns-repeated="2"><p>x</p></table-cell>'
    rest = '<table-cell number-columns-repeated="16382"/>'
    blank = f'<table-row number-rows-repeated="1048574">{rest}</table-row>'
    body = f'<table name="One"><table-row number-rows-repeated="2">{cell}{rest}</table-row>{blank}</table>'
    got = await read("a.ods", opendocument("spreadsheet", body))
    assert isinstance(got, Document)
    assert got.passages == (Passage(kind="table", text="x | x\nx | x", heading="One"),)


async def test_opendocument_slides_are_pages() -> None:
    body = "<page><p>One</p><notes><page-thumbnail/><p>Ask.</p></notes></page><page><p>Two</p></page>"
    got = await read("a.odp", opendocument("presentation", body))
    assert isinstance(got, Document)
    assert [(one.page, one.text) for one in got.passages] == [(1, "One\n\nNotes: Ask."), (2, "Two")]
    second = await read("a.odp", opendocument("presentation", body), frozenset({2}))
    assert isinstance(second, Document)
    assert (second.text, second.page_count) == ("Two", 2)


LOCKED = {"META-INF/manifest.xml": "<manifest><file-entry><encryption-data/></file-entry></manifest>"}
BILLION = '<table-row number-rows-repeated="999999999"><table-cell number-columns-repeated="999999999"><p>x</p>'
ODD = {
    "cut workbook": ("a.xlsx", xlsx({"One": ROWS})[:-40], "DamagedDocument", "archive is cut or damaged"),
    "workbook of nothing": ("a.xlsx", xlsx({}), "EmptyDocument", "holds no text"),
    "workbook without its book": ("a.xlsx", archive({"xl/workbook.xml": ""}), "DamagedDocument", "XML is cut"),
    "workbook without its sheet": (
        "a.xlsx",
        archive({"xl/workbook.xml": '<w><sheet name="One" id="r1"/></w>'}),
        "DamagedDocument",
        "sheets that are not in it",
    ),
    "entities in a workbook": (
        "a.xlsx",
        archive({"xl/workbook.xml": '<!DOCTYPE w [<!ENTITY a "b">]><w>&a;</w>'}),
        "DamagedDocument",
        "defines entities",
    ),
    "one string in every cell": (
        "a.xlsx",
        xlsx({"One": "<row>" + '<c t="s"><v>0</v></c>' * 170 + "</row>"}, strings=f"<si><t>{'x' * 100_000}</t></si>"),
        "DocumentTooLarge",
        "more than 16 million characters",
    ),
    "locked workbook": (
        "a.xlsx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        "EncryptedDocument",
        "with a password",
    ),
    "no workbook": ("a.xlsx", b"\x00\x01\x02\x03" * 90, "MislabelledDocument", "named like an Excel workbook"),
    "slides of nothing": ("a.pptx", pptx([]), "EmptyDocument", "holds no text"),
    "slides that are missing": (
        "a.pptx",
        archive({"ppt/presentation.xml": '<p><sldId id="r1"/></p>'}),
        "DamagedDocument",
        "slides that are not in it",
    ),
    "locked text": ("a.odt", opendocument("text", "", **LOCKED), "EncryptedDocument", "with a password"),
    "table of billions": (
        "a.ods",
        opendocument("spreadsheet", f"<table>{BILLION}</table-cell></table-row></table>"),
        "DocumentTooLarge",
        "more than 16 million characters",
    ),
    "deep text": ("a.odt", opendocument("text", "<p>" * 300 + "</p>" * 300), "DamagedDocument", "nested"),
    "empty text": ("a.odt", opendocument("text", ""), "EmptyDocument", "holds no text"),
    "text without content": (
        "a.odt",
        archive({}, first="application/vnd.oasis.opendocument.text"),
        "DamagedDocument",
        "no content",
    ),
}


@pytest.mark.parametrize("name", ODD)
async def test_what_cannot_be_read_is_told_in_one_sentence(name: str) -> None:
    called, data, tag, words = ODD[name]
    error = await read(called, data)
    assert isinstance(error, DocumentFault), error
    assert (error.tag, words in str(error), "\n" in str(error)) == (tag, True, False), str(error)


async def test_a_workbook_named_like_a_text_is_read_by_its_content_with_a_warning() -> None:
    got = await read("a.docx", xlsx({"One": f"<row>{CELL}</row>"}))
    assert isinstance(got, Document)
    assert got.warnings == ("it is named like a Word document, and is an Excel workbook; it is read as that",)


async def test_a_workbook_that_unpacks_without_end_is_too_large() -> None:
    stream = BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed,
        packed.open("xl/workbook.xml", "w") as file,
    ):
        for _ in range((MOST_UNPACKED >> 20) + 1):
            file.write(bytes(2**20))
    error = await read("a.xlsx", stream.getvalue())
    assert isinstance(error, DocumentFault)
    assert (error.tag, "more than 128 MB" in str(error)) == ("DocumentTooLarge", True)
