"""Checks of distances."""

from edit_distance import distance, equal_cost, suggest, within

PAIRS = (
    ("", ""),
    ("a", ""),
    ("", "abc"),
    ("abc", "abc"),
    ("abc", "abd"),
    ("abcd", "bcda"),
    ("sunday", "saturday"),
    ("ab", "ba"),
)


def check_distances() -> object:
    return [distance(left, right) for left, right in PAIRS] + [distance(right, left) for left, right in PAIRS]


def check_within() -> object:
    return [[within(left, right, limit) for limit in (0, 1, 2, 3)] for left, right in PAIRS]


def check_both_agree() -> object:
    words = ("tea", "teat", "meat", "met", "t", "team mate")
    return [
        within(one, other, distance(one, other)) and not within(one, other, distance(one, other) - 1)
        for one in words
        for other in words
    ]


def check_costs() -> object:
    def cost(one: str, other: str) -> int:
        return 5 if one.isdigit() != other.isdigit() else 2 * equal_cost(one, other)

    return [distance(left, right, cost) for left, right in (("a1", "b2"), ("1", "a"), ("abc", "xbc"), ("ab1", "1ab"))]


def check_suggest() -> object:
    known = ["main", "Maine", "mine", "rain", "train", "remain", "m"]
    return [suggest(word, known) for word in ("main", "MAIN", "man", "trian", "xyz", "", "rained")]


def check_limits() -> object:
    known = ["ab", "abc", "abcd", "b", "ac"]
    return [suggest("a", known, limit, 9) for limit in (0, 1, 2, 3)] + [
        suggest("a", known, 2, count) for count in (0, 1, 2)
    ]


def check_long_words() -> object:
    calls: list[int] = []

    def cost(one: str, other: str) -> int:
        calls.append(1)
        if len(calls) > 3000:
            raise TimeoutError
        return equal_cost(one, other)

    return [distance("abcdefghijklmno", "bcdefghijklmnop", cost), len(calls)]


def check_different_lengths() -> object:
    return within("x" * 9000, "x" * 9010, 3)
