"""Checks of dates."""

from datetime import date

from month_dates import add_months, age, last_weekday, nth_weekday, workdays


def check_months() -> object:
    start = date(2024, 1, 31)
    return [str(add_months(start, months)) for months in (0, 1, 2, 11, 12, 13, -1, -2, -11, -12, -13, 1200)]


def check_middle_of_the_month() -> object:
    return [str(add_months(date(2026, 12, 15), months)) for months in (-12, -1, 0, 1)]


def check_last_weekdays() -> object:
    return [
        str(last_weekday(2026, month, weekday)) for month, weekday in ((2, 5), (2, 6), (5, 6), (5, 0), (12, 3), (12, 4))
    ]


def check_nth_weekdays() -> object:
    return [str(nth_weekday(2026, 3, weekday, nth)) for weekday in (0, 6) for nth in (0, 1, 2, 4, 5, 6)]


def check_ages() -> object:
    born = date(2000, 2, 29)
    days = [(2000, 2, 29), (2001, 2, 28), (2001, 3, 1), (2004, 2, 28), (2004, 2, 29), (2025, 12, 31)]
    return [age(born, date(*day)) for day in days]


def check_not_born() -> object:
    try:
        return age(date(2026, 1, 2), date(2026, 1, 1))
    except ValueError:
        return "ValueError"


def check_workdays() -> object:
    spans = [
        ((2026, 3, 6), (2026, 3, 9)),
        ((2026, 3, 7), (2026, 3, 8)),
        ((2026, 3, 2), (2026, 3, 2)),
        ((2026, 3, 9), (2026, 3, 2)),
    ]
    return [workdays(date(*first), date(*last)) for first, last in spans]


def check_holidays() -> object:
    free = frozenset({date(2026, 12, 25), date(2026, 12, 26)})
    return [
        workdays(date(2026, 12, 21), date(2026, 12, 31), free),
        workdays(date(2026, 12, 25), date(2026, 12, 25), free),
    ]
