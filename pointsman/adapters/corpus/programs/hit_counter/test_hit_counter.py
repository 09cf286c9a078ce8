from hit_counter import HitCounter


def test_hits_are_counted() -> None:
    counter = HitCounter(lambda: 0.0)
    assert [counter.hit("a"), counter.hit("a"), counter.hit("b", 5)] == [1, 2, 5]
    assert counter.top(1) == [("b", 5)]


def test_threads() -> None:
    counter = HitCounter(lambda: 0.0)
    counter.hit_all(["a", "b"], 4)
    assert counter.top(9) == [("a", 4), ("b", 4)]
