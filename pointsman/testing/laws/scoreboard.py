"""The laws of `Scoreboard`. A law takes a new one, whose observations count half after `HALF_LIFE` seconds.

`PAIR_LAWS` are those of scoreboards that are shared: they take two new ones, what has them tell each other, and what
reads the Unix time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import isclose
from typing import TypeAlias

from pointsman.core.routing.model_stats import HALF_LIFE, Sample
from pointsman.services.ports.scoreboard import Scoreboard, Standing

Law: TypeAlias = Callable[[Scoreboard], None]
Tell: TypeAlias = Callable[[], Awaitable[None]]
Now: TypeAlias = Callable[[], float]
PairLaw: TypeAlias = Callable[[Scoreboard, Scoreboard, Tell, Now], Awaitable[None]]
GOOD = Sample(ok=True, seconds=2.0, first_output=0.5, output_tokens=30)
BAD = Sample(ok=False, seconds=1.0)


def of_an_unknown_model_nothing_is_known(board: Scoreboard) -> None:
    assert board.read(("p/m", "p/n"), 0.0) == (Standing(), Standing())
    assert board.read((), 0.0) == ()


def what_is_under_way_is_counted_until_it_ends(board: Scoreboard) -> None:
    board.begin("p/m")
    board.begin("p/m")
    board.begin("p/n")
    assert [one.in_flight for one in board.read(("p/m", "p/n", "p/o"), 0.0)] == [2, 1, 0]
    board.end("p/m", GOOD, 1.0)
    board.end("p/n", None, 1.0)
    assert [one.in_flight for one in board.read(("p/m", "p/n"), 1.0)] == [1, 0]


def more_ends_than_beginnings_do_no_harm(board: Scoreboard) -> None:
    board.end("p/m", None, 0.0)
    board.begin("p/m")
    assert board.read(("p/m",), 0.0)[0].in_flight == 1


def a_call_without_a_sample_says_nothing_of_the_model(board: Scoreboard) -> None:
    board.begin("p/m")
    board.end("p/m", None, 1.0)
    (standing,) = board.read(("p/m",), 1.0)
    assert (standing.observed.calls, standing.observed.is_known, standing.in_flight) == (0, False, 0)


def samples_are_means(board: Scoreboard) -> None:
    for sample in (GOOD, GOOD, BAD, BAD):
        board.begin("p/m")
        board.end("p/m", sample, 10.0)
    seen = board.read(("p/m",), 10.0)[0].observed
    assert (seen.calls, seen.error_rate, seen.first_output) == (4.0, 0.5, 0.5)
    assert seen.tokens_per_second == 20.0


def what_is_long_ago_counts_less_and_then_nothing(board: Scoreboard) -> None:
    board.end("p/m", BAD, 0.0)
    assert board.read(("p/m",), HALF_LIFE)[0].observed.calls == 0.5
    assert not board.read(("p/m",), 100 * HALF_LIFE)[0].observed.is_known
    for _ in range(3):
        board.end("p/m", GOOD, HALF_LIFE)
    assert board.read(("p/m",), HALF_LIFE)[0].observed.error_rate == 0.5 / 3.5


def models_do_not_mix(board: Scoreboard) -> None:
    board.end("p/m", BAD, 0.0)
    board.end("p/M", GOOD, 0.0)
    bad, good, other = board.read(("p/m", "p/M", "q/m"), 0.0)
    assert (bad.observed.errors, good.observed.errors, other) == (1.0, 0.0, Standing())


def turns_are_taken_one_after_the_other_and_looking_takes_none(board: Scoreboard) -> None:
    looked = [board.turn("a", advance=False) for _ in range(3)]
    taken = [board.turn("a", advance=True) for _ in range(3)]
    assert (looked, taken) == ([0, 0, 0], [0, 1, 2])
    assert board.turn("a", advance=False) == 3
    assert board.turn("b", advance=True) == 0


LAWS: tuple[Law, ...] = (
    of_an_unknown_model_nothing_is_known,
    what_is_under_way_is_counted_until_it_ends,
    more_ends_than_beginnings_do_no_harm,
    a_call_without_a_sample_says_nothing_of_the_model,
    samples_are_means,
    what_is_long_ago_counts_less_and_then_nothing,
    models_do_not_mix,
    turns_are_taken_one_after_the_other_and_looking_takes_none,
)


async def what_two_have_seen_reads_as_if_one_had(one: Scoreboard, other: Scoreboard, tell: Tell, now: Now) -> None:
    for board, samples in ((one, (GOOD, BAD)), (other, (GOOD, GOOD, GOOD, BAD))):
        for sample in samples:
            board.begin("p/m")
            board.end("p/m", sample, now())
    await tell()
    for board in (one, other):
        seen = board.read(("p/m",), now())[0].observed
        assert isclose(seen.calls, 6.0, rel_tol=0.01)
        assert isclose(seen.error_rate, 2 / 6, rel_tol=0.01)  # some milliseconds have passed between them
        assert isclose(seen.first_output or 0.0, 0.5, rel_tol=0.01)
        assert isclose(seen.tokens_per_second or 0.0, 20.0, rel_tol=0.01)


async def telling_it_again_counts_nothing_twice(one: Scoreboard, other: Scoreboard, tell: Tell, now: Now) -> None:
    one.end("p/m", GOOD, now())
    for _ in range(3):
        await tell()
    other.end("p/m", GOOD, now())
    for _ in range(3):
        await tell()
    assert all(isclose(board.read(("p/m",), now())[0].observed.calls, 2.0, rel_tol=0.01) for board in (one, other))


async def what_is_under_way_is_that_of_both(one: Scoreboard, other: Scoreboard, tell: Tell, now: Now) -> None:
    for board in (one, one, other):
        board.begin("p/m")
    await tell()
    assert [board.read(("p/m",), now())[0].in_flight for board in (one, other)] == [3, 3]
    one.end("p/m", None, now())
    await tell()
    assert [board.read(("p/m",), now())[0].in_flight for board in (one, other)] == [2, 2]


async def models_of_both_do_not_mix(one: Scoreboard, other: Scoreboard, tell: Tell, now: Now) -> None:
    for model in ("p/m", "p/a b", "p/ü", 'p/"'):
        one.end(model, BAD, now())
    await tell()
    read = other.read(("p/m", "p/a b", "p/ü", 'p/"', "p/a"), now())
    assert [round(standing.observed.errors) for standing in read] == [1, 1, 1, 1, 0]


PAIR_LAWS: tuple[PairLaw, ...] = (
    what_two_have_seen_reads_as_if_one_had,
    telling_it_again_counts_nothing_twice,
    what_is_under_way_is_that_of_both,
    models_of_both_do_not_mix,
)
