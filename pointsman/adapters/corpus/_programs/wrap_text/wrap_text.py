"""Texts broken into lines, set in columns, and cut to a width.

Topics: text, formatting
"""

from collections.abc import Sequence


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` signs; a longer word stands alone. Empty lines part paragraphs."""
    if width < 1:
        raise ValueError("a line has at least one sign")
    lines: list[str] = []
    for paragraph in text.strip().split("\n\n"):
        if lines:
            lines.append("")
        line = ""
        for word in paragraph.split():
            if line and len(line) + 1 + len(word) > width:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
    return lines


def columns(rows: Sequence[Sequence[object]], gap: int = 2) -> list[str]:
    """Rows with their cells below each other: numbers at the right, all else at the left."""
    cells = [[str(cell) for cell in row] for row in rows]
    right = [[isinstance(cell, int | float) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    lines = []
    for row, numbers in zip(cells, right, strict=True):
        parts = [
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(row, widths, numbers, strict=True)
        ]
        lines.append((" " * gap).join(parts).rstrip())
    return lines


def shorten(text: str, width: int) -> str:
    """`text` in one line of at most `width` signs, cut between words where that is possible."""
    line = " ".join(text.split())
    if len(line) <= width:
        return line
    head = line[: width - 1]
    if " " in head and line[width - 1] != " ":
        head = head.rpartition(" ")[0]
    return head.rstrip(" ,;") + "…"
