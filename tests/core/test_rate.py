"""The window of a minute: never more than it holds, never a longer wait than is needed. Times are whole eighths."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.routing.rate import MINUTE, Use, Window

steps = st.integers(0, 8 * 70).map(lambda eighths: eighths / 8)
turns = st.lists(st.tuples(steps, st.integers(1, 10)), max_size=30)


def most_in_any_minute(uses: list[tuple[float, int]]) -> int:
    """The largest sum over any half-open stretch of 60 s: it suffices to look from every use."""
    return max((sum(a for time, a in uses if start <= time < start + MINUTE) for start, _ in uses), default=0)


@given(turns, st.integers(10, 25))
def test_who_waits_as_told_never_passes_the_limit_in_any_minute(found: list[tuple[float, int]], most: int) -> None:
    window, now, uses = Window(most), 0.0, []
    for step, amount in found:
        now += step
        now += window.wait(amount, now)
        window.use(amount, now)
        uses.append((now, amount))
    assert most_in_any_minute(uses) <= most


@given(turns, st.integers(10, 25), st.integers(1, 40))
def test_a_wait_is_just_long_enough(found: list[tuple[float, int]], most: int, wanted: int) -> None:
    window, now, uses = Window(most), 0.0, []
    for step, amount in found:
        now += step
        window.use(amount, now)
        uses.append((now, amount))
    wait = window.wait(wanted, now)
    fitting = min(wanted, most)

    def fits(when: float) -> bool:
        return sum(a for time, a in uses if time + MINUTE > when) + fitting <= most

    assert fits(now + wait)
    assert wait == 0 or not fits(now + wait - 1 / 16)
    assert window.wait(wanted, now + wait) == 0.0


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.001, 5)), max_size=20), st.floats(5, 20))
def test_fractions_of_a_second_and_of_an_amount_do_not_add_up_to_more(
    found: list[tuple[float, float]], most: float
) -> None:
    window, now, uses = Window(most), 1.7e9, []
    for step, amount in found:
        now += step
        for _ in range(5):
            now += window.wait(amount, now)
        assert window.wait(amount, now) < 1e-3
        window.use(amount, now)
        uses.append((now, amount))
    for start, _ in uses:
        total = sum(Fraction(a) for time, a in uses if start <= time and time + MINUTE - start < 2 * MINUTE - 1e-3)
        assert float(total) <= most * (1 + 1e-9) + 1e-6


@given(turns, st.data())
def test_what_is_corrected_counts_as_it_turned_out_while_it_is_remembered(
    found: list[tuple[float, int]], data: st.DataObject
) -> None:
    window, now, noted, amounts = Window(1000), 0.0, [], []
    for step, amount in found:
        now += step
        noted.append(window.use(amount, now))
        amounts.append(amount)
        which = data.draw(st.integers(0, len(noted) - 1))
        amounts[which] = data.draw(st.integers(0, 20))
        window.correct(noted[which], amounts[which], now)
        live = sum(a for use, a in zip(noted, amounts, strict=True) if use.time + MINUTE > now)
        assert window.used == live
    window.wait(1, now + MINUTE)
    assert window.used == 0


def test_a_use_that_turned_out_smaller_makes_room_at_once() -> None:
    window = Window(10)
    use = window.use(10, 0.0)
    assert window.wait(4, 1.0) == 59.0
    window.correct(use, 6, 1.0)
    assert window.wait(4, 1.0) == 0.0
    assert window.wait(5, 1.0) == 59.0


def test_a_use_that_turned_out_larger_is_waited_for() -> None:
    window = Window(10)
    use = window.use(1, 0.0)
    window.correct(use, 25, 30.0)
    assert window.wait(1, 30.0) == 30.0
    assert window.wait(1, 60.0) == 0.0


def test_a_forgotten_use_is_corrected_without_a_trace() -> None:
    window = Window(10)
    old = window.use(10, 0.0)
    window.use(3, 61.0)
    window.correct(old, 99, 61.0)
    assert window.used == 3
    assert old == Use(0.0, 99)
    assert window.wait(7, 61.0) == 0.0


def test_more_than_there_ever_is_waits_for_an_empty_minute() -> None:
    window = Window(10)
    assert window.wait(500, 0.0) == 0.0
    window.use(1, 5.0)
    assert window.wait(500, 6.0) == 59.0


@pytest.mark.parametrize(
    ("left", "reset", "wait"),
    [
        (0, 12.0, 12.0),
        (-3, 12.0, 12.0),
        (1, 12.0, 0.0),
        (None, 12.0, 0.0),
        (0, None, 0.0),
        (0, 3600.0, MINUTE),
        (0, -5.0, 0.0),
    ],
)
def test_at_nothing_left_the_window_is_shut_until_it_is_whole_but_a_minute_at_most(
    left: int | None, reset: float | None, wait: float
) -> None:
    window = Window(10)
    window.adopt_limits(left, reset, 100.0)
    assert window.wait(1, 100.0) == wait
    assert window.wait(1, 100.0 + wait) == 0.0


def test_the_longest_shutting_holds_and_is_not_cut_short_by_a_later_one() -> None:
    window = Window(10)
    window.pause(200.0, 0.0)
    window.pause(5.0, 1.0)
    assert window.wait(1, 1.0) == 199.0


def test_the_wait_is_the_longer_of_being_shut_and_being_full() -> None:
    window = Window(10)
    window.use(10, 0.0)
    window.pause(20.0, 0.0)
    assert window.wait(1, 0.0) == 60.0
    window.pause(90.0, 0.0)
    assert window.wait(1, 0.0) == 90.0
