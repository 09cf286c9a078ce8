"""Why a booking is refused."""

from decimal import Decimal


class Refused(Exception):
    """Any of the reasons."""


class NotOpen(Refused):
    """There is no account of that name."""


class WrongAmount(Refused):
    """Not positive, or parts of cents."""


class NotCovered(Refused):
    """The account may not owe that much."""

    def __init__(self, name: str, missing: Decimal) -> None:
        super().__init__(f"{name} lacks {missing}")
        self.missing = missing
