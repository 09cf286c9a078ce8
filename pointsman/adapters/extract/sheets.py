"""Excel workbooks (ECMA-376): each sheet a table under its name, dates as dates, formulas as last computed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

import anyio.to_thread
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.extract.open_packaging import read_relations, read_title, warn_of_pictures
from pointsman.adapters.extract.packed import Archive, parse_xml
from pointsman.adapters.extract.passage_builder import PassageBuilder
from pointsman.adapters.extract.plain import too_long
from pointsman.core.documents.document import Document, Passage
from pointsman.core.documents.document_error import DamagedDocument, DocumentError
from pointsman.core.documents.media_kind import XLSX
from pointsman.services.ports.extractor import MOST_CHARACTERS, Extraction

_MAIN, _STRINGS, _STYLES = "xl/workbook.xml", "sharedStrings", "styles"
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Numbers of the formats of dates and times that every Excel has."""
_NOT_FORMAT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')
"""What in a format is shown as it stands."""
_FIRST_DAY, _FIRST_DAY_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
_MOST_DAYS = 2_900_000
_COST_OF_STRING = 64
HIDDEN_SHEET = " (hidden sheet)"
"""Stands after the name of one that its makers do not show: who reads on should know."""
_CELL = re.compile(r"([A-Z]{1,3})[0-9]")


@attrs.frozen
class XlsxExtractor:
    """Reads Excel workbooks."""

    media_types: frozenset[str] = frozenset({XLSX})

    async def extract(self, asked: Extraction) -> Result[Document, DocumentError]:
        """As `Extractor.extract`. It is linear, and its memory bounded by what is unpacked."""
        return await anyio.to_thread.run_sync(read_xlsx, asked)


def read_xlsx(asked: Extraction) -> Result[Document, DocumentError]:
    """The workbook in `asked.raw`."""
    return Archive.of(asked.raw).bind(_read)


def _read(archive: Archive) -> Result[Document, DocumentError]:
    book = _Workbook()
    related = _parse(archive, _MAIN, book).bind(lambda _: read_relations(archive, _MAIN))
    if isinstance(related, Failure):
        return Failure(related.failure())
    paths = {relation.kind: relation.path for relation in related.unwrap().values()}
    strings, styles = _Strings(), _Styles()
    for kind, reader in ((_STRINGS, strings), (_STYLES, styles)):
        if kind in paths:
            parsed = _parse(archive, paths[kind], reader)
            if isinstance(parsed, Failure):
                return Failure(parsed.failure())
    if strings.left < 0:
        return Failure(too_long(archive.name))
    built, passages = PassageBuilder(), list[Passage]()
    for name, id in book.sheets:
        relation = related.unwrap().get(id)
        if relation is None:
            return Failure(DamagedDocument(source=archive.name, detail="it names sheets that are not in it"))
        if relation.kind != "worksheet":
            continue  # a chart, or a dialogue of before 1997
        sheet = _Sheet(built, strings.texts, styles.dates, book.first_day)
        parsed = _parse(archive, relation.path, sheet)
        if isinstance(parsed, Failure):
            return Failure(parsed.failure())
        if built.is_over:
            return Failure(too_long(archive.name))
        passages += built.take(heading=name)
    warnings = warn_of_pictures(archive, "xl/media/")
    return Success(
        Document(
            name=archive.name,
            media_type=XLSX,
            passages=tuple(passages),
            title=read_title(archive),
            warnings=warnings,
        )
    )


def _parse(archive: Archive, path: str, reader: _Workbook | _Strings | _Styles | _Sheet) -> Result[None, DocumentError]:
    return archive.read(path).bind(lambda data: parse_xml(archive.name, data, reader.start, reader.end, reader.text))


@attrs.define
class _Workbook:
    """The names and ids of the sheets, hidden ones marked, and the day from which dates are counted."""

    sheets: list[tuple[str, str]] = attrs.field(factory=list)
    first_day: datetime = _FIRST_DAY

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "sheet":
            mark = HIDDEN_SHEET if attributes.get("state") in ("hidden", "veryHidden") else ""
            self.sheets.append((attributes.get("name", "") + mark, attributes.get("id", "")))
        elif tag == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            self.first_day = _FIRST_DAY_1904

    def end(self, tag: str) -> None:
        """Nothing is open."""

    def text(self, said: str) -> None:
        """It has none."""


