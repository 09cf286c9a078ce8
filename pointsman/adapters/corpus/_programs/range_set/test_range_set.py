from range_set import RangeSet


def test_ranges_are_joined() -> None:
    ranges = RangeSet([(1, 3), (5, 7), (3, 5)])
    assert list(ranges) == [(1, 7)]
    ranges.remove(2, 4)
    assert list(ranges) == [(1, 2), (4, 7)]
    assert ranges.size() == 4


def test_gaps() -> None:
    ranges = RangeSet([(2, 4), (6, 8)])
    assert ranges.gaps(0, 10) == [(0, 2), (4, 6), (8, 10)]
    assert 3 in ranges
    assert 4 not in ranges


def refusal(start: int, end: int) -> str:
    try:
        return str(list(RangeSet([(start, end)])))
    except ValueError as error:
        return type(error).__name__


def test_an_empty_range() -> None:
    assert [refusal(1, 2), refusal(2, 2)] == ["[(1, 2)]", "ValueError"]
