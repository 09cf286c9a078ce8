from text_wrap import block, justify, wrap


def test_lines_are_wrapped() -> None:
    assert wrap("the quick brown fox", 10) == ["the quick", "brown fox"]


def test_a_line_is_stretched() -> None:
    assert justify("a b c", 8) == "a   b  c"


def test_points() -> None:
    assert block("* one two three", 9) == "* one two\n  three"