@attrs.define
class _Strings:
    """The texts that cells name by number. How Japanese is pronounced (`rPh`) is no part of them."""

    texts: list[str] = attrs.field(factory=list)
    left: int = 4 * MOST_CHARACTERS
    _pieces: list[str] = attrs.field(factory=list)
    _in_text: bool = False
    _skipped: int = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._skipped += tag == "rPh"
        self._in_text = tag == "t" and not self._skipped

    def end(self, tag: str) -> None:
        self._skipped -= tag == "rPh"
        self._in_text = False
        if tag == "si":
            self.left -= _COST_OF_STRING
            if self.left >= 0:
                self.texts.append("".join(self._pieces))
            self._pieces = []

    def text(self, said: str) -> None:
        if self._in_text:
            self.left -= len(said)
            if self.left >= 0:
                self._pieces.append(said)


@attrs.define
class _Styles:
    """Which of the styles of cells show a date or a time."""

    dates: list[bool] = attrs.field(factory=list)
    _formats: dict[str, str] = attrs.field(factory=dict)
    _in_cells: bool = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "numFmt":
            self._formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            self._in_cells = True
        elif tag == "xf" and self._in_cells:
            self.dates.append(self._is_date(attributes.get("numFmtId", "")))

    def end(self, tag: str) -> None:
        self._in_cells = self._in_cells and tag != "cellXfs"

    def text(self, said: str) -> None:
        """It has none."""

    def _is_date(self, number: str) -> bool:
        if number in self._formats:
            shown = _NOT_FORMAT.sub("", self._formats[number]).lower()
            return "general" not in shown and any(letter in shown for letter in "ymdhs")
        return number in _DATES


_DATES = frozenset(map(str, _DATE_FORMATS))


@attrs.define
class _Sheet:
    """Tells a builder the cells of a sheet, each in its column."""

    _built: PassageBuilder
    _strings: list[str]
    _dates: list[bool]
    _first_day: datetime
    _kind: str = ""
    _style: str = ""
    _column: int = 0
    """How many cells of the row are told."""
    _value: list[str] = attrs.field(factory=list)
    _in_value: bool = False
    _skipped: int = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._skipped += tag == "rPh"
        self._in_value = tag in ("v", "t") and not self._skipped
        if tag == "sheetData":
            self._built.open_table()
        elif tag == "row":
            self._column = 0
        elif tag == "c":
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
            gap = _column_of(attributes.get("r", "")) - self._column - 1
            if gap > 0:
                self._built.close_cell(gap)
                self._column += gap

    def end(self, tag: str) -> None:
        self._skipped -= tag == "rPh"
        self._in_value = False
        if tag == "c":
            said = self._display("".join(self._value))
            self._value = []
            if said:
                self._built.add(said)
                self._built.close_paragraph()
            self._built.close_cell()
            self._column += 1
        elif tag == "row":
            self._built.close_row()
        elif tag == "sheetData":
            self._built.close_table()

    def text(self, said: str) -> None:
        if self._in_value and not self._built.is_over:
            self._value.append(said)

    def _display(self, value: str) -> str:
        """The cell as a person sees it, but for the digits and signs of its format."""
        if self._kind == "s":
            number = _index(value)
            return self._strings[number] if number is not None and number < len(self._strings) else ""
        if self._kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(value, value)
        style = _index(self._style)
        if self._kind == "n" and style is not None and style < len(self._dates) and self._dates[style]:
            return _date(value, self._first_day)
        return value


def _column_of(reference: str) -> int:
    """The number of the column in `AB12`, from 1; 0 where it is not said."""
    found = _CELL.match(reference)
    number = 0
    for letter in found[1] if found else "":
        number = number * 26 + ord(letter) - 64
    return number


def _index(said: str) -> int | None:
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else None


def _date(value: str, first_day: datetime) -> str:
    """`2024-01-31`, `2024-01-31 13:30` or `13:30`, of the days and parts of days since the first."""
    try:
        days = float(value)
    except ValueError:
        return value
    if not 0 <= days < _MOST_DAYS:
        return value
    moment = first_day + timedelta(seconds=round(days * 86_400))
    clock = f"{moment:%H:%M:%S}".removesuffix(":00")
    if days < 1:
        return clock
    return f"{moment:%Y-%m-%d}" if days == int(days) else f"{moment:%Y-%m-%d} {clock}"
