from nearest_value import Series, running_median

SERIES = Series([(10, 1.0), (20, 3.0), (40, 7.0)])


def test_values() -> None:
    assert SERIES.at(25) == 3.0
    assert SERIES.nearest(32) == (40, 7.0)
    assert SERIES.linear(15) == 2.0
    assert SERIES.between(10, 40) == [1.0, 3.0]


def test_median() -> None:
    assert running_median([5, 1, 3]) == [5, 3.0, 3]
