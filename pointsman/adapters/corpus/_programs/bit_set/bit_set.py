"""Sets of small numbers as bits of one number: rights of users, days of a week, free places.

Topics: bits, sets
"""

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_

RIGHTS = ("read", "write", "delete", "share", "admin")


class BitSet:
    """An immutable set of numbers from 0 on."""

    def __init__(self, members: Iterable[int] = (), bits: int = 0) -> None:
        self.bits = reduce(or_, (1 << member for member in members), bits)

    def __contains__(self, member: int) -> bool:
        return bool(self.bits >> member & 1)

    def __iter__(self) -> Iterator[int]:
        bits, place = self.bits, 0
        while bits:
            if bits & 1:
                yield place
            bits >>= 1
            place += 1

    def __len__(self) -> int:
        return self.bits.bit_count()

    def with_members(self, *members: int) -> "BitSet":
        """A set with these as well."""
        return BitSet(members, self.bits)

    def without(self, *members: int) -> "BitSet":
        """A set without these."""
        return BitSet((), self.bits & ~BitSet(members).bits)

    def common(self, other: "BitSet") -> "BitSet":
        """What is in both."""
        return BitSet((), self.bits & other.bits)

    def is_part_of(self, other: "BitSet") -> bool:
        """Whether all is in the other one, too."""
        return self.bits & other.bits == self.bits

    def first_free(self, size: int) -> int | None:
        """The smallest number below size that is not in it."""
        free = ~self.bits & (1 << size) - 1
        return (free & -free).bit_length() - 1 if free else None


def read_rights(text: str) -> BitSet:
    """Rights from `read,write` or `all,-admin`; raises KeyError for an unknown one."""
    rights = BitSet()
    for part in filter(None, (one.strip() for one in text.split(","))):
        name = part.removeprefix("-")
        try:
            numbers = range(len(RIGHTS)) if name == "all" else [RIGHTS.index(name)]
        except ValueError as error:
            raise KeyError(name) from error
        rights = rights.without(*numbers) if part.startswith("-") else rights.with_members(*numbers)
    return rights
