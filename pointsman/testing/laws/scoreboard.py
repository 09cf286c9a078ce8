"""The laws of `Scoreboard`. A law takes a new one, whose observations count half after `HALF_LIFE` seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from pointsman.core.routing.model_stats import HALF_LIFE, Sample
from pointsman.services.ports.scoreboard import Scoreboard, Standing

Law: TypeAlias = Callable[[Scoreboard], None]
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
