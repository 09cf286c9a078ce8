"""Fixed records of names in UTF-16, as old address books hold them: read, written, looked up.

Topics: encodings, binary, search
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from struct import calcsize, iter_unpack, pack

LAYOUT = "<IH24s"
SIZE = calcsize(LAYOUT)


@dataclass(frozen=True, order=True)
class Person:
    """Sorted by name."""

    name: str
    number: int
    born: int = 0


def write_records(people: Iterable[Person]) -> bytes:
    """The records, sorted by name; a name of more than 12 units of UTF-16 raises ValueError."""
    out = bytearray()
    for person in sorted(people):
        name = person.name.encode("utf-16-le")
        if len(name) > 24:
            raise ValueError(f"the name is too long: {person.name}")
        out.extend(pack(LAYOUT, person.number, person.born, name))
    return bytes(out)


def read_records(data: bytes) -> list[Person]:
    """The people in the records; raises ValueError if the last one is cut off."""
    if len(data) % SIZE:
        raise ValueError(f"{len(data) % SIZE} bytes are left over")
    return [
        Person(name.decode("utf-16-le").rstrip("\0"), number, born) for number, born, name in iter_unpack(LAYOUT, data)
    ]


def find(people: Sequence[Person], name: str) -> Person | None:
    """The first of that name in a sorted list, None if there is none."""
    place = bisect_left(people, name, key=lambda person: person.name)
    if place < len(people) and people[place].name == name:
        return people[place]
    return None


def starting_with(people: Sequence[Person], start: str) -> list[Person]:
    """All whose name starts so, in a sorted list."""
    first = bisect_left(people, start, key=lambda person: person.name)
    found = []
    for person in people[first:]:
        if not person.name.startswith(start):
            break
        found.append(person)
    return found
