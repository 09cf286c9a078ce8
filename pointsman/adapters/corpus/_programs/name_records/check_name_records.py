"""Checks of records."""

from name_records import SIZE, Person, find, read_records, starting_with, write_records


class Name(str):
    """A name that counts how often names are compared."""

    compared = 0

    def __lt__(self, other: str) -> bool:
        Name.compared += 1
        return str.__lt__(self, other)

    def __eq__(self, other: object) -> bool:
        Name.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__

    def startswith(self, *start: object) -> bool:
        Name.compared += 1
        return str.startswith(self, str(start[0]))


def rows(people: list[Person]) -> list[tuple[str, int, int]]:
    return [(person.name, person.number, person.born) for person in people]


def check_written() -> object:
    return [SIZE, write_records([Person("é€", 1, 2)]), write_records([])]


def check_read() -> object:
    people = [
        Person("Zoë", 70000, 1990),
        Person("Ann", 4294967295, 65535),
        Person("Ann", 3),
        Person("", 0),
        Person("😀", 9),
    ]
    return rows(read_records(write_records(people)))


def check_length_of_names() -> object:
    found = []
    for name in ("abcdefghijkl", "abcdefghijklm", "äöüäöüäöüäöü", "😀" * 6, "😀" * 6 + "a"):
        try:
            found.append(rows(read_records(write_records([Person(name, 1)])))[0][0])
        except ValueError as error:
            found.append(type(error).__name__)
    return found


def check_cut_off() -> object:
    data = write_records([Person("a", 1), Person("b", 2)])
    found = []
    for size in (0, 1, SIZE - 1, SIZE, SIZE + 1, 2 * SIZE):
        try:
            found.append(str(len(read_records(data[:size]))))
        except ValueError:
            found.append("ValueError")
    return found


def check_find() -> object:
    people = [Person("b", 1), Person("d", 2), Person("d", 3), Person("f", 4)]
    return [(one.number if (one := find(people, name)) else None) for name in ("", "a", "b", "c", "d", "f", "g", "dd")]


def check_starts() -> object:
    people = [Person(name, 1) for name in ("a", "an", "ann", "anna", "ao", "b")]
    return [[one.name for one in starting_with(people, start)] for start in ("", "a", "an", "anna", "annb", "b", "c")]


def check_few_comparisons() -> object:
    people = [Person(Name(f"{number:05}"), number) for number in range(4096)]
    Name.compared = 0
    place = find(people, "04000")
    several = starting_with(people, "0100")
    return [place.number if place else None, len(several), Name.compared < 80]
