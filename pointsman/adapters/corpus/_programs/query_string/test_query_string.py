from query_string import read_query, write_query


def test_values_are_read_by_name() -> None:
    assert read_query("?a=1&b=x+y&b=2") == {"a": ["1"], "b": ["x y", "2"]}


def test_values_are_written_escaped() -> None:
    assert write_query({"b": ["x ü"], "a": ["1&2"]}) == "a=1%262&b=x+%C3%BC"
