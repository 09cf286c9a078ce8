"""Checks of differences."""

from dict_changes import compare, flatten, lines, moves


def check_flatten() -> object:
    tree = {"a": 1, "b": {"c": {}, "d": [1, {"e": 2}, []]}, "f": (3,), "g": None, "": 0}
    return [list(flatten(tree)), list(flatten({})), list(flatten({"x": 1}, "start"))]


def check_compare() -> object:
    old = {"a": 1, "b": [1, 2, 3], "c": {"d": "x"}, "e": {}}
    new = {"a": 1, "b": [1, 5], "c": {"d": "x", "f": None}, "e": {"g": 1}}
    return [[tuple(one) for one in compare(old, new)], compare(old, old), len(compare(new, old))]


def check_kinds_of_values() -> object:
    pairs: list[tuple[object, object]] = [
        (1, True),
        (1, 1.0),
        (0, None),
        ("1", 1),
        (False, False),
        ([], ()),
        ([1], (1,)),
    ]
    return [len(compare({"a": old}, {"a": new})) for old, new in pairs]


def check_ignore() -> object:
    old, new = {"a": {"b": 1, "c": 2}, "ab": 1, "d": 1}, {"a": {"b": 2}, "ab": 2, "d": 2}
    return [[one.path for one in compare(old, new, ignore)] for ignore in ((), ("a",), ("a.",), ("d", "a.c"), ("x",))]


def check_moves() -> object:
    old = {"a": "x", "b": "y", "c": "z", "d": "z", "e": 1}
    new = {"k": "x", "l": "y", "m": "y", "n": "z", "o": "1"}
    return [moves(compare(old, new)), moves([])]


def check_lines() -> object:
    return [lines(compare({"a": "x", "b": None}, {"a": "ü", "c": [1]})), lines([])]


def check_the_trees_stay() -> object:
    old: dict[str, object] = {"a": [1, 2], "b": {"c": 1}}
    compare(old, {"a": [2]})
    return old
