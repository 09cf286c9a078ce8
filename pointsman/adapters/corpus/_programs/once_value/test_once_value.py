from threading import Thread

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


def test_two_threads_have_one_value() -> None:
    def make() -> int:
        made.append(1)
        if not others:
            others.append(Thread(target=lambda: values.append(once.get()), daemon=True))
            others[0].start()
            others[0].join(0.1)
        return len(made)

    made: list[int] = []
    values: list[int] = []
    others: list[Thread] = []
    once = Once(make)
    values.append(once.get())
    others[0].join()
    assert values == [1, 1]
