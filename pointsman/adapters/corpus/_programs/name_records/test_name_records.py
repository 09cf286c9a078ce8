from name_records import Person, find, read_records, write_records


def test_there_and_back() -> None:
    people = [Person("Zoë", 2, 1990), Person("Ann", 1)]
    assert read_records(write_records(people)) == [Person("Ann", 1), Person("Zoë", 2, 1990)]


def test_one_is_found() -> None:
    people = [Person("Ann", 1), Person("Bob", 2)]
    assert find(people, "Bob") == Person("Bob", 2)
    assert find(people, "Cid") is None
