from coin_change import fewest, give_back, ways


def test_the_fewest_coins() -> None:
    assert fewest(63, [1, 5, 10, 21, 25]) == [21, 21, 21]


def test_ways() -> None:
    assert ways(10, [1, 5, 10]) == 4


def test_a_box_of_coins() -> None:
    assert dict(give_back(60, {50: 1, 20: 3, 10: 0})) == {20: 3}
    assert [refusal(3, 2), refusal(-1, 1), refusal(0, 2)] == ["NoChange", "ValueError", "[]"]


def refusal(amount: int, *coins: int) -> str:
    try:
        return str(fewest(amount, coins))
    except ValueError as error:
        return type(error).__name__
