"""Checks of durations."""

from duration_text import BadDuration, format_duration, parse_duration


def outcome(text: str) -> object:
    try:
        return parse_duration(text)
    except BadDuration as error:
        return [str(error), type(error.__cause__).__name__]
    except Exception as error:
        return type(error).__name__


def check_units() -> object:
    return [outcome(text) for text in ("1s", "2m", "3h", "4d", "1w", "1w2d3h4m5s", " 1 h  5 s ", "1H5M")]


def check_numbers() -> object:
    return [outcome(text) for text in ("0s", "007s", "1.5h", "0.25m", "1.h", ".5h", "10s")]


def check_signs() -> object:
    return [outcome(text) for text in ("-5s", "- 5s", "--5s", "5s-", "-1h30m", "-", "+5s")]


def check_order() -> object:
    return [outcome(text) for text in ("1m1h", "1s1s", "1h1s1m", "2d1s", "1d1w")]


def check_refused() -> object:
    return [outcome(text) for text in ("", "  ", "5", "h", "1x", "1h5", "one hour", "1h,5m", "ä")]


def check_written() -> object:
    return [format_duration(seconds) for seconds in (0, 1, 59, 60, 61, 3599, 3600, 3661, 86400, 694861, 604800)]


def check_written_with_signs() -> object:
    return [format_duration(seconds) for seconds in (-1, -0.2, -3661, 0.4, 0.6, 1.5, 59.7)]


def check_how_many_units() -> object:
    return [format_duration(694861, most) for most in (0, 1, 2, 3, 4, 5, 6)] + [format_duration(86401, 2)]
