from pair_sums import count_pairs, first_twice, missing, most_common_gap, sums_of_window


def test_pairs_are_counted() -> None:
    assert count_pairs([1, 5, 3, 3, 7], 6) == 2
    assert first_twice([4, 7, 9, 7, 4]) == 7


def test_what_is_missing() -> None:
    assert missing([3, 1, 2, 3], [1]) == [3, 2]


def test_windows_and_gaps() -> None:
    assert list(sums_of_window([1, 2, 3, 4], 2)) == [3, 5, 7]
    assert most_common_gap([9, 1, 4, 7]) == 3
