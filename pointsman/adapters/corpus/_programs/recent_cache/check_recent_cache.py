"""Checks of the cache."""

from recent_cache import RecentCache


def outcome(size: int) -> object:
    try:
        return RecentCache(size).keys()
    except ValueError as error:
        return type(error).__name__


def check_sizes() -> object:
    return [outcome(size) for size in (-1, 0, 1)]


def check_order() -> object:
    dropped: list[str] = []
    cache = RecentCache(3, dropped.append)
    for key in "abcabdeab":
        cache.put(key, ord(key))
    return [cache.keys(), dropped]


def check_made_once() -> object:
    made: list[str] = []

    def make(key: str) -> int:
        made.append(key)
        return len(made)

    cache = RecentCache(2)
    values = [cache.get(key, make) for key in "aababcab"]
    return [values, made, cache.hits, cache.misses, cache.share]


def check_use_keeps() -> object:
    cache = RecentCache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    cache.get("a", len)
    cache.put("c", 3)
    cache.put("a", 9)
    return [cache.keys(), cache.get("a", len), cache.get("zzzz", len), cache.keys()]


def check_forget() -> object:
    cache = RecentCache(4)
    for key in "abc":
        cache.put(key, 0)
    return [cache.forget(["a", "z", "c"]), cache.keys(), cache.forget([]), cache.forget("bb"), cache.keys()]


def check_a_new_cache() -> object:
    first = RecentCache(1)
    first.put("a", 1)
    second = RecentCache(1)
    return [second.keys(), second.share, second.hits, second.misses]


def check_size_of_one() -> object:
    dropped: list[str] = []
    cache = RecentCache(1, dropped.append)
    return [[cache.get(key, len) for key in ("a", "bb", "bb", "a")], dropped, cache.share]


def check_keys_are_a_copy() -> object:
    cache = RecentCache(2)
    cache.put("a", 1)
    cache.keys().clear()
    return cache.keys()
