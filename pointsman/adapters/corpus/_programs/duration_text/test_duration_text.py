from duration_text import BadDuration, format_duration, parse_duration


def test_durations_are_read() -> None:
    assert parse_duration("1h 30m") == 5400
    assert parse_duration("-1.5m") == -90


def test_durations_are_written() -> None:
    assert format_duration(93784) == "1d 2h"


def test_what_is_no_duration_is_refused() -> None:
    try:
        parse_duration("5x")
    except BadDuration as error:
        assert str(error) == "no unit is called x"
    else:
        raise AssertionError("5x was read")
