from threading import Thread

from hit_counter import HitCounter


def test_hits_are_counted() -> None:
    counter = HitCounter(lambda: 0.0)
    assert [counter.hit("a"), counter.hit("a"), counter.hit("b", 5)] == [1, 2, 5]
    assert counter.top(1) == [("b", 5)]


def test_threads() -> None:
    counter = HitCounter(lambda: 0.0)
    counter.hit_all(["a", "b"], 4)
    assert counter.top(9) == [("a", 4), ("b", 4)]


def test_a_hit_while_another_is_counted() -> None:
    def now() -> float:
        if not others:
            others.append(Thread(target=lambda: counter.hit("a"), daemon=True))
            others[0].start()
            others[0].join(0.1)
        return 0.0

    others: list[Thread] = []
    counter = HitCounter(now)
    counter.hit("a")
    others[0].join()
    assert counter.top(1) == [("a", 2)]
