from once_value import Once, Replay


def test_a_value_is_made_once() -> None:
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return len(made)

    once = Once(make)
    assert [once.get(), once.get()] == [1, 1]


def test_a_source_is_gone_through_twice() -> None:
    replay = Replay(number * number for number in range(4))
    assert list(replay) == [0, 1, 4, 9]
    assert sum(replay) == 14
