"""Collects paragraphs and the rows of tables into passages, within the characters that a document may have.

It knows no format. What repeats (a cell a million times, as OpenDocument writes it) is counted before it is made.
"""

from __future__ import annotations

import attrs

from pointsman.core.documents.document import Passage
from pointsman.services.ports.extractor import MOST_CHARACTERS

_COST_OF_PIECE = 8
"""Characters that a piece of text counts beside its own, for what it takes in memory."""
_BETWEEN = " | "
_MOST_COLUMNS = 16_384
_MOST_ROWS = 1_048_576
"""What spreadsheets have at most; files may claim more."""


class PassageBuilder:
    """Takes text, ends of paragraphs, cells, rows and tables, in their order. A table within one is text of it."""

    def __init__(self) -> None:
        self._left = MOST_CHARACTERS
        self._passages: list[Passage] = []
        self._paragraphs: list[str] = []
        self._pieces: list[str] = []
        self._cell: list[str] = []
        self._cells: list[str] = []
        self._gap = 0
        self._rows: list[str] = []
        self._depth = 0

    @property
    def is_over(self) -> bool:
        """Whether there is more text than is read; what came after that was not collected."""
        return self._left < 0

    def add(self, said: str) -> None:
        """Text of the paragraph under way."""
        if self._spend(len(said) + _COST_OF_PIECE):
            self._pieces.append(said)

    def close_paragraph(self, mark: str = "") -> None:
        """End it; `mark` stands before it, as `## ` before a heading."""
        said = "".join(self._pieces).strip()
        self._pieces = []
        if said:
            (self._cell if self._depth else self._paragraphs).append(said if self._depth else mark + said)

    def open_table(self) -> None:
        """What follows stands in a table."""
        self._depth += 1
        if self._depth == 1:
            self._close_text()

    def close_cell(self, times: int = 1) -> None:
        """End a cell that stands there so many times. Empty ones count only before one that is not."""
        if self._depth != 1:
            return
        said = " ".join(" ".join(self._cell).split())
        self._cell = []
        if not said:
            self._gap = min(self._gap + times, _MOST_COLUMNS)
            return
        times = min(times, _MOST_COLUMNS)
        if self._spend((self._gap + times) * len(_BETWEEN) + (times - 1) * len(said)):
            self._cells += [""] * self._gap + [said] * times
        self._gap = 0

    def close_row(self, times: int = 1) -> None:
        """End a row that stands there so many times; empty ones are left out."""
        if self._depth != 1:
            return
        row, times = _BETWEEN.join(self._cells), min(times, _MOST_ROWS)
        self._cells, self._gap = [], 0
        if row and self._spend((times - 1) * (len(row) + 1)):
            self._rows += [row] * times

    def close_table(self) -> None:
        """End the table."""
        self._depth -= 1
        if self._depth == 0:
            if self._rows:
                self._passages.append(Passage(kind="table", text="\n".join(self._rows)))
            self._rows = []

    def take(self, *, page: int | None = None, heading: str = "") -> list[Passage]:
        """What was collected since the last time, as what stands on `page` or under `heading`."""
        self._close_text()
        taken, self._passages = self._passages, []
        return [attrs.evolve(passage, page=page, heading=heading) for passage in taken]

    def _spend(self, characters: int) -> bool:
        """Count so many; whether there is room for them."""
        self._left -= characters
        return self._left >= 0

    def _close_text(self) -> None:
        if self._paragraphs:
            self._passages.append(Passage(text="\n\n".join(self._paragraphs)))
        self._paragraphs = []
