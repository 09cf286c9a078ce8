from dict_changes import compare, lines, moves


def test_differences() -> None:
    found = compare({"a": 1, "b": {"c": 2}}, {"b": {"c": 3}, "d": 4})
    assert lines(found) == ["- a: 1", "~ b.c: 2 → 3", "+ d: 4"]


def test_a_value_moved() -> None:
    assert moves(compare({"old": "x"}, {"new": "x"})) == {"old": "new"}
