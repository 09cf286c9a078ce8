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
