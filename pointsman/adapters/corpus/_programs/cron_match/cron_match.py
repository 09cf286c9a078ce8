"""When a line of a timetable such as `*/15 8-17 * * 1-5` is due: minute, hour, day, month, weekday (0 is Sunday).

Topics: parsing, dates, schedules
"""

from datetime import datetime, timedelta

from cron_field import parse_field

BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
Timetable = tuple[frozenset[int], ...]


def parse_line(line: str) -> Timetable:
    """The five sets of numbers; raises ValueError for a line that has not five good fields."""
    return tuple(parse_field(text, low, high) for text, (low, high) in zip(line.split(), BOUNDS, strict=True))


def is_due(table: Timetable, when: datetime) -> bool:
    """Whether the timetable names this minute."""
    minute, hour, day, month, weekday = table
    return (
        when.minute in minute
        and when.hour in hour
        and when.day in day
        and when.month in month
        and when.isoweekday() % 7 in weekday
    )


def next_due(table: Timetable, after: datetime, days: int = 366) -> datetime | None:
    """The first minute after `after` that the timetable names, None if there is none in `days` days."""
    when = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    end = after + timedelta(days=days)
    while when <= end:
        if is_due(table, when):
            return when
        if when.day not in table[2] or when.month not in table[3] or when.isoweekday() % 7 not in table[4]:
            when = when.replace(hour=0, minute=0) + timedelta(days=1)
        elif when.hour not in table[1]:
            when = when.replace(minute=0) + timedelta(hours=1)
        else:
            when += timedelta(minutes=1)
    return None
