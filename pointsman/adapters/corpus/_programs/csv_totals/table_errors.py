"""What can be wrong with a table."""


class MissingColumn(LookupError):
    """A column that the first line does not name."""

    def __init__(self, column: str) -> None:
        super().__init__(f"no column {column}")
        self.column = column


class BadCell(ValueError):
    """A cell that should hold a number."""

    def __init__(self, line: int, cell: str) -> None:
        super().__init__(f"line {line}: {cell!r} is no number")
        self.line = line
        self.cell = cell
