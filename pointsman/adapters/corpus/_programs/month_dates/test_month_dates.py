from datetime import date

from month_dates import add_months, age, last_weekday, nth_weekday, workdays


def test_months_later() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)


def test_weekdays() -> None:
    assert last_weekday(2026, 3, 4) == date(2026, 3, 27)
    assert nth_weekday(2026, 3, 0, 2) == date(2026, 3, 9)
    assert workdays(date(2026, 3, 2), date(2026, 3, 8)) == 5


def test_age() -> None:
    assert age(date(2000, 5, 17), date(2026, 5, 16)) == 25
