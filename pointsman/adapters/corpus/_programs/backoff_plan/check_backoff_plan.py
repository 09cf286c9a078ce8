"""Checks of plans."""

from datetime import UTC, datetime
from itertools import islice

from backoff_plan import Plan, retry_after, worth_it

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def check_waits() -> object:
    plans = (Plan(), Plan(jitter=0), Plan(2, 5, 3, 0.1), Plan(10, 5))
    return [list(islice(plan.waits(lambda: 0.5), 7)) for plan in plans]


def check_random_parts() -> object:
    numbers = iter((0.0, 1.0, 0.25))
    return list(islice(Plan(8, 100).waits(lambda: next(numbers)), 3))


def check_within() -> object:
    return [Plan(jitter=0).within(seconds, lambda: 0.0) for seconds in (0, 0.9, 1, 2.9, 3, 7, 100)]


def check_attempts() -> object:
    return [Plan(jitter=0).within(1000, lambda: 0.0, attempts) for attempts in (-1, 0, 1, 2, 4)]


def check_default_attempts() -> object:
    return len(Plan().within(10000, lambda: 0.0))


def check_headers() -> object:
    texts = ("0", "-3", "1.5", "Mon, 02 Mar 2026 08:00:30 GMT", "Mon, 02 Mar 2026 07:00:00 GMT", "soon", "")
    found = [retry_after({"x": "9", "RETRY-AFTER": text}, NOW) for text in texts]
    return [
        *found,
        retry_after({}, NOW),
        retry_after({"retry": "1"}, NOW),
        retry_after({"Retry-After": "2 Mar 2026 09:00:00"}, NOW),
    ]


def check_worth() -> object:
    return [worth_it(status, 1) for status in (200, 400, 404, 408, 409, 429, 499, 500, 503, 599)]


def check_tries() -> object:
    return [worth_it(500, tried) for tried in (0, 2, 3, 4, 2, 0)]


def check_in_vain() -> object:
    skip: set[int] = set()
    found = [worth_it(status, tried, skip) for status, tried in ((500, 1), (500, 3), (500, 1), (502, 2), (404, 3))]
    return [found, sorted(skip)]
