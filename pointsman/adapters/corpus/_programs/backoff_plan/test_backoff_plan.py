from datetime import UTC, datetime

from backoff_plan import Plan, retry_after, worth_it


def test_waits_grow() -> None:
    assert Plan(jitter=0).within(20, lambda: 0.0) == [1.0, 2.0, 4.0, 8.0]


def test_a_server_asks_to_wait() -> None:
    now = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    assert retry_after({"Retry-After": "5"}, now) == 5.0
    assert retry_after({"retry-after": "Mon, 02 Mar 2026 08:01:00 GMT"}, now) == 60.0


def test_what_may_help() -> None:
    assert worth_it(503, 1)
    assert not worth_it(404, 1)
