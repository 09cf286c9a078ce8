from threading import Thread

from read_through import ReadThrough


def test_values_are_loaded_once() -> None:
    loaded = []

    def load(key: str) -> str:
        loaded.append(key)
        return key.upper()

    cache = ReadThrough(load)
    assert [cache.get("a"), cache.get("a"), cache.get("b")] == ["A", "A", "B"]
    assert loaded == ["a", "b"]


def test_the_oldest_goes() -> None:
    cache = ReadThrough(str.upper, 2)
    for key in "abc":
        cache.get(key)
    assert cache.dropped == ["a"]


def test_two_threads_load_once() -> None:
    def load(key: str) -> str:
        loaded.append(key)
        if not others:
            others.append(Thread(target=lambda: cache.get("a"), daemon=True))
            others[0].start()
            others[0].join(0.1)
        return key

    loaded: list[str] = []
    others: list[Thread] = []
    cache = ReadThrough(load)
    cache.get("a")
    others[0].join()
    assert loaded == ["a"]
