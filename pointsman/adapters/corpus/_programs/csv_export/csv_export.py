"""Tables written as CSV: cells quoted where needed, formulas disarmed, written in parts.

Topics: files, text, encodings
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

Cell = str | int | float | bool | None


def write_cell(value: Cell, separator: str = ",") -> str:
    """The cell as text; quoted if it holds the separator, a quote, an end of line, or blanks at its ends."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    if isinstance(value, str) and text[:1] in ("=", "+", "-", "@") and len(text) > 1:
        text = "'" + text
    if any(sign in text for sign in (separator, '"', "\n", "\r")) or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text


def write_row(cells: Iterable[Cell], separator: str = ",") -> str:
    """One line with its end."""
    return separator.join(write_cell(cell, separator) for cell in cells) + "\r\n"


def export(path: Path, names: Sequence[str], rows: Iterable[Sequence[Cell]], separator: str = ",") -> int:
    """Write the table, with a byte order mark for spreadsheets; the number of rows.

    A row with more or fewer cells than there are names raises ValueError, and what was there before is kept.
    """
    count = 0
    part = path.with_suffix(".part")
    try:
        with open(part, "w", encoding="utf-8-sig", newline="") as file:
            file.write(write_row(names, separator))
            for row in rows:
                if len(row) != len(names):
                    raise ValueError(f"row {count + 1} has {len(row)} cells")
                file.write(write_row(row, separator))
                count += 1
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count
