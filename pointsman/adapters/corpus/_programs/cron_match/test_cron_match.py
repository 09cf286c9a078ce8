from datetime import datetime

from cron_match import is_due, next_due, parse_line


def test_a_weekday_at_eight() -> None:
    table = parse_line("0 8 * * 1-5")
    assert is_due(table, datetime(2026, 3, 2, 8, 0))
    assert not is_due(table, datetime(2026, 3, 1, 8, 0))


def test_the_next_quarter() -> None:
    assert next_due(parse_line("*/15 * * * *"), datetime(2026, 3, 2, 8, 1)) == datetime(2026, 3, 2, 8, 15)


def refusal(line: str) -> str:
    try:
        return str(len(parse_line(line)))
    except ValueError as error:
        return type(error).__name__


def test_what_is_no_timetable() -> None:
    assert [refusal(line) for line in ("* * * * *", "60 * * * *", "* * * *")] == ["5", "ValueError", "ValueError"]
