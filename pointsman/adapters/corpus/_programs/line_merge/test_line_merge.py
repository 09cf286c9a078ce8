from line_merge import any_above, distinct, first, merge, take_until


def test_sources_are_merged() -> None:
    assert list(merge([[1, 4, 9], [2, 4], [], [3]])) == [1, 2, 3, 4, 4, 9]
    assert list(distinct([1, 1, 2, 3, 3])) == [1, 2, 3]


def test_parts_of_a_source() -> None:
    assert first(iter([5, 6, 7]), 2) == [5, 6]
    assert take_until([1, 2, 9, 1], lambda number: number > 5) == [1, 2]
    assert any_above([1, 2, 3], 5, lambda number: 2 * number)
