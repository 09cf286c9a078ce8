from wrap_text import columns, shorten, wrap


def test_lines_are_broken_between_words() -> None:
    assert wrap("one two three four\n\nfive", 9) == ["one two", "three", "four", "", "five"]


def test_numbers_stand_at_the_right() -> None:
    assert columns([("tea", 3), ("coffee", 12)]) == ["tea      3", "coffee  12"]


def test_a_long_text_is_cut() -> None:
    assert shorten("a long,  long way", 9) == "a long…"
