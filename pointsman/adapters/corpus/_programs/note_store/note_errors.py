"""What can go wrong with notes."""


class NoSuchNote(KeyError):
    """No note has this number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class BrokenStore(ValueError):
    """A line of the file is no JSON."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} cannot be read")
        self.line = line
