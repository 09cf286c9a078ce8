"""Documents that the tests make: the smallest that their formats allow, and broken ones."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

CONTENT_TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf(pages: Sequence[str], *, title: str = "", encrypt: bool = False) -> bytes:
    """A PDF of these texts, a page each, lines by newline; a page without text has a grey square on it."""
    kids = " ".join(f"{5 + 2 * number} 0 R" for number in range(len(pages)))
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Title ({title}) >>".encode(),
    ]
    for number, text in enumerate(pages):
        resources = "<< /Font << /F1 3 0 R >> >>"
        page = f"/MediaBox [0 0 612 792] /Contents {6 + 2 * number} 0 R /Resources {resources}"
        bodies.append(f"<< /Type /Page /Parent 2 0 R {page} >>".encode())
        shown = _lines(text) if text else b"0.5 g 100 100 200 200 re f"
        bodies.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(shown), shown))
    return _file(
        bodies, b" /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O %b /U %b >>" % (KEY, KEY) if encrypt else b""
    )


KEY = b"<" + b"41" * 32 + b">"


def _lines(text: str) -> bytes:
    lines = (line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in text.split("\n"))
    return b"BT /F1 9 Tf 40 760 Td 11 TL " + b" ".join(f"({line}) Tj T*".encode("latin-1") for line in lines) + b" ET"


def _file(bodies: Sequence[bytes], more: bytes) -> bytes:
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer << /Size %d /Root 1 0 R /Info 4 0 R /ID [<41> <41>]%b >>" % (len(bodies) + 1, more)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    return out + head + table + trailer + b"\nstartxref\n%d\n%%%%EOF\n" % len(out)


def archive(files: Mapping[str, str | bytes], *, first: str = "") -> bytes:
    """A ZIP archive; `first` is stored as its `mimetype`, unpacked, as EPUB wants it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as written:
        if first:
            written.writestr("mimetype", first, zipfile.ZIP_STORED)
        for name, data in files.items():
            written.writestr(name, data)
    return stream.getvalue()


def docx(body: str, **more: str | bytes) -> bytes:
    """A Word document with `body` in its `w:body`; `more` are further files, `__` for `/`."""
    document = f'<?xml version="1.0"?><w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    others = {name.replace("__", "/"): data for name, data in more.items()}
    return archive({"[Content_Types].xml": CONTENT_TYPES, "word/document.xml": document, **others})


def paragraph(text: str, style: str = "") -> str:
    """A paragraph of Word."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"


def table(*rows: Sequence[str]) -> str:
    """A table of Word."""
    cells = ("".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"


def epub(chapters: Mapping[str, str], *, title: str = "Points", **more: str | bytes) -> bytes:
    """A book of these chapters, by their file names; `more` are further files, `__` for `/`."""
    items = "".join(
        f'<item id="c{number}" href="{name}" media-type="application/xhtml+xml"/>'
        for number, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(len(chapters)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<metadata><dc:title>{title}</dc:title></metadata><manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    container = '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
    files = {f"OEBPS/{name}": text for name, text in chapters.items()}
    others = {name.replace("__", "/"): data for name, data in more.items()}
    whole = {"META-INF/container.xml": container, "OEBPS/book.opf": package, **files, **others}
    return archive(whole, first="application/epub+zip")


def relations(**parts: str) -> str:
    """The relations of a part: kind and target of each, by `kind_id`."""
    rows = "".join(f'<Relationship Id="{id}" Type="x/{id.split("_")[0]}" Target="{to}"/>' for id, to in parts.items())
    return f"<Relationships>{rows}</Relationships>"


def xlsx(sheets: Mapping[str, str], *, strings: str = "", styles: str = "", **more: str | bytes) -> bytes:
    """A workbook of these sheets: of each its rows in XML. `strings` and `styles` are what stands in those parts."""
    listed = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="worksheet_{n}"/>' for n, name in enumerate(sheets))
    parts = {f"worksheet_{n}": f"worksheets/{n}.xml" for n in range(len(sheets))}
    others = {name.replace("__", "/"): data for name, data in more.items()}
    return archive(
        {
            "xl/workbook.xml": f'<workbook xmlns:r="urn:r"><sheets>{listed}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations(**parts, sharedStrings_s="/xl/strings.xml", styles_s="styles.xml"),
            "xl/strings.xml": f"<sst>{strings}</sst>",
            "xl/styles.xml": f"<styleSheet>{styles}</styleSheet>",
            **{
                f"xl/worksheets/{n}.xml": f"<worksheet><sheetData>{rows}</sheetData></worksheet>"
                for n, rows in enumerate(sheets.values())
            },
            **others,
        }
    )


def pptx(slides: Sequence[str], *, notes: str = "", **more: str | bytes) -> bytes:
    """A presentation of these slides, in XML, the last in the archive first; `notes` are those of the first slide."""
    listed = "".join(f'<sldId r:id="slide_{n}" id="{256 + n}"/>' for n in range(len(slides)))
    again = "<extLst><sldIdLst><sldId id='256'/></sldIdLst></extLst>"
    parts = {f"slide_{n}": f"slides/{n}.xml" for n in range(len(slides))}
    others = {name.replace("__", "/"): data for name, data in more.items()}
    if notes:
        others["ppt/slides/_rels/0.xml.rels"] = relations(notesSlide_1="../notesSlides/1.xml")
        others["ppt/notesSlides/1.xml"] = f"<notes>{notes}</notes>"
    return archive(
        {
            "ppt/presentation.xml": f'<deck xmlns:r="urn:r"><sldIdLst>{listed}</sldIdLst>{again}</deck>',
            "ppt/_rels/presentation.xml.rels": relations(**parts),
            **{f"ppt/slides/{n}.xml": f"<sld>{slides[n]}</sld>" for n in reversed(range(len(slides)))},
            **others,
        }
    )


def opendocument(kind: str, body: str, **more: str | bytes) -> bytes:
    """An OpenDocument file of the `kind` (`text`, `spreadsheet`, `presentation`) with `body` in it."""
    others = {name.replace("__", "/"): data for name, data in more.items()}
    return archive(
        {"content.xml": f"<document-content><body>{body}</body></document-content>", **others},
        first=f"application/vnd.oasis.opendocument.{kind}",
    )
