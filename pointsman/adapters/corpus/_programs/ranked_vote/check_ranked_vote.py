"""Checks of votes."""

from ranked_vote import first_choices, read_vote, run_vote
from vote_ballots import Ballot, read_ballot


def ballot(line: str) -> object:
    try:
        read = read_ballot(line)
    except ValueError as error:
        return [type(error).__name__, "spoilt" in str(error)]
    return [read.ranks, read.weight]


def check_ballots() -> object:
    lines = ("a", " A > b ", "2*a>b", "2 * a", "0 * a", "-1 * a", "x * a", "a * b", "3 * 2 * a")
    return [ballot(line) for line in lines]


def check_spoilt() -> object:
    return [ballot(line) for line in ("", "a >", "> a", "a > > b", "a > A", "a > b > a", "2 *")]


def check_lines() -> object:
    ballots, spoilt = read_vote(["a", "", "b > a", "c > c"])
    return [[one.ranks for one in ballots], spoilt, read_vote([])]


def check_first_choices() -> object:
    ballots = [Ballot(("a", "b")), Ballot(("b",), 2), Ballot(("c", "a"), 3), Ballot(("z",))]
    return [dict(first_choices(ballots, standing)) for standing in ({"a"}, {"b"}, {"c"}, set[str]())]


def check_rounds() -> object:
    votes = [
        ["5 * a", "4 * b > c", "3 * c > b"],
        ["2 * a", "2 * b"],
        ["4 * a > c", "4 * b > c", "1 * c > b"],
        ["2 * a", "1 * b > c", "1 * c > b", "1 * d > b"],
        ["6 * a", "5 * b", "1 * c"],
        ["z"],
        [],
    ]
    return [run_vote(["a", "b", "c", "d"], read_vote(lines)[0]) for lines in votes]


def check_half_is_not_enough() -> object:
    ballots = [Ballot(("a",), 3), Ballot(("b",), 2), Ballot(("c", "b"), 1)]
    return run_vote(["a", "b", "c"], ballots)


def check_candidates() -> object:
    ballots = [Ballot(("a", "b")), Ballot(("b", "a"))]
    return [run_vote([], ballots), run_vote(["b"], ballots), run_vote(["q"], ballots), run_vote(["b", "a"], ballots)]
