"""Checks of timetables."""

from datetime import datetime

from cron_field import parse_field
from cron_match import is_due, next_due, parse_line


def check_fields() -> object:
    texts = ("*", "5", "1-4", "*/3", "2-9/3", "7/2", "1,3-4,9", "0", "9", "0-9/10")
    return [sorted(parse_field(text, 0, 9)) for text in texts]


def check_bad_fields() -> object:
    found = []
    for text in ("", "10", "4-2", "*/0", "a", "1-", "-1", "1/x", "1,,2", "3-10", "1-2-3"):
        try:
            found.append(str(sorted(parse_field(text, 0, 9))))
        except ValueError:
            found.append("refused")
    return found


def check_lines() -> object:
    found = []
    for line in (
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 7",
        "59 23 31 12 6",
    ):
        try:
            found.append(str(sum(map(sum, parse_line(line)))))
        except ValueError:
            found.append("refused")
    return found


def check_each_field_counts() -> object:
    table = parse_line("30 6 15 6 1")
    days = [
        (2026, 6, 15, 6, 30),
        (2026, 6, 15, 6, 31),
        (2026, 6, 15, 7, 30),
        (2026, 6, 16, 6, 30),
        (2026, 7, 15, 6, 30),
    ]
    return [is_due(table, datetime(*day)) for day in [*days, (2025, 6, 15, 6, 30)]]


def check_sunday() -> object:
    table = parse_line("* * * * 0,6")
    return [is_due(table, datetime(2026, 3, day)) for day in range(1, 9)]


def check_next() -> object:
    start = datetime(2026, 2, 27, 23, 59, 30, 5)
    lines = ("* * * * *", "0 0 * * *", "5 8-17/3 * * 1-5", "0 12 29 2 *", "0 0 31 * *", "59 23 * * *", "0 0 1 1 *")
    return [str(next_due(parse_line(line), start)) for line in lines]


def check_next_is_later() -> object:
    table = parse_line("30 6 * * *")
    return [
        str(next_due(table, datetime(2026, 1, 1, 6, minute, second))) for minute, second in ((29, 59), (30, 0), (31, 0))
    ]


def check_end_of_the_search() -> object:
    table, start = parse_line("0 0 3 * *"), datetime(2026, 1, 1)
    year = parse_line("0 0 1 1 *")
    found = [str(next_due(year, datetime(2028, 1, 1))), str(next_due(year, datetime(2028, 1, 1), 365))]
    return [*found, *(str(next_due(table, start, days)) for days in (1, 2))]


def check_the_search_skips_days() -> object:
    return [
        str(next_due(parse_line("0 0 29 2 *"), datetime(2024, 3, 1), 1500)),
        next_due(parse_line("0 0 30 2 *"), datetime(2024, 1, 1), 4000),
    ]
