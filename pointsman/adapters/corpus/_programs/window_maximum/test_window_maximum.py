from window_maximum import averages, longest_within, maxima, rows_with_sum


def test_the_largest_of_three() -> None:
    assert list(maxima([1, 3, 2, 0, 5], 3)) == [3, 3, 5]


def test_sums() -> None:
    assert averages([1, 2, 3, 4], 2) == [1.5, 2.5, 3.5]
    assert longest_within([5, 1, 1, 1, 9], 3) == (1, 4)
    assert rows_with_sum([1, 2, -2, 2], 2) == 3
