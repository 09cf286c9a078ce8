from recent_cache import RecentCache


def test_what_was_not_used_goes() -> None:
    dropped: list[str] = []
    cache = RecentCache(2, dropped.append)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a", len) == 1
    cache.put("c", 3)
    assert dropped == ["b"]
    assert cache.keys() == ["a", "c"]


def test_shares() -> None:
    cache = RecentCache(3)
    assert [cache.get(key, len) for key in ("xx", "yyy", "xx")] == [2, 3, 2]
    assert cache.share == 0.333
