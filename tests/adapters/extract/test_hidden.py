"""What a document holds and does not show, or shows and is not read: marked, so that nobody takes it for the rest."""

from __future__ import annotations

from pointsman.core.documents.document import Document
from tests.adapters.extract.samples import opendocument, pptx, xlsx
from tests.adapters.extract.test_office import CELL, read

BOOK = (
    '<workbook xmlns:r="urn:r"><sheets><sheet name="Open" r:id="worksheet_0"/>'
    '<sheet name="Wages" r:id="worksheet_1" state="{}"/></sheets></workbook>'
)


async def test_a_hidden_sheet_says_so_in_its_heading() -> None:
    rows = {"Open": f"<row>{CELL}</row>", "Wages": f"<row>{CELL}</row>"}
    for state in ("hidden", "veryHidden"):
        got = await read("a.xlsx", xlsx(rows, **{"xl__workbook.xml": BOOK.format(state)}))
        assert isinstance(got, Document)
        assert [passage.heading for passage in got.passages] == ["Open", "Wages (hidden sheet)"]


async def test_a_hidden_table_of_an_opendocument_says_so_in_its_heading() -> None:
    styles = (
        '<style name="ta1"><table-properties display="true"/></style>'
        '<style name="ta2"><table-properties display="false"/></style>'
    )
    cell = "<table-row><table-cell><p>x</p></table-cell></table-row>"
    tables = f'<table name="Open" style-name="ta1">{cell}</table><table name="Wages" style-name="ta2">{cell}</table>'
    got = await read("a.ods", opendocument("spreadsheet", styles + tables))
    assert isinstance(got, Document)
    assert [passage.heading for passage in got.passages] == ["Open", "Wages (hidden sheet)"]


async def test_a_hidden_slide_says_so_and_its_neighbours_do_not() -> None:
    hidden = '<sld show="0"><p><t>Not today.</t></p></sld>'
    got = await read("a.pptx", pptx(["", "<p><t>Hello.</t></p>"], **{"ppt__slides__0.xml": hidden}))
    assert isinstance(got, Document)
    assert [(one.page, one.heading, one.text) for one in got.passages] == [
        (1, "Hidden slide", "Not today."),
        (2, "", "Hello."),
    ]


async def test_charts_are_counted_in_a_warning_beside_pictures() -> None:
    rows = {"One": f"<row>{CELL}</row>"}
    more = {"xl__charts__chart1.xml": "<c/>", "xl__charts__chart2.xml": "<c/>", "xl__charts__style1.xml": "<c/>"}
    got = await read("a.xlsx", xlsx(rows, **more, xl__media__image1="x"))
    assert isinstance(got, Document)
    assert got.warnings == ("its 1 picture is left out", "its 2 charts are left out")
    odt = await read("a.odt", opendocument("text", "<p>x</p>", **{"Object 1__content.xml": "<c/>"}))
    assert isinstance(odt, Document)
    assert odt.warnings == ("its 1 chart is left out",)
