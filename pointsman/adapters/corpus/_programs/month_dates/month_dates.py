"""Dates of a calendar: months later, the last weekday of a month, how old somebody is.

Topics: dates
"""

from calendar import monthrange
from datetime import date, timedelta


def add_months(day: date, months: int) -> date:
    """The same day so many months later (or earlier), the last of the month where there is no such day."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(years, month + 1)[1]
    return date(years, month + 1, min(day.day, last))


def last_weekday(year: int, month: int, weekday: int) -> date:
    """The last such weekday (0 is Monday) of the month."""
    end = date(year, month, monthrange(year, month)[1])
    return end - timedelta(days=(end.weekday() - weekday) % 7)


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date | None:
    """The first, second … such weekday of the month, None if the month has not so many."""
    start = date(year, month, 1)
    day = start + timedelta(days=(weekday - start.weekday()) % 7 + 7 * (nth - 1))
    return day if nth > 0 and day.month == month else None


def age(born: date, today: date) -> int:
    """Full years; who was born on a 29 February has the birthday on 1 March in other years."""
    if today < born:
        raise ValueError("born later than today")
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def workdays(first: date, last: date, holidays: frozenset[date] = frozenset()) -> int:
    """How many days from Monday to Friday, both ends counted, holidays not."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return sum(day.weekday() < 5 and day not in holidays for day in days)
