from dial_limiter import Limiter


def test_calls_are_let_through_at_a_rate() -> None:
    times = [0.0]
    limiter = Limiter(2, 10, lambda: times[0])
    assert [limiter.call(lambda: "rang") for _ in range(3)] == ["rang", "rang", None]
    times[0] = 4.0
    assert limiter.wait() == 6.0
    times[0] = 10.0
    assert limiter.call(lambda: "again") == "again"


def test_a_refund_makes_room() -> None:
    limiter = Limiter(1, 5, lambda: 1.0)
    assert limiter.call(lambda: 1) == 1
    assert limiter.refund()
    assert limiter.call(lambda: 2) == 2
