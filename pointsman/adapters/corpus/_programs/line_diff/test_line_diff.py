from line_diff import apply, diff, show


def test_lines_that_change() -> None:
    edits = diff(["a", "b", "c"], ["a", "x", "c"])
    assert edits == [("=", "a"), ("-", "b"), ("+", "x"), ("=", "c")]
    assert apply(["a", "b", "c"], edits) == ["a", "x", "c"]


def test_context() -> None:
    assert show(diff(list("abcde"), list("abcd"))) == ["(3 equal lines)", "= d", "- e"]
