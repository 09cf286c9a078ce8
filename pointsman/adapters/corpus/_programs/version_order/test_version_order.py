from version_order import newest, parse_version


def test_numbers_are_compared_as_numbers() -> None:
    assert parse_version("1.9.0") < parse_version("1.10.0")


def test_the_newest_in_a_range() -> None:
    assert newest(["1.0.0", "1.4.2", "2.0.0"], "1.0", "2.0") == "1.4.2"


def refusal(text: str) -> str:
    try:
        return str(parse_version(text).release)
    except ValueError as error:
        return type(error).__name__


def test_what_is_no_version() -> None:
    assert [refusal(text) for text in ("1", "1.x", "1.2")] == ["ValueError", "ValueError", "(1, 2, 0)"]
