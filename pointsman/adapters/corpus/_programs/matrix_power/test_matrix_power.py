from matrix_power import power, product, turn, ways


def test_products() -> None:
    assert product([[1, 2], [3, 4]], [[5], [6]]) == [[17], [39]]
    assert power([[1, 1], [1, 0]], 10) == [[89, 55], [55, 34]]


def test_turned() -> None:
    assert turn([[1, 2], [3, 4]]) == [[3, 1], [4, 2]]


def test_ways() -> None:
    assert ways({"a": "bc", "b": "c", "c": "a"}, "a", "c", 2) == 1
