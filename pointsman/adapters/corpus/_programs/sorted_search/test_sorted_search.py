from sorted_search import first_at_least, index_of, nearest


def test_an_item_is_found() -> None:
    items = [2, 4, 4, 8, 16]
    assert index_of(items, 8) == 3
    assert index_of(items, 5) == -1


def test_the_first_of_equal_items_counts() -> None:
    assert first_at_least([2, 4, 4, 8], 4) == 1


def test_the_nearest_item() -> None:
    assert nearest([10, 20, 30], 24) == 20
