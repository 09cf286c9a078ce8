from json_merge import lookup, merge, patch_between


def test_a_value_by_path() -> None:
    assert lookup({"users": [{"name": "ann"}]}, "/users/0/name") == "ann"


def test_a_patch() -> None:
    assert merge({"a": 1, "b": {"c": 2, "d": 3}}, {"a": None, "b": {"c": 5}}) == {"b": {"c": 5, "d": 3}}
    assert patch_between({"a": 1, "b": 2}, {"b": 3, "c": 4}) == {"a": None, "b": 3, "c": 4}
