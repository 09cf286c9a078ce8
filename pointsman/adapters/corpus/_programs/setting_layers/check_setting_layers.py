"""Checks of layers."""

from typing import Any

from setting_layers import flatten, look_up, merge


def check_values() -> object:
    layers: list[list[dict[str, Any]]] = [
        [{}],
        [{"a": 1}, {"a": 2}, {"a": 3}],
        [{"a": {"b": 1, "c": 2}}, {"a": {"c": 3, "d": 4}}],
        [{"a": {"b": 1}}, {"a": 5}],
        [{"a": 5}, {"a": {"b": 1}}],
        [{"a": [1, 2]}, {"a": [2, 3]}],
        [{"a": "x"}, {"a": [1]}],
        [{"a": [1]}, {"a": "y"}],
    ]
    return [merge(*some) for some in layers]


def check_removed() -> object:
    return [
        merge({"a": 1, "b": {"c": 2, "d": 3}}, {"a": "!remove", "b": {"c": "!remove"}, "z": "!remove"}),
        merge({"a": 1}, {"a": "!remove"}, {"a": 2}),
    ]


def check_layers_stay_as_they_are() -> object:
    base: dict[str, Any] = {"a": {"b": [1]}}
    layer: dict[str, Any] = {"a": {"b": [2]}, "c": {"d": [3]}}
    merged = merge(base, layer)
    merged["a"]["b"].append(9)
    merged["c"]["d"].append(9)
    return [base, layer, merged]


def check_a_layer_used_twice() -> object:
    layer: dict[str, Any] = {"t": {"l": [1]}}
    first = merge({}, layer)
    second = merge({}, layer, {"t": {"l": [2], "n": 1}})
    return [first, second, layer]


def check_paths() -> object:
    table = {"a": {"b": [10, {"c": 11}], "0": "zero", "n": None}, "": "empty"}
    paths = ("a.b.0", "a.b.1.c", "a.b.2", "a.b.-1", "a.0", "a.n", "a.x", "", "a.b.c", "a.b.0.x", "b")
    return [look_up(table, path, "default") for path in paths] + [look_up(table, "q")]


def check_flat() -> object:
    return [flatten({}), flatten({"a": {"b": {"c": 1}, "d": [2]}, "e": {}}), flatten({"x": 1}, "p", {"q": 0})]


def check_flat_twice() -> object:
    first = flatten({"a": 1})
    second = flatten({"b": {"c": 2}})
    return [first, second]
