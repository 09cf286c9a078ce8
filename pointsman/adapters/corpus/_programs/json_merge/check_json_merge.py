"""Checks of patches."""

from json_merge import JSON, lookup, merge, patch_between


def check_lookup() -> object:
    document: JSON = {"a": [1, {"b/c": 2, "~": 3, "~1": 5}], "": 4, "0": "zero"}
    return [lookup(document, path) for path in ("", "/a", "/a/0", "/a/1/b~1c", "/a/1/~0", "/a/1/~01", "/", "/0")]


def check_nothing_there() -> object:
    document: JSON = {"a": [1], "b": "text", "c": None}
    found = []
    for path in ("/z", "/a/1", "/a/x", "/a/-1", "/b/0", "/c/d", "/a/0/0", "/a/0"):
        try:
            found.append(str(lookup(document, path)))
        except LookupError as error:
            found.append(type(error).__name__)
    return found


def check_merge() -> object:
    base: JSON = {"a": {"b": 1, "c": [1, 2]}, "d": "x"}
    patches: list[JSON] = [
        {},
        {"a": None},
        {"a": {"b": None, "e": 2}},
        {"a": [3]},
        {"d": {"y": None, "z": 1}},
        {"q": None},
        7,
        None,
        [1],
    ]
    return [merge(base, patch) for patch in patches]


def check_merge_into_other_things() -> object:
    documents: list[JSON] = [None, [1], "x", {"a": 5}, {"a": {"b": 1}}]
    return [merge(document, {"a": {"b": None}, "c": 0}) for document in documents]


def check_nothing_is_changed() -> object:
    base: JSON = {"a": {"b": 1}}
    patch: JSON = {"a": {"c": [1]}, "d": [2]}
    merged = merge(base, patch)
    inner = lookup(merged, "/d")
    if isinstance(inner, list):
        inner.append(3)
    return [base, patch, merged]


def check_between() -> object:
    old: dict[str, JSON] = {"same": 1, "gone": 2, "new value": [1], "deep": {"x": 1, "y": 2, "z": {}}, "kind": {}}
    new: dict[str, JSON] = {
        "same": 1,
        "new value": [1, 2],
        "deep": {"x": 1, "y": 3, "z": {}, "w": {}},
        "kind": 0,
        "more": {"a": 1},
    }
    return [
        patch_between(old, new),
        patch_between(new, old),
        patch_between(old, old),
        merge(old, patch_between(old, new)) == new,
    ]


def check_every_patch_is_new() -> object:
    mine: dict[str, JSON] = {"old": 1}
    first = patch_between({"a": 1}, {"a": 2})
    return [first, patch_between({"b": 1}, {"b": 2}), patch_between({"c": 1}, {}, mine), mine]
