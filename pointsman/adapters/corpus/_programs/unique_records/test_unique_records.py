from unique_records import merged, newest, shared, unique


def test_doubles_are_left_out() -> None:
    assert list(unique(["a", "B", "A", "b"], str.lower)) == ["a", "B"]
    assert shared([1, 2, 2, 3], [2, 2, 4, 1]) == [1, 2, 2]


def test_records() -> None:
    records = [{"id": "1", "at": "2", "mail": ""}, {"id": "1", "at": "5", "mail": "x"}]
    assert newest(records, "id", "at") == [records[1]]
    assert merged(records, "id") == [{"id": "1", "at": "2", "mail": "x"}]
